/* gen.h - `packetscope gen`: synthetic captures, the same bytes for the same options everywhere. */
#ifndef UI_GEN_H
#define UI_GEN_H

/* The command; argv[0] is "gen". Returns the exit status: 0, 1 (can't write), 2 (wrong usage). */
int ui_gen(int argc, const char **argv);

#endif
