#ifndef SHARED
#define SHARED
header shared_h { bit<8> from_include; }
#define WIDTH 16
#endif
