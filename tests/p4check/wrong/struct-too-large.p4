header h { bit<8> a; }
struct s0 { h[60000] x; }
struct s1 { s0 a; s0 b; }
