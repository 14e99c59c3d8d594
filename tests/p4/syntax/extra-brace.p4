struct s { bit<8> x; }
}
const int a = ;
