/* compile.h - a compilation from files to a loadable program: the stages in order. */
#ifndef UI_COMPILE_H
#define UI_COMPILE_H

#include "base/arena.h"
#include "manifest/manifest.h"
#include "p4/check.h"
#include "plan/plan.h"
#include "query/query.h"
#include "target/soft/soft.h"
#include "weave/pint.h"

enum compile_stage { COMPILE_NONE, COMPILE_AST, COMPILE_GRAPH, COMPILE_PLAN, COMPILE_WOVEN, COMPILE_C };

struct compile_options {
	const char *program;		 /* P4 file */
	const struct str *queries;	 /* query files; none: the program is compiled as it is */
	uint32_t nqueries;
	const struct query_file *files;	 /* not NULL: these instead, of which there may be none */
	uint32_t nfiles;
	bool lenient;			 /* params may be those of files that are gone */
	bool library;			 /* a program without `main` is fine: it is only checked */
	bool keeps_reasons;		 /* weave in any case, so that other queries can take the place of these (plan.h) */
	const char *const *params;	 /* -D NAME=VALUE of queries, NULL-terminated or NULL */
	const char *const *include_dirs; /* -I, NULL-terminated or NULL */
	struct plan_options plan;
	struct {			 /* into which switch the queries must fit (fitting.h) */
		const char *target, *train;	     /* a model's name or file; a capture; NULL: none */
		const char *const *splits, *const *entries; /* NAME=OPERATORS; files of entries for training */
		uint64_t time_ns;		     /* 0: the default */
		double precision;		     /* 0: tables have the sizes that they are given */
		bool always;			     /* even when nothing asks for it */
	} fit;
	bool drained;			 /* the program runs here, where rings are read between bursts (plan.h) */
	bool signals;			 /* epochs tell the controller when they begin (plan.h) */
	bool takes_network;		 /* queries over network() are carried out; else they are left out */
	bool tells_reports;		 /* the query that reports come from has a name: its rows are for a collector */
	struct plan_network_options network;
	struct weave_shim shim;
	enum compile_stage print;	 /* print this stage to stdout and stop */
};

/* Nanoseconds that stages took. */
struct compile_times {
	uint64_t front_end, weave, native;
};

/* What a compilation has made so far. All in `arena`, but for the object. */
struct compilation {
	struct arena *arena;
	struct diags *diags;
	struct p4_program *user;	/* the program as it was given */
	struct p4_custom_crcs crcs; /* of `user` as it came */
	struct discards *discards;	/* of the user's program */
	struct plan_program *program;	/* with queries */
	struct ir_graph *graph;
	struct plan_network *network_plan; /* NULL: no queries over network() */
	struct weave_network *network;
	struct plan *plan;
	struct plan_fit *fit;		/* NULL: not asked for */
	struct manifest manifest;
	struct str woven_text;		/* P4, with queries */
	struct p4_program *executable;	/* the woven program, checked again; without queries `user` */
	struct soft_object object;
	struct compile_times times;
	bool printed;			/* the stage that was asked for */
};

void compilation_init(struct compilation *c);
/* Removes the object's files and frees the arena. Prints what is still unsaid. */
void compilation_fini(struct compilation *c);

/* Parse, check, plan and weave: up to `executable`. False after errors, or when `printed`. */
bool compile_weave(struct compilation *c, const struct compile_options *o);
/* The rest, to native code in `object`. */
bool compile_native(struct compilation *c, const struct compile_options *o, const struct soft_options *so);

/* "ast", "graph", "plan", "woven", "c"; COMPILE_NONE for anything else. */
enum compile_stage compile_stage_of(const char *name);

#endif
