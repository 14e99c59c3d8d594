@ const int a = 1;
@name("x" const int b = 2;
