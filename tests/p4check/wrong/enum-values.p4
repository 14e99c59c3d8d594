enum plain { A = 1, B }
enum bit<4> tiny { A = 1, B }
enum bool truth { A = true }
enum bit<2> dup { A = 0, A = 1 }
