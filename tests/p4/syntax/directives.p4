#error this program can't be used
#warning this one can
#inclde <core.p4>
#define
#define F(a
#define G(a b) 1
#define H(1) 2
#define I ## a
#define J a ##
#define defined 1
#undef
#undef 3
#define K 1
#define K 2
const int a = K;
