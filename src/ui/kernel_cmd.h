/* kernel_cmd.h - `packetscope live`: queries on the running kernel. */
#ifndef UI_KERNEL_CMD_H
#define UI_KERNEL_CMD_H

int ui_live(int argc, const char **argv);

#endif
