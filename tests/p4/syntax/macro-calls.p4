#define TWO(a, b) a + b
#define NONE() 1
#define CAT(a, b) a ## b
#define HASH(a) # b
#define WRONG(x) x = ;
const int a = TWO(1);
const int b = TWO(1, 2, 3);
const int c = NONE(1);
const int d = CAT(+, x);
const int e = HASH(1);
const int WRONG(f)
const int g = TWO(1, 2;
