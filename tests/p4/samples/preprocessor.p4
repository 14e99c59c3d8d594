/* The preprocessor: includes, macros, conditions. */
#include <core.p4>
#include "shared.p4"
#include <shared.p4>
#define HEADER "shared.p4"
#include HEADER
#define ONE 1
#define ADD(a, b) ((a) + (b))
#define FIELD(name, width) bit<width> name##_f;
#define STR(x) #x
#define XSTR(x) STR(x)
#define EMPTY
#define SELF SELF + 1
#define PING PONG
#define PONG PING
#define LONG(a, b) \
	a \
	+ b
#define VAR(f, ...) f(__VA_ARGS__)
const int a = ADD(ONE, ADD(2, ADD(3, 4)));
struct s { FIELD(x, WIDTH) FIELD(y, ADD(ONE, 7)) EMPTY }
const string b = STR(a "quoted" + b);
const string c = XSTR(WIDTH);
const int PING = 3;
const int d = PING + LONG(1, 2) EMPTY;
const int e = FROM_COMMAND_LINE;
extern bit<8> fn(in bit<8> p, in bit<8> q);
const bit<8> f = VAR(fn, 1, 2);
#if defined(ONE) && !defined(TWO) && ONE + 1 == 2 && (WIDTH >> 2) == 4
const int g = 1;
#else
this is not P4 at all ' " $
#endif
#ifdef TWO
const int h = 0;
#elif ONE
const int h = 1;
# ifdef INNER
const int i = 0;
# else
const int i = 1; // comment // in comment /* not opened
# endif
#elif 1 / 0
const int h = 2;
#endif
#if 0
/* #endif in a comment */
"#endif in a string"
#if 1
#else
#endif
#elif (1 ? 2 : 0) == 2 && 0x10 == 16 && 010 == 8 && -1 < 0 && ~0 == -1
const int j = 1;
#endif
#undef ONE
#ifndef ONE
const int ONE = 1;
#endif
#line 200 "elsewhere.p4"
#pragma once
# 7 "elsewhere.p4"
const int k = ADD
	(ONE
	 , 2);
const int m = 2;
const int n = EMPTY 3 EMPTY;
