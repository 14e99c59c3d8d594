const int a = 10 / 0;
const bit<8> b = 8w10 % 0;
const int c = -10 / 3;
