/* switch_cmd.c - the order in which a live run happens; live.h is what drives it. */
#include "ui/switch_cmd.h"

#include <stdio.h>

#include "switch/pre.h"
#include "ui/interrupt.h"
#include "ui/live.h"
#include "ui/shim_option.h"
#include "ui/threads.h"

#define SPARE_PHV 2048 /* bytes that packets may carry for queries that come later */

/* What the command line says beyond run_args. */
struct switch_args {
	char *control, *duration;
	int stories;
	struct net_place_args place;
};

static void
on_port(void *user, uint32_t port, struct sw_shell_port *ret)
{
	struct live *l = user;
	struct host_counts n;

	live_counts(l, port, &n, &ret->nowhere);
	if (l->ports[port])
		ret->interface = host_name(l->ports[port]);
	ret->missed = n.missed + n.unusable;
	ret->busy = n.busy;
	ret->too_long = n.too_long;
	ret->failed = n.failed;
}

static bool
on_groups(void *user, FILE *out)
{
	struct live *l = user;
	const struct manifest *m = queries_manifest(&l->queries);
	uint32_t group;

	if (load_group_sizes(m, l->s.soft.sw, &group))
		return true;
	fprintf(out, "error: multicast group %u is beyond what the queries count (%u groups): its losses will be wrong\n", group,
		m->multicast_groups);
	return false;
}

static bool
open_server(struct live *l, const char *path)
{
	char standard[256], why[512];

	if (!path && !host_server_path(standard, sizeof(standard))) {
		fprintf(stderr, "packetscope switch: the control socket's path is too long (--control PATH)\n");
		return false;
	}
	l->server = host_server_open(path ? path : standard, why, sizeof(why));
	if (!l->server)
		fprintf(stderr, "packetscope switch: %s%s\n", why, path ? "" : " (--control PATH chooses another place)");
	return l->server != NULL;
}

static void
on_result(void *user)
{
	((struct live *)user)->fresh = true;
}

static void
on_story(void *user, const struct sw_story *story)
{
	struct live *l = user;

	session_story(&l->s, story);
	if (l->stories)
		live_story_end(l->stories, story);
}

static void
on_note(void *user, const struct sw_note *note)
{
	struct live *l = user;

	if (l->stories)
		live_story_note(l->stories, note);
}

static bool
want_story(void *user, struct str rest, FILE *out)
{
	return live_story_want(((struct live *)user)->stories, rest, out);
}

static bool
take_stories(void *user, struct str rest, FILE *out)
{
	(void)rest;
	return live_story_take(((struct live *)user)->stories, out);
}

/* live.c takes this command before the shell does, as its answer may come later. */
static bool
ask(void *user, struct str rest, FILE *out)
{
	return queries_command(&((struct live *)user)->queries, rest, out) == HOST_OK;
}

static void
make_shell(struct live *l)
{
	static const struct sw_shell_extra extra[] = {
		{ "query", "add FILE [PARAMETER=VALUE...] | remove NAME | list", "the queries that are asked, which may come and go", ask },
		{ "story", "[json] COUNT EXPR", "tell the next packets for which the expression holds", want_story },
		{ "stories", "", "those told so far", take_stories },
	};

	l->shell = (struct sw_shell){
		.sw = l->s.soft.sw,
		.hidden = load_hidden(&l->s.c),
		.nhidden = l->s.c.manifest.extras.n,
		.user = l,
		.port = on_port,
		.groups = on_groups,
		.extra = extra,
		.nextra = l->stories ? sizeof(extra) / sizeof(extra[0]) : 1,
	};
}

/* For queries over network(); without a topology the switch is alone. */
static bool
find_place(struct session *s, const struct net_place_args *args)
{
	bool ok = net_place_find(s->c.arena, s->c.diags, args, &s->place);

	diags_print(s->c.diags, stderr);
	if (ok && s->place.t && s->place.node == NET_NOWHERE)
		fprintf(stderr, "packetscope switch: --topology %s: which switch of it is this? (--switch NAME)\n", args->topology);
	return ok && (!s->place.t || s->place.node != NET_NOWHERE);
}

static bool
prepare(struct live *l, const struct switch_args *args)
{
	struct sw_config config = {
		.user = l,
		.tx = live_tx,
		.spare_phv = SPARE_PHV,
		.story = l->s.args.exemplars || l->s.notes ? on_story : NULL,
		.note = l->s.notes ? on_note : NULL,
	};

	/* what can be told at once comes before the seconds of a compilation */
	if (!find_place(&l->s, &args->place) || (!l->s.options.print && (!live_check(l) || !open_server(l, args->control))))
		return false;
	queries_read(&l->queries, &l->s);
	if (!session_prepare(&l->s) || !session_open_switch(&l->s, &config))
		return false;
	l->s.part = queries_part(&l->queries);
	if (!session_start(&l->s) || !queries_open(&l->queries))
		return false;
	l->stories = l->s.notes ? live_story_make(&l->s) : NULL;
	make_shell(l);
	return live_open(l);
}

static int
forward(struct live *l, const struct switch_args *args, const char *program)
{
	struct session *s = &l->s;
	int status = run_parse(s->c.arena, &s->args);
	bool ok;

	if (status != UI_DONE)
		return status;
	s->args.compile.takes_network = true;
	if (!ui_compile_options(s->c.arena, s->command, &s->args.compile, program, &s->options))
		return UI_USAGE;
	s->options.tells_reports = s->options.drained = true;
	if (args->duration && !units_duration_ns(str_from(args->duration), &l->duration))
		return ui_usage(s->command, "--duration %s: a time such as 10s is expected", args->duration);
	s->notes = args->stories;
	if (s->args.threads < 0 || s->args.threads > THREADS_MOST)
		return ui_usage(s->command, "--threads is a number from 1 to %d", THREADS_MOST);
	if (!s->args.in.n && !s->options.print)
		return ui_usage(s->command, "no ports: give at least one interface (-i PORT@INTERFACE)");
	ok = prepare(l, args);
	if (ok) {
		session_announce(s);
		ok = live_forward(l);
		session_totals(s, &l->shell);
		ok = session_finish(s) && ok;
		live_report(l);
	}
	return ok || s->c.printed ? UI_DONE : UI_FAILED;
}

static const char help[] =
	"PROGRAM.p4 -i PORT@INTERFACE... [-q FILE.scope...] [-e ENTRIES...]\n\n"
	"Forwards packets between network interfaces as the P4 program says, until it is interrupted\n"
	"(Ctrl-C, SIGTERM) or the duration is over. Queries' rows are printed as epochs close; in the end, what\n"
	"became of the packets. `packetscope ctl` changes tables and asks for counts meanwhile.\n\n"
	"Examples:\n"
	"  packetscope switch router.p4 -e entries.txt -i 0@veth0 -i 1@veth1\n"
	"  packetscope switch router.p4 -e entries.txt -i 0@veth0 -i 1@veth1 -q table1.scope \\\n"
	"      --queue-rate 1000pps --json --control /run/s1.sock\n";

int
ui_switch(int argc, const char **argv)
{
	struct live l = { .duration = UINT64_MAX, .queries.event = -1 };
	struct run_args *run = &l.s.args;
	struct switch_args args = { NULL };
	const struct poptOption table[] = {
		UI_COMPILE_OPTIONS(run->compile),
		UI_NETWORK_OPTIONS(run->compile, "8"),
		NET_PLACE_OPTIONS(args.place),
		RUN_OPTIONS(*run),
		RUN_EXEMPLARS(*run),
		{ "input", 'i', POPT_ARG_ARGV, &run->inputs, 0, "an interface that is a port", "PORT@INTERFACE" },
		{ "control", 0, POPT_ARG_STRING, &args.control, 0, "the socket that `packetscope ctl` talks to", "PATH" },
		{ "threads", 0, POPT_ARG_INT, &run->threads, 0, "forward on N threads, if the program's packets share no state", "N" },
		{ "duration", 0, POPT_ARG_STRING, &args.duration, 0, "stop after so long", "TIME" },
		{ "stories", 0, POPT_ARG_NONE, &args.stories, 0, "be ready to tell packets' stories (packetscope story)", NULL },
		{ "json", 0, POPT_ARG_NONE, &run->json, 0, "results as JSON lines", NULL },
		{ "csv", 0, POPT_ARG_NONE, &run->csv, 0, "results as CSV", NULL },
		{ "max-delay", 0, POPT_ARG_STRING, &run->compile.max_delay, 0,
		  "the longest a packet may wait in a queue (default: from rates and depths)", "TIME" },
		POPT_AUTOHELP POPT_TABLEEND
	};
	poptContext ctx = poptGetContext("packetscope switch", argc, argv, table, 0);
	const char *program;
	int status;

	session_init(&l.s, "switch");
	run->is_live = true;
	l.s.on_result = on_result;
	l.s.user = &l;
	interrupt_catch();
	poptSetOtherOptionHelp(ctx, help);
	status = ui_parse(ctx, "switch");
	if (status == UI_DONE) {
		program = ui_program(ctx, "switch");
		status = program ? forward(&l, &args, program) : UI_USAGE;
	}
	live_close(&l);
	live_story_free(l.stories);
	queries_close(&l.queries);
	session_close(&l.s);
	session_fini(&l.s);
	poptFreeContext(ctx);
	return status;
}
