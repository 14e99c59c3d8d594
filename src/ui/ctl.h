/* ctl.h - `packetscope ctl`: commands to a running switch. */
#ifndef UI_CTL_H
#define UI_CTL_H

/* A connection to the switch at `path`, or NULL: the usual place. Negative after a message of `command`. */
int ctl_connect(const char *command, const char *path);
int ui_ctl(int argc, const char **argv);

#endif
