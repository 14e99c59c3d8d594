/* format.h - what a format of output has to do, and what all of them need. */
#ifndef SINK_FORMAT_H
#define SINK_FORMAT_H

#include "sink/sink.h"

struct sink_format {
	void (*result)(struct sink *s, const struct ir_result *r, uint64_t start_ns);
	void (*totals)(struct sink *s, const struct sink_totals *t);
	void (*figures)(struct sink *s, const struct sink_figure *v, uint32_t n); /* may be NULL: nothing */
	void (*flush)(struct sink *s);	/* may be NULL: writes what has been held back */
	void (*finish)(struct sink *s); /* may be NULL: the same, and frees what `own` holds */
};

struct sink {
	const struct sink_format *format;
	FILE *out;
	int error;
	const struct ir_query *last; /* CSV: whose rows were written last; NULL: nobody's */
	bool begun;		     /* CSV: there is a table already */
	void *own;		     /* the format's */
};

struct sink *sink_make(FILE *out, const struct sink_format *f, size_t own_size);
uint64_t sink_epoch_start(const struct ir_result *r, uint64_t start_ns);
uint64_t sink_epoch_end(const struct ir_result *r, uint64_t start_ns);
bool sink_complete(const struct ir_result *r);
/* Why an epoch isn't complete. */
void sink_reason(FILE *out, const struct ir_result *r);

#endif
