/* eval_cmd.h - `packetscope eval`: runs queries over a trace of packets, without any switch. */
#ifndef UI_EVAL_CMD_H
#define UI_EVAL_CMD_H

int ui_eval(int argc, const char **argv);

#endif
