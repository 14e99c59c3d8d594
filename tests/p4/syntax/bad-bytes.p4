const int a = $1;
const int b = 2 ` 3;
const int é = 4;
control c() { apply { x = 'y'; } }
