const int table = 1;
header header { bit<8> x; }
control c(in bit<8> action) { apply { } }
struct s { bit<8> if; }
action default() { }
