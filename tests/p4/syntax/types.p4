typedef bit<> a;
typedef varbit b;
typedef list<bit<8>, bool> c;
typedef tuple<bit<8> d;
typedef 8 e;
typedef bit<8> ;
enum bit<8> { A = 1 }
struct s { bit<8>; bool y; }
typedef header { bit<8> x; } f;
