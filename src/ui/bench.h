/* bench.h - `packetscope bench`: how fast a program runs with its queries and entries. */
#ifndef UI_BENCH_H
#define UI_BENCH_H

int ui_bench(int argc, const char **argv);

#endif
