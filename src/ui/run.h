/* run.h - `packetscope run`: weave, compile, push captures through, report. */
#ifndef UI_RUN_H
#define UI_RUN_H

int ui_run(int argc, const char **argv);

#endif
