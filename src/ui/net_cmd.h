/* net_cmd.h - `packetscope net`: many switches, links and hosts in one process, in virtual time. */
#ifndef UI_NET_CMD_H
#define UI_NET_CMD_H

int ui_net(int argc, const char **argv);

#endif
