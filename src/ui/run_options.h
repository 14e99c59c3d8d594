/* run_options.h - the command line of commands that run the embedded switch, taken apart. */
#ifndef UI_RUN_OPTIONS_H
#define UI_RUN_OPTIONS_H

#include "base/units.h"
#include "switch/switch.h"
#include "ui/options.h"

/* PORT@FILE, or PORT@INTERFACE */
struct run_file {
	uint32_t port;
	const char *path;
};

/* [PORT@]RATE or [PORT@]DEPTH */
struct run_queue {
	uint32_t port; /* SW_ALL */
	uint64_t value;
	enum units unit;
};

struct run_files {
	struct run_file *v;
	uint32_t n, cap;
};
struct run_queues {
	struct run_queue *v;
	uint32_t n, cap;
};

struct run_args {
	const char *command; /* for messages: "run" */
	bool is_live;	     /* inputs are interfaces */
	struct ui_compile_args compile;
	const char **entries, **inputs, **outputs, **rates, **depths;
	char *trace, *reader_delay;
	int json, csv, no_cache, exemplars, threads;
	struct run_files in, out;
	struct run_queues rate, depth;
};

/* Rows for the option table; `args` is a struct run_args lvalue. */
#define RUN_OPTIONS(args)                                                                                          \
	{ "entries", 'e', POPT_ARG_ARGV, &(args).entries, 0,                                                       \
	  "table entries: simple_switch_CLI commands or a tutorials' runtime.json", "FILE" },                      \
	{ "queue-rate", 0, POPT_ARG_ARGV, &(args).rates, 0,                                                        \
	  "packets/s of each queue (1000pps) or bits/s of each port (10Mbps); without one, queues drain at once", "[PORT@]RATE" },                     \
	{ "queue-depth", 0, POPT_ARG_ARGV, &(args).depths, 0, "packets (40) or bytes (64KB) that wait in a queue; 64 packets without it",  \
	  "[PORT@]DEPTH" },                                                                                          \
	{ "no-cache", 0, POPT_ARG_NONE, &(args).no_cache, 0, "compile the program even when it was compiled before", NULL }

/* A row of commands that print rows. */
#define RUN_EXEMPLARS(args) \
	{ "exemplars", 0, POPT_ARG_INT, &(args).exemplars, 0, "packets that each row names, for `packetscope story` (default: 0)", "K" }

/* Fills the parsed lists; UI_DONE, or UI_USAGE after a message. */
int run_parse(struct arena *a, struct run_args *args);
/* Applies rates and depths. 0 or -errno. */
int run_set_queues(struct sw *sw, const struct run_args *args);

#endif
