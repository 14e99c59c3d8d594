/* soft.h - from a checked P4 program to native code for the embedded switch: C text (soft_generate), and a shared
 * object made of it by the system's compiler (soft_compile). What the text may call is in
 * include/packetscope/{program,prim,table}.h.
 *
 * Generated code executes every construct exactly or not at all: what can't be executed is an error that names it.
 */
#ifndef SOFT_SOFT_H
#define SOFT_SOFT_H

#include <stdbool.h>
#include <stdio.h>

#include "p4/calculations.h"

struct soft_options {
	const char *name; /* ps_program.name; NULL: "program" */
	bool no_lines;	  /* leave #line out: the text then shows its own lines in debuggers */
	const struct p4_custom_crcs *crcs; /* of the program that it was woven from, whose names count; NULL: of itself */
	bool notes;	  /* the program tells ps_ctx.note what packets meet: slower */
	/* soft_compile only */
	const char *const *flags; /* further compiler flags (sanitizers, -march), NULL-terminated, or NULL */
	bool cache;		  /* look for it among the objects compiled before, and keep it there (cache.h) */
	const char *keep_c;	  /* the C text is kept under this path, NULL: nowhere */
};

/* Writes the program as one C file. False, and nothing written, when something can't be executed (reported in p->diags). */
bool soft_generate(FILE *out, const struct p4_program *p, const struct soft_options *o);

/* A shared object in a folder of its own under $TMPDIR, or /tmp. */
struct soft_object {
	char *folder, *path; /* malloc'ed; freed by soft_object_free */
	bool cached;	     /* it was compiled before */
};

/* Generates and runs the compiler ($CC, else cc). False when the program can't be executed or the compiler can't be
 * run (reported in p->diags). The caller loads ret->path and may call soft_object_free right after. */
bool soft_compile(const struct p4_program *p, const struct soft_options *o, struct soft_object *ret);
/* The same for C text that exists already; errors are reported in `d`. */
bool soft_compile_text(struct diags *d, const char *text, size_t len, const struct soft_options *o,
		       struct soft_object *ret);
/* Removes the folder and what is in it. Zeroes *o. */
void soft_object_free(struct soft_object *o);

#endif
