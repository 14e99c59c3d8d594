/* ctl.h - `packetscope ctl`: commands to a running switch. */
#ifndef UI_CTL_H
#define UI_CTL_H

int ui_ctl(int argc, const char **argv);

#endif
