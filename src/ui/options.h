/* options.h - option parsing that the compiling commands share, on popt. */
#ifndef UI_OPTIONS_H
#define UI_OPTIONS_H

#include <popt.h>

#include "ui/compile.h"

/* Exit statuses. */
enum { UI_DONE = 0, UI_FAILED = 1, UI_USAGE = 2 };

/* Options of every command that compiles, as popt fills them; lists are NULL-terminated. */
struct ui_compile_args {
	const char **queries, **params, **include_dirs;
	char *print, *max_delay, *placement;
	int rows, stages, ring_rows;
	const char **splits, **entries; /* the last of training */
	char *target, *train, *plan_time, *precision, *signals;
	bool takes_network; /* queries over network() are carried out: UI_NETWORK_OPTIONS */
	char *shim;
	int hops, plan;
};

/* Rows for a command's option table; `args` is a struct ui_compile_args lvalue. */
#define UI_COMPILE_OPTIONS(args)                                                                               \
	{ "query", 'q', POPT_ARG_ARGV, &(args).queries, 0, "query file; may be repeated", "FILE.scope" },      \
	{ "param", 'D', POPT_ARG_ARGV, &(args).params, 0, "set a parameter of the queries", "NAME=VALUE" },     \
	{ "include", 'I', POPT_ARG_ARGV, &(args).include_dirs, 0, "where #include looks", "DIR" },              \
	{ "dump", 'd', POPT_ARG_STRING, &(args).print, 0, "print a stage and stop: ast, graph, plan, woven, c", \
	  "STAGE" },                                                                                           \
	{ "rows", 0, POPT_ARG_INT, &(args).rows, 0, "rows per stage of every query's table", "N" },             \
	{ "stages", 0, POPT_ARG_INT, &(args).stages, 0, "stages of every query's table", "N" },                 \
	{ "ring", 0, POPT_ARG_INT, &(args).ring_rows, 0, "tuples that wait for the controller", "N" },          \
	{ "placement", 0, POPT_ARG_STRING | POPT_ARGFLAG_DOC_HIDDEN, &(args).placement, 0, NULL, NULL },        \
	UI_SHORT_HELP
/* Rows for commands that fit queries into a switch. */
#define UI_FIT_OPTIONS(args)                                                                                        \
	{ "target", 0, POPT_ARG_STRING, &(args).target, 0, "the switch that queries must fit: soft (default), bmv2, tofino1, tofino2, " \
	  "rmt, sonata, or a file", "NAME|FILE.toml" },                                                             \
	{ "train", 0, POPT_ARG_STRING, &(args).train, 0, "traffic to expect: a capture, or a trace of a run (.jsonl)",       \
	  "[PORT@]FILE" },                                                                                          \
	{ "precision", 0, POPT_ARG_STRING, &(args).precision, 0,                                                    \
	  "with --train: choose rows and stages so that this share of the tuples finds a row in every epoch", "0.99" }, \
	{ "split", 0, POPT_ARG_ARGV, &(args).splits, 0, "how many of a query's operators the switch runs; * for all queries", \
	  "NAME=N" },                                                                                               \
	{ "plan-time", 0, POPT_ARG_STRING, &(args).plan_time, 0, "how long to look for a better plan (default: 2s)", "TIME" }
/* -h does what --help does. */
#define UI_SHORT_HELP { NULL, 'h', POPT_ARG_NONE | POPT_ARGFLAG_DOC_HIDDEN, NULL, 'h', NULL, NULL }

/* Parses all options; `ctx` then holds the remaining arguments. UI_DONE, or UI_USAGE after a message. Ends the program
 * after -h. */
int ui_parse(poptContext ctx, const char *command);
/* The program's only positional argument; NULL after a message. */
const char *ui_program(poptContext ctx, const char *command);
/* Prints a usage error and returns UI_USAGE. */
int ui_usage(const char *command, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* From arguments to compile options; false after a usage message. Texts live in `a`. */
bool ui_compile_options(struct arena *a, const char *command, const struct ui_compile_args *args, const char *program,
			struct compile_options *ret);

#endif
