/* weave_cmd.h - `packetscope weave` and `packetscope check`. */
#ifndef UI_WEAVE_CMD_H
#define UI_WEAVE_CMD_H

int ui_weave(int argc, const char **argv);
int ui_check(int argc, const char **argv);

#endif
