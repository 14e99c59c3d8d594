/* lab_cmd.h - `packetscope lab`: the kernel queries at work, in a network that it makes for itself. */
#ifndef UI_LAB_CMD_H
#define UI_LAB_CMD_H

int ui_lab(int argc, const char **argv);

#endif
