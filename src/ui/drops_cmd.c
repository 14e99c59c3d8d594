#include "ui/drops_cmd.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "base/json.h"
#include "base/units.h"
#include "host/client.h"
#include "ui/ctl.h"
#include "ui/interrupt.h"
#include "ui/options.h"

struct args {
	struct ui_compile_args compile; /* -I */
	char *control, *every;
	int count, codes, json;
};

/* --- what a program can drop ------------------------------------------------------------------------------------------ */

static int
list_program(const struct args *args, const char *program)
{
	struct compile_options o;
	struct compilation c;
	int status = UI_FAILED;

	compilation_init(&c);
	if (!ui_compile_options(c.arena, "drops", &args->compile, program, &o)) {
		status = UI_USAGE;
	} else if (compile_weave(&c, &o)) {
		for (uint32_t i = 0; i < c.discards->classes.n; i++) {
			const struct map_entry *e = &c.discards->classes.entries[i];

			printf("%-44.*s  %s\n", STRA(e->key), (const char *)e->value);
		}
		status = UI_DONE;
	}
	compilation_fini(&c);
	return status;
}

/* --- other systems' codes ------------------------------------------------------------------------------------------------ */

static int
list_codes(bool json)
{
	static const char *const kinds[] = { "kernel", "sflow", "int" };
	uint32_t n;
	const struct discard_code *codes = discard_codes(&n);

	for (uint32_t i = 0; i < n; i++) {
		const struct discard_code *c = &codes[i];

		if (json && c->kind == DISCARD_KERNEL)
			printf("{\"type\":\"code\",\"of\":\"kernel\",\"name\":\"%s\",\"class\":\"%s\"}\n", c->name, discard_path(c->discard));
		else if (json)
			printf("{\"type\":\"code\",\"of\":\"%s\",\"code\":%u,\"name\":\"%s\",\"class\":\"%s\"}\n", kinds[c->kind], c->code,
			       c->name, discard_path(c->discard));
		else if (c->kind == DISCARD_KERNEL)
			printf("%-6s  %4s  %-34s  %s\n", "kernel", "", c->name, discard_path(c->discard));
		else
			printf("%-6s  %4u  %-34s  %s\n", kinds[c->kind], c->code, c->name, discard_path(c->discard));
	}
	return UI_DONE;
}

/* --- a running switch ------------------------------------------------------------------------------------------------------ */

struct drop {
	struct str where, reason, class;
	uint64_t packets;
};

struct follower {
	struct arena *arena;
	struct map seen; /* "where reason" -> uint64_t: packets so far */
	bool json, is_first;
};

static bool
read_drop(char *line, size_t n, struct drop *ret)
{
	struct json j;
	struct json_value v;
	struct str key;

	json_init(&j, line, n);
	*ret = (struct drop){ .packets = 0 };
	if (!json_value(&j, &v) || v.kind != JTEXT_OBJECT)
		return false;
	while (json_member(&j, &key, &v)) {
		if (str_is(key, "where") && v.kind == JTEXT_STRING)
			ret->where = v.s;
		else if (str_is(key, "reason") && v.kind == JTEXT_STRING)
			ret->reason = v.s;
		else if (str_is(key, "class") && v.kind == JTEXT_STRING)
			ret->class = v.s;
		else if (str_is(key, "packets") && v.kind == JTEXT_INT && v.i >= 0)
			ret->packets = (uint64_t)v.i;
		else
			json_skip(&j, &v);
	}
	return !j.error;
}

static void
print_drop(const struct follower *f, const struct drop *d, uint64_t more)
{
	struct timespec now;
	struct tm tm;
	char clock[16];

	clock_gettime(CLOCK_REALTIME, &now);
	if (f->json) {
		printf("{\"type\":\"drop\",\"time_ns\":%lld%09ld,\"where\":", (long long)now.tv_sec, now.tv_nsec);
		json_print_string(stdout, d->where);
		fputs(",\"reason\":", stdout);
		json_print_string(stdout, d->reason);
		fputs(",\"class\":", stdout);
		json_print_string(stdout, d->class);
		printf(",\"packets\":%" PRIu64 ",\"total\":%" PRIu64 "}\n", more, d->packets);
		return;
	}
	localtime_r(&now.tv_sec, &tm);
	strftime(clock, sizeof(clock), "%H:%M:%S", &tm);
	printf("%s  %10" PRIu64 "  %12" PRIu64 "  %-44.*s  %.*s\n", clock, more, d->packets, STRA(d->reason), STRA(d->class));
}

/* How many have been told of this reason. */
static uint64_t *
seen_of(struct follower *f, const struct drop *d)
{
	char *text;
	int n = asprintf(&text, "%.*s %.*s", STRA(d->where), STRA(d->reason));
	struct str key = { text, n < 0 ? 0 : (uint32_t)n };
	uint64_t *seen = n < 0 ? NULL : map_get(&f->seen, key);

	if (n < 0)
		bug("asprintf");
	if (!seen) {
		seen = arena_new(f->arena, uint64_t);
		map_put(&f->seen, str_dup(f->arena, key), seen);
	}
	free(text);
	return seen;
}

/* What was dropped since the last time. */
static void
tell(struct follower *f, const struct drop *d)
{
	uint64_t *seen = seen_of(f, d);

	if (d->packets > *seen)
		print_drop(f, d, d->packets - *seen);
	*seen = d->packets;
}

/* 0, or -errno; -EPROTO: the answer makes no sense. */
static int
look(struct follower *f, int fd)
{
	char *text, *at, *end;
	struct drop d;
	size_t len;
	bool ok;
	int e = host_client_ask(fd, STR("drops json"), &text, &len, &ok);

	if (e < 0)
		return e;
	for (at = text; ok && at < text + len; at = end + 1) {
		end = memchr(at, '\n', (size_t)(text + len - at));
		if (!end || !read_drop(at, (size_t)(end - at), &d)) {
			ok = false;
			break;
		}
		tell(f, &d);
	}
	free(text);
	return ok ? 0 : -EPROTO;
}

static int
follow(const struct args *args, uint64_t every_ns)
{
	struct follower f = { .json = args->json };
	struct timespec pause = { (time_t)(every_ns / 1000000000u), (long)(every_ns % 1000000000u) };
	int fd = ctl_connect("drops", args->control), e = 0;

	if (fd < 0)
		return UI_FAILED;
	f.arena = arena_make();
	map_init(&f.seen, f.arena);
	if (!f.json)
		printf("%-8s  %10s  %12s  %-44s  %s\n", "time", "packets", "in all", "reason", "class");
	for (int i = 0; !interrupted() && e == 0 && (!args->count || i < args->count); i++) {
		if (i)
			nanosleep(&pause, NULL);
		if (!interrupted())
			e = look(&f, fd);
		fflush(stdout);
	}
	close(fd);
	arena_free(f.arena);
	if (e == -ECONNRESET) {
		fputs("packetscope drops: the switch has ended\n", stderr);
		return UI_DONE;
	}
	if (e < 0)
		fprintf(stderr, "packetscope drops: %s\n", e == -EPROTO ? "that is no switch: its answer makes no sense" : strerror(-e));
	return e < 0 || ferror(stdout) ? UI_FAILED : UI_DONE;
}

/* --- the command line -------------------------------------------------------------------------------------------------------- */

static const char help[] =
	"[PROGRAM.p4]\n\n"
	"Follows a running `packetscope switch`: each second what did not leave since the last one, its reason, and its class in the\n"
	"IETF's discard model; a second without drops says nothing. With a program: every reason for which it can drop packets. With\n"
	"--codes: the classes of Linux's, sFlow's and telemetry reports' drop codes.\n\n"
	"Examples:\n"
	"  packetscope drops\n"
	"  packetscope drops --every 100ms --json\n"
	"  packetscope drops router.p4\n";

static int
drops(const struct args *args, const char *program)
{
	uint64_t every_ns = 1000000000u;

	if (program && args->codes)
		return ui_usage("drops", "a program or --codes, not both");
	if (args->every && !units_duration_ns(str_from(args->every), &every_ns))
		return ui_usage("drops", "--every wants a time, as in 500ms, not '%s'", args->every);
	if (args->count < 0)
		return ui_usage("drops", "--count wants a number of looks");
	if (program)
		return list_program(args, program);
	return args->codes ? list_codes(args->json) : follow(args, every_ns);
}

int
ui_drops(int argc, const char **argv)
{
	struct args args = { .control = NULL };
	const struct poptOption table[] = {
		{ "control", 0, POPT_ARG_STRING, &args.control, 0, "the switch's socket", "PATH" },
		{ "every", 0, POPT_ARG_STRING, &args.every, 0, "time between two looks (default: 1s)", "TIME" },
		{ "count", 0, POPT_ARG_INT, &args.count, 0, "end after so many looks", "N" },
		{ "codes", 0, POPT_ARG_NONE, &args.codes, 0, "classes of other systems' drop codes", NULL },
		{ "json", 0, POPT_ARG_NONE, &args.json, 0, "JSON lines", NULL },
		{ "include", 'I', POPT_ARG_ARGV, &args.compile.include_dirs, 0, "where #include looks", "DIR" },
		UI_SHORT_HELP,
		POPT_AUTOHELP POPT_TABLEEND
	};
	poptContext ctx = poptGetContext("packetscope drops", argc, argv, table, 0);
	const char *program;
	int status;

	interrupt_catch();
	poptSetOtherOptionHelp(ctx, help);
	status = ui_parse(ctx, "drops");
	program = status == UI_DONE ? poptGetArg(ctx) : NULL;
	if (status == UI_DONE && poptPeekArg(ctx))
		status = ui_usage("drops", "one program at a time");
	else if (status == UI_DONE)
		status = drops(&args, program);
	poptFreeContext(ctx);
	free(args.control);
	free(args.every);
	return status;
}
