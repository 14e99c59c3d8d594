#include <core.p4>
@pkginfo
const bit<8> a = 1;
@one[] @one[]
const bit<8> d = 1;
@number(3) @number[4]
const bit<8> e = 1;
@p4runtime_translation("uri", bool)
type bit<9> port1_t;
@p4runtime_translation("uri", bit<5 + 3>)
type bit<9> port2_t;
@p4runtime_translation("uri")
type bit<9> port3_t;
