/* net_hpcc.h - `packetscope net TOPOLOGY --hpcc KIND`: congestion control with feedback from switches, simulated (net/fabric.h). */
#ifndef UI_NET_HPCC_H
#define UI_NET_HPCC_H

#include <stdbool.h>

/* Whether the arguments of `packetscope net` ask for it. */
bool ui_is_net_hpcc(int argc, const char **argv);
int ui_net_hpcc(int argc, const char **argv);

#endif
