/* The program: finds the command and calls it. */
#include <malloc.h>
#include <stdio.h>
#include <string.h>

#include "base/str.h"
#include "ui/attach.h"
#include "ui/bench.h"
#include "ui/ctl.h"
#include "ui/drops_cmd.h"
#include "ui/eval_cmd.h"
#include "ui/explain.h"
#include "ui/gen.h"
#include "ui/kernel_cmd.h"
#include "ui/lab_cmd.h"
#include "ui/net_cmd.h"
#include "ui/run.h"
#include "ui/stf.h"
#include "ui/story_cmd.h"
#include "ui/switch_cmd.h"
#include "ui/weave_cmd.h"

static const struct command {
	const char *name;
	int (*run)(int argc, const char **argv); /* argv[0] is "packetscope NAME"; returns the exit status */
	const char *help;
} commands[] = {
	{ "run", ui_run, "push captures through a P4 program, with queries" },
	{ "net", ui_net, "run a network of such switches, in virtual time" },
	{ "switch", ui_switch, "forward between network interfaces, with queries" },
	{ "live", ui_live, "answer queries about this machine's kernel" },
	{ "lab", ui_lab, "show and check that, in a network of its own" },
	{ "ctl", ui_ctl, "give commands to a running switch" },
	{ "drops", ui_drops, "follow what a running switch drops, and why" },
	{ "attach", ui_attach, "read a woven program that runs on BMv2" },
	{ "story", ui_story, "tell one packet's whole life" },
	{ "weave", ui_weave, "weave queries into a P4 program" },
	{ "explain", ui_explain, "say what queries cost on a switch, and why" },
	{ "check", ui_check, "report the errors of a program or of queries" },
	{ "stf", ui_stf, "test a P4 program with packets in and packets out" },
	{ "eval", ui_eval, "answer queries from a packet trace" },
	{ "gen", ui_gen, "write a synthetic capture" },
	{ "bench", ui_bench, "measure how fast a program runs" },
};

#define NCOMMANDS (sizeof(commands) / sizeof(commands[0]))

static int
usage(FILE *out, int status)
{
	fputs("usage: packetscope COMMAND [OPTION...]\n\n", out);
	for (size_t i = 0; i < NCOMMANDS; i++)
		fprintf(out, "  %-10s %s\n", commands[i].name, commands[i].help);
	fputs("\n`packetscope COMMAND --help` tells more.\n", out);
	return status;
}

static int
unknown(const char *name)
{
	struct str names[NCOMMANDS], near;

	for (size_t i = 0; i < NCOMMANDS; i++)
		names[i] = str_from(commands[i].name);
	near = str_nearest(str_from(name), names, NCOMMANDS);
	fprintf(stderr, "packetscope: no command '%s'", name);
	if (near.n)
		fprintf(stderr, ": did you mean '%.*s'?", STRA(near));
	fputs("\ntry: packetscope --help\n", stderr);
	return 2;
}

/* Usage texts begin with argv[0]. */
static int
run(const struct command *c, int argc, const char **argv)
{
	char name[32];

	snprintf(name, sizeof(name), "packetscope %s", c->name);
	argv[0] = name;
	return c->run(argc, argv);
}

/* Epochs take some megabytes, and give them back when they close. What went back to the system would come again page by page, each cleared by the kernel
 * (docs/performance.md). */
#define KEPT (256 << 20)  /* bytes that are free and stay with the process */
#define APART (32 << 20) /* bytes of a block that is mapped by itself */

int
main(int argc, char **argv)
{
	mallopt(M_MMAP_THRESHOLD, APART);
	mallopt(M_TRIM_THRESHOLD, KEPT);
	if (argc < 2)
		return usage(stderr, 2);
	if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0)
		return usage(stdout, 0);
	for (size_t i = 0; i < NCOMMANDS; i++)
		if (strcmp(argv[1], commands[i].name) == 0)
			return run(&commands[i], argc - 1, (const char **)argv + 1);
	return unknown(argv[1]);
}
