/* trace.h - stories as JSON lines; docs/trace.md is the format. */
#ifndef SWITCH_TRACE_H
#define SWITCH_TRACE_H

#include "switch/story.h"

struct sw_trace;

/* Writes the schema to a file beside `path`, which takes the name when all is well: sw_trace_close. start_ns: the capture's time
 * at the clock's 0. NULL: errno says why. */
struct sw_trace *sw_trace_open(const char *path, const struct ps_program *p, uint64_t start_ns);
/* One line; fits sw_config.story with the trace as `user`. */
void sw_trace_story(void *trace, const struct sw_story *story);
/* To be called after sw_close, which tells the stories of packets still inside. Gives the file its name and frees
 * the trace; `keep` false: the file is removed. 0 or -errno of the first failure. */
int sw_trace_close(struct sw_trace *t, bool keep);

#endif
