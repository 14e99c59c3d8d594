#include "ui/story_cmd.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "host/client.h"
#include "query/query.h"
#include "ui/ctl.h"
#include "ui/interrupt.h"
#include "ui/ports.h"
#include "ui/session.h"
#include "ui/story.h"

struct story_run {
	struct session s;
	struct ports ports;
	struct stories *stories;
	struct stories_options o;
	char *where, *control;
	long long packet;
	int count;
};

/* --- which packets ---------------------------------------------------------------------------------------------------------- */

static bool
contains(struct str text, const char *part)
{
	return memmem(text.p, text.n, part, strlen(part)) != NULL;
}

struct ir_graph *
story_graph(struct arena *a, struct diags *d, const struct ir_schema *schema, struct str where)
{
	const struct query_options o = { .defines = NULL };
	bool egress = contains(where, "_out") || contains(where, "queu") || contains(where, "time_out") || contains(where, "len_out");

	return query_load_text(a, d, schema, STR("--where"),
			       str_fmt(a, "story = %s().filter(%.*s).map(port_in)\n", egress ? "egress" : "ingress", STRA(where)), &o);
}

/* --- a run with notes --------------------------------------------------------------------------------------------------------- */

static void
on_story(void *user, const struct sw_story *story)
{
	stories_end(((struct story_run *)user)->stories, story);
}

static void
on_note(void *user, const struct sw_note *note)
{
	stories_note(((struct story_run *)user)->stories, note);
}

static bool
prepare(struct story_run *r)
{
	const struct sw_config config = { .user = r, .story = on_story, .note = on_note };
	struct session *s = &r->s;
	struct plan_program *program;

	s->notes = true;
	if (!session_prepare(s) || !ports_open(&r->ports, s->c.arena, &s->args.in, &s->args.out))
		return false;
	program = plan_program_make(s->c.arena, s->c.diags, s->c.user);
	if (!program)
		return false;
	if (r->where)
		r->o.graph = story_graph(s->c.arena, s->c.diags, &program->schema, str_from(r->where));
	if (r->where && !r->o.graph)
		return false;
	if (!session_open_switch(s, &config))
		return false;
	r->o.schema = &program->schema;
	r->o.metadata = s->c.user->v1.metadata;
	r->o.packet = (uint64_t)r->packet;
	r->o.most = r->count ? (uint64_t)r->count : r->where ? 1 : UINT64_MAX;
	r->o.start_ns = r->ports.start_ns;
	r->o.json = s->args.json;
	r->o.out = stdout;
	r->stories = stories_make(sw_program(s->soft.sw), &r->o);
	return session_start(s);
}

static void
drive(struct story_run *r)
{
	struct session *s = &r->s;
	struct sw_frame f;

	while (!interrupted() && stories_told(r->stories) < r->o.most && sw_capture_next(r->ports.in, &f)) {
		uint64_t t = f.time_ns - r->ports.start_ns;

		if (t < s->soft.arrived)
			t = s->soft.arrived;
		sw_receive(s->soft.sw, t, s->args.in.v[f.file].port, f.data, f.len);
		s->soft.arrived = t;
	}
	sw_drain(s->soft.sw);
}

static bool
tell(struct story_run *r)
{
	bool ok = prepare(r);

	diags_print(r->s.c.diags, stderr);
	if (ok) {
		drive(r);
		ok = !ports_damage(&r->ports);
	}
	if (ok && !stories_told(r->stories)) {
		fputs("packetscope story: there was no such packet\n", stderr);
		ok = false;
	}
	session_close(&r->s);
	if (r->ports.in)
		ports_close(&r->ports, false);
	stories_free(r->stories);
	return ok && fflush(stdout) == 0 && !ferror(stdout);
}

static int
run(struct story_run *r, const char *program)
{
	struct session *s = &r->s;
	int status = run_parse(s->c.arena, &s->args);

	if (status != UI_DONE)
		return status;
	if (!ui_compile_options(s->c.arena, "story", &s->args.compile, program, &s->options))
		return UI_USAGE;
	s->options.drained = true;
	if (!s->args.in.n)
		return ui_usage("story", "no packets: give at least one capture (-i PORT@FILE.pcap)");
	if ((r->packet < 0) == !r->where)
		return ui_usage("story", "which packet? Either --packet N or --where EXPR");
	if (r->count < 0)
		return ui_usage("story", "--count wants a number of packets");
	return tell(r) ? UI_DONE : UI_FAILED;
}

/* --- a running switch ------------------------------------------------------------------------------------------------------------ */

#define POLL_NS 50000000

/* 0, a message was printed, or -errno. `ret_told`: as the switch counts them. */
static int
take(int fd, const char *command, FILE *out, uint64_t *ret_told)
{
	char *text;
	size_t len;
	bool ok;
	int e = host_client_ask(fd, str_from(command), &text, &len, &ok), at = 0;

	if (e < 0)
		return e;
	if (ok && ret_told && sscanf(text, "%" SCNu64 "%n", ret_told, &at) == 1 && (size_t)at < len)
		fwrite(text + at + 1, 1, len - (size_t)at - 1, out);
	else if (!ok)
		fprintf(stderr, "%.*s", (int)len, text);
	free(text);
	return ok ? 0 : -EINVAL;
}

static int
follow(struct story_run *r, const char *control)
{
	const struct timespec pause = { .tv_nsec = POLL_NS };
	uint64_t most = r->count ? (uint64_t)r->count : 1, told = 0;
	int fd = ctl_connect("story", control), e;

	if (fd < 0)
		return UI_FAILED;
	e = take(fd, str_cstr(r->s.c.arena, str_fmt(r->s.c.arena, "story %s%llu %s", r->s.args.json ? "json " : "",
						    (unsigned long long)most, r->where)), stdout, NULL);
	while (e == 0 && told < most && !interrupted()) {
		nanosleep(&pause, NULL);
		e = take(fd, "stories", stdout, &told);
		fflush(stdout);
	}
	close(fd);
	if (e < 0 && e != -EINVAL)
		fprintf(stderr, "packetscope story: %s\n", e == -ECONNRESET ? "the switch has ended" : strerror(-e));
	return e < 0 || ferror(stdout) ? UI_FAILED : UI_DONE;
}

/* --- the command line ----------------------------------------------------------------------------------------------------------- */

static const char help[] =
	"PROGRAM.p4 -i PORT@IN.pcap... (--packet N | --where EXPR) [-e ENTRIES...]\n"
	"       packetscope story --where EXPR [--control PATH]\n\n"
	"Pushes captures through a P4 program, and tells a packet's whole life: the parser's states, tables and\n"
	"the entries that it hit, actions, what they changed, the queue, and where and why it ended; and the same of\n"
	"copies made of it. Packets are numbered as `run --exemplars` and `run --trace` do. Without a program it waits\n"
	"for such packets in a running `packetscope switch --stories`.\n\n"
	"Examples:\n"
	"  packetscope story router.p4 -e entries.txt -i 0@in.pcap --packet 17\n"
	"  packetscope story router.p4 -e entries.txt -i 0@in.pcap --where 'ipv4.srcIP_in == 10.0.0.7 && port_intent == -1'\n";

int
ui_story(int argc, const char **argv)
{
	struct story_run r = { .packet = -1 };
	struct run_args *args = &r.s.args;
	const struct poptOption table[] = {
		{ "packet", 'p', POPT_ARG_LONGLONG, &r.packet, 0, "the packet of this number", "N" },
		{ "where", 'w', POPT_ARG_STRING, &r.where, 0, "packets for which this holds, as in a query's filter", "EXPR" },
		{ "count", 'n', POPT_ARG_INT, &r.count, 0, "so many packets at most (default: 1 with --where)", "N" },
		{ "include", 'I', POPT_ARG_ARGV, &args->compile.include_dirs, 0, "where #include looks", "DIR" },
		RUN_OPTIONS(*args),
		{ "input", 'i', POPT_ARG_ARGV, &args->inputs, 0, "a capture that arrives at a port", "PORT@FILE.pcap" },
		{ "control", 0, POPT_ARG_STRING, &r.control, 0, "the socket of a running switch", "PATH" },
		{ "json", 0, POPT_ARG_NONE, &args->json, 0, "stories as JSON lines", NULL },
		UI_SHORT_HELP,
		POPT_AUTOHELP POPT_TABLEEND
	};
	poptContext ctx = poptGetContext("packetscope story", argc, argv, table, 0);
	const char *program;
	int status;

	session_init(&r.s, "story");
	interrupt_catch();
	poptSetOtherOptionHelp(ctx, help);
	r.packet = -1;
	status = ui_parse(ctx, "story");
	if (status == UI_DONE && !poptPeekArg(ctx) && r.where && !args->inputs) {
		status = r.count < 0 ? ui_usage("story", "--count wants a number of packets") : follow(&r, r.control);
	} else if (status == UI_DONE) {
		program = ui_program(ctx, "story");
		status = program ? run(&r, program) : UI_USAGE;
	}
	session_fini(&r.s);
	poptFreeContext(ctx);
	free(r.where);
	free(r.control);
	return status;
}
