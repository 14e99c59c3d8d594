/* query.h - query files (*.scope): text to checked dataflow graph. docs/language.md describes the
 * language. */
#ifndef QUERY_QUERY_H
#define QUERY_QUERY_H

#include "base/diag.h"
#include "ir/graph.h"

/* A file as a switch keeps it whose queries come and go. */
struct query_file {
	struct str path, text;		/* text.p NULL: read from the path */
	const char *const *defines;	/* -D for its own parameters; NULL-terminated or NULL */
	const struct str *without;	/* queries of it that are not there (any more) */
	uint32_t nwithout;
	uint32_t unit; /* queries of one unit came together and share what they can; others go on by themselves */
};

struct query_options {
	const char *const
		*defines; /* -D Th=50; NULL-terminated or NULL; unknown names are errors */
	bool lenient; /* a define of what is not there (any more) is none */
	bool network;  /* queries over network() are wanted; else they are left out with a warning */
	uint32_t default_rows, default_stages; /* 0: leave to the planner */
};

/* Parses and checks several files into one graph; NULL after errors (already in `d`). Names are
 * unique over all files. */
struct ir_graph *query_load(struct arena *a, struct diags *d, const struct ir_schema *schema,
			    const struct str *paths, uint32_t n, const struct query_options *o);
/* The same, where files differ in more than their paths. No files: an empty graph. */
struct ir_graph *query_load_files(struct arena *a, struct diags *d, const struct ir_schema *schema,
				  const struct query_file *files, uint32_t n, const struct query_options *o);
/* The same for a text in memory (tests, fuzzers). */
struct ir_graph *query_load_text(struct arena *a, struct diags *d, const struct ir_schema *schema,
				 struct str name, struct str text, const struct query_options *o);

#endif
