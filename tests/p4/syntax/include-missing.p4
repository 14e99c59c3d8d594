#include <no_such_file.p4>
#include "neither/this.p4"
#include
#include nothing
#include "not closed
const int a = ;
