/* stf.h - `packetscope stf`: a P4 program against tests of packets in the STF language. */
#ifndef UI_STF_H
#define UI_STF_H

int ui_stf(int argc, const char **argv);

#endif
