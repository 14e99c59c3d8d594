@pragma
const int a = 1;
@pragma 3
const int b = 1;
@pragma(x) const int c = ;
