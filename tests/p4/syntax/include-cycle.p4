#include "include-cycle.p4"
const int a = 1;
