const int a = 1;
/* no end
const int c = 2;
