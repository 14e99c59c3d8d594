/* drops_cmd.h - `packetscope drops`: follows what a running switch drops and why; or lists what a program can drop. */
#ifndef UI_DROPS_CMD_H
#define UI_DROPS_CMD_H

int ui_drops(int argc, const char **argv);

#endif
