const int a = 1 << 60000;
const int b = a * a;
const int c = b * b;
const int d = 1 << (1 << 40);
