header h { bit<8> a; }
struct h { bit<8> b; }
