const int a = 1;
const string b = "no end;
const int c = 2;
