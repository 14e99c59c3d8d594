/* trace.h - reads packet traces (docs/trace.md), one JSON object a line, for the evaluator. */
#ifndef IR_TRACE_H
#define IR_TRACE_H

#include "ir/eval.h"

struct ir_trace;

/* Opens and reads the first line. NULL after an error in `d`. */
struct ir_trace *ir_trace_open(struct arena *a, struct diags *d, struct str path);
const struct ir_schema *ir_trace_schema(const struct ir_trace *t);
uint64_t ir_trace_start_ns(const struct ir_trace *t); /* capture time of the clock's 0 */
/* The next packet with the fields of `g`; 1: got one, 0: end, -1: error (reported, with line). `ret`'s values live until the next call. */
int ir_trace_next(struct ir_trace *t, const struct ir_graph *g, struct ir_packet *ret);
void ir_trace_close(struct ir_trace *t);

#endif
