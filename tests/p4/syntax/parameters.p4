control a(in x) { apply { } }
control b(in bit<8>) { apply { } }
control c(in bit<8> x in bit<8> y) { apply { } }
control d(, bit<8> x) { apply { } }
control e { apply { } }
action f(bit<8> x) ;
