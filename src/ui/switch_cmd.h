/* switch_cmd.h - `packetscope switch`: forward between interfaces, with queries, and take commands meanwhile. */
#ifndef UI_SWITCH_CMD_H
#define UI_SWITCH_CMD_H

int ui_switch(int argc, const char **argv);

#endif
