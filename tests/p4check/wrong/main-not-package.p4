#include <v1model.p4>
register<bit<8>>(4) main;
