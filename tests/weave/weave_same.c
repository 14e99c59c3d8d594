/* weave_same.c - runs a program on the embedded switch with and without queries, on the same
 * packets.
 *
 *     weave_same [-q QUERIES.scope] [-r PPS] [-t] [-p COMMANDS] PROGRAM.p4
 *
 * What comes out of the ports must be the same to the byte and the microsecond. What the queries
 * report must be what the evaluator finds in the trace of the program without queries. The packets
 * count through four bytes of two bits each. Multicast group 1 has ports 1 and 2, group 2 ports 1,
 * 2 and 3, group 3 nobody; mirroring session 5 goes to port 7. -r gives every queue a rate and a
 * depth of 8, so that packets are lost. -t compares totals: the last column summed over the rows,
 * and what overflowed. */
#include <stdlib.h>
#include <unistd.h>

#include "control/control.h"
#include "device/soft.h"
#include "ir/trace.h"
#include "p4/parse.h"
#include "query/query.h"
#include "switch/entries.h"
#include "switch/pre.h"
#include "switch/trace.h"
#include "target/soft/soft.h"
#include "target/v1model/v1model.h"
#include "weave/weave.h"

#define PACKETS 512
#define STEP_NS 40000
#define CLOCK_NS 100000000

struct run {
	struct arena *a;
	struct diags *d;
	struct str queries, path;
	uint64_t pps;
	bool totals;
	FILE *log; /* packets that came out, or results */
	struct str entries;
	VEC(struct str) packets; /* PORT HEX; none: made by packet() */
};

struct text {
	char *p;
	size_t n;
	FILE *f;
};

static void
text_open(struct text *t)
{
	t->f = open_memstream(&t->p, &t->n);
	if (!t->f)
		abort();
}

static struct str
text_close(struct run *r, struct text *t)
{
	struct str s;

	fclose(t->f);
	s = str_dup(r->a, (struct str){ t->p, (uint32_t)t->n });
	free(t->p);
	return s;
}

/* --- compiling ---------------------------------------------------------------------------------
 */

static struct p4_program *
checked(struct run *r)
{
	struct p4_node *tree =
		p4_parse_file(r->a, r->d, r->path, &(struct p4_options){ NULL, NULL });

	return tree ? p4_check(r->a, r->d, tree, false) : NULL;
}

static struct p4_program *
woven(struct run *r, struct manifest *m)
{
	struct query_options q = { .defines = NULL };
	struct plan_options o = { .rows = 64, .max_delay_ns = 20000000 };
	struct p4_program *p4 = checked(r);
	struct plan_program *program = p4 ? plan_program_make(r->a, r->d, p4) : NULL;
	struct ir_graph *g =
		program ? query_load(r->a, r->d, &program->schema, &r->queries, 1, &q) : NULL;
	struct plan *p = g ? plan_make(r->a, r->d, g, program, &v1model, &o) : NULL;
	struct p4_node *tree = p ? weave(r->a, r->d, p, m) : NULL;

	return tree ? p4_check(r->a, r->d, tree, false) : NULL;
}

static void
sent(void *user, uint32_t port, uint64_t time_ns, const uint8_t *data, uint32_t len)
{
	struct run *r = user;

	fprintf(r->log, "port %u at %llu:", port, (unsigned long long)time_ns);
	for (uint32_t i = 0; i < len; i++)
		fprintf(r->log, " %02x", data[i]);
	fputc('\n', r->log);
}

static struct sw *
loaded(struct run *r, const struct p4_program *p, void (*story)(void *, const struct sw_story *))
{
	const char *const flags[] = { "-O0", NULL };
	struct soft_options so = { .flags = flags };
	struct sw_config c = { .user = r, .tx = sent, .story = story };
	struct soft_object object;
	char why[512];
	struct sw *sw = NULL;

	if (p && soft_compile(p, &so, &object)) {
		sw = sw_open(object.path, &c, why, sizeof(why));
		if (!sw)
			fprintf(stderr, "%s\n", why);
		soft_object_free(&object);
	}
	diags_print(r->d, stderr);
	return sw;
}

static bool
configure_from(struct run *r, struct sw *sw, const struct manifest *m)
{
	struct sw_commands commands = { 0 };
	uint32_t n = m ? m->extras.n : 0;
	struct sw_hidden *hidden = arena_array(r->a, struct sw_hidden, n + 1);

	for (uint32_t i = 0; i < n; i++) {
		hidden[i].table = str_cstr(r->a, m->extras.v[i].table);
		hidden[i].action = str_cstr(r->a, m->extras.v[i].action);
		hidden[i].param = str_cstr(r->a, m->extras.v[i].parameter);
		hidden[i].code = m->extras.v[i].code;
	}
	return sw_entries_read(r->a, r->d, source_add(diags_sources(r->d), STR("entries"), r->entries), &commands) &&
	       sw_apply(sw, r->a, r->d, &commands, hidden, n);
}

static void
configure(struct run *r, struct sw *sw)
{
	static const uint32_t ports[] = { 1, 2, 3 };
	struct sw_pre *pre = sw_pre(sw);
	uint32_t node;

	for (uint32_t g = 1; g <= 3; g++) {
		sw_group_create(pre, g);
		if (g < 3 && sw_node_create(pre, g, ports, g + 1, &node) == 0)
			sw_node_associate(pre, g, node);
	}
	sw_mirror_port(pre, 5, 7, UINT32_MAX);
	if (r->pps) {
		sw_set_queue_rate(sw, SW_ALL, SW_ALL, r->pps);
		sw_set_queue_depth(sw, SW_ALL, SW_ALL, 8, false);
	}
}

/* --- packets -----------------------------------------------------------------------------------
 */

static uint32_t
packet(uint32_t i, uint8_t *data)
{
	uint32_t k = i * 37 % 256; /* all 256, twice, in some order */

	memset(data, 0, 64);
	for (uint32_t b = 0; b < 4; b++)
		data[b] = (uint8_t)(k >> (2 * b) & 3);
	for (uint32_t b = 8; b < 48; b++)
		data[b] = (uint8_t)((i % 24) * 7 + b * b);
	return i % 16 == 15 ? 6 : 48; /* some are too short for the parser */
}

static uint64_t
arrival(uint32_t i)
{
	return CLOCK_NS + (uint64_t)i * STEP_NS;
}

static uint32_t
given_packet(const struct run *r, uint32_t i, uint8_t *data, uint32_t *ret_port)
{
	struct str s = r->packets.v[i];
	uint32_t n = 0, at = (uint32_t)str_find(s, ' ') + 1;

	*ret_port = (uint32_t)strtoul(s.p, NULL, 10);
	for (; at + 1 < s.n && n < 2048; at += 2)
		data[n++] = (uint8_t)strtoul((char[]){ s.p[at], s.p[at + 1], 0 }, NULL, 16);
	return n;
}

static bool
drive(struct run *r, struct sw *sw, struct soft_device *dev, struct control *c)
{
	uint8_t data[2048];
	int e = 0;

	for (uint32_t i = 0; i < (r->packets.n ? r->packets.n : PACKETS) && e == 0; i++) {
		uint32_t port = i % 4, len = r->packets.n ? given_packet(r, i, data, &port) : packet(i, data);

		sw_advance(sw, arrival(i));
		if (c)
			e = control_advance(c, arrival(i));
		sw_receive(sw, arrival(i), port, data, len);
		if (dev)
			dev->arrived = arrival(i);
	}
	sw_drain(sw);
	if (c && e == 0)
		e = control_finish(c);
	if (e < 0)
		fprintf(stderr, "the controller: %s\n", strerror(-e));
	return e == 0;
}

/* --- results -----------------------------------------------------------------------------------
 */

struct report {
	FILE *f;
	bool totals;
};

static void
total(FILE *f, const struct ir_result *res)
{
	uint64_t sum = res->info.overflow;

	for (uint32_t i = 0; i < res->nrows; i++)
		sum += (uint64_t)ir_result_row(res, i)[res->ncolumns - 1].i;
	fprintf(f, "%.*s, epoch %llu: absent %llu, total %llu\n", STRA(res->query->name),
		(unsigned long long)res->epoch, (unsigned long long)res->info.absent,
		(unsigned long long)sum);
}

static void
result(void *user, const struct ir_result *res)
{
	const struct report *report = user;
	FILE *f = report->f;

	if (report->totals) {
		total(f, res);
		return;
	}

	fprintf(f, "%.*s, epoch %llu: absent %llu, overwritten %llu, late %d\n",
		STRA(res->query->name), (unsigned long long)res->epoch,
		(unsigned long long)res->info.absent, (unsigned long long)res->info.lost_tuples,
		res->info.late);
	for (uint32_t i = 0; i < res->nrows; i++) {
		for (uint32_t c = 0; c < res->ncolumns; c++) {
			fputc(' ', f);
			ir_value_print(f, res->columns[c].type, &ir_result_row(res, i)[c]);
		}
		fputc('\n', f);
	}
}

static struct sw_trace *trace_of(struct run *r, struct sw *sw, const char *path);

struct traced {
	struct run run; /* first: the switch calls back with it */
	struct sw_trace *trace;
};

static void
told(void *user, const struct sw_story *story)
{
	struct traced *t = user;

	sw_trace_story(t->trace, story);
}

static struct sw_trace *
trace_of(struct run *r, struct sw *sw, const char *path)
{
	struct sw_trace *t = sw_trace_open(path, sw_program(sw), 0);

	(void)r;
	if (!t)
		perror(path);
	return t;
}

/* The user's program alone: its packets, and what the evaluator makes of its trace. */
static bool
plain(struct run *r, const char *path, struct str *ret_packets)
{
	struct traced t = { .run = *r };
	struct text out;
	struct sw *sw;
	bool ok = true;

	text_open(&out);
	t.run.log = out.f;
	sw = loaded(&t.run, checked(r), told);
	t.trace = sw ? trace_of(r, sw, path) : NULL;
	if (!t.trace)
		return false;
	if (r->packets.n)
		ok = configure_from(r, sw, NULL);
	else
		configure(r, sw);
	ok = ok && drive(r, sw, NULL, NULL);
	ok &= sw_trace_close(t.trace, true) == 0; /* nothing is inside any more */
	sw_close(sw);
	*ret_packets = text_close(r, &out);
	return ok;
}

static bool
evaluated(struct run *r, const char *path, struct str *ret)
{
	struct ir_trace *t = ir_trace_open(r->a, r->d, str_from(path));
	struct query_options q = { .defines = NULL };
	struct ir_graph *g =
		t ? query_load(r->a, r->d, ir_trace_schema(t), &r->queries, 1, &q) : NULL;
	struct ir_packet p;
	struct ir_eval *ev;
	struct text out;
	struct report report;
	int got;

	if (!g)
		return false;
	ev = ir_eval_make(g);
	text_open(&out);
	report = (struct report){ out.f, r->totals };
	while ((got = ir_trace_next(t, g, &p)) > 0)
		ir_eval_packet(ev, &p);
	ir_eval_finish(ev, result, &report);
	ir_eval_free(ev);
	ir_trace_close(t);
	*ret = text_close(r, &out);
	return got == 0;
}

static void
fill_group_sizes(struct sw *sw, const struct manifest *m)
{
	int reg = m->multicast_sizes.n ? sw_register_index(sw, m->multicast_sizes) : -1;
	uint32_t two = 2, three = 3;

	if (reg < 0)
		return;
	sw_register_write(sw, (uint32_t)reg, 1, &two);
	sw_register_write(sw, (uint32_t)reg, 2, &three);
}

static bool
with_queries(struct run *r, struct str *ret_packets, struct str *ret_results)
{
	struct run inner = *r;
	struct text out, results;
	struct manifest m;
	struct soft_device dev = { NULL, 0 };
	struct control *c;
	struct report report;
	bool ok;

	text_open(&out);
	text_open(&results);
	report = (struct report){ results.f, r->totals };
	inner.log = out.f;
	dev.sw = loaded(&inner, woven(r, &m), NULL);
	if (!dev.sw)
		return false;
	if (r->packets.n && !configure_from(r, dev.sw, &m))
		return false;
	if (!r->packets.n)
		configure(r, dev.sw);
	fill_group_sizes(dev.sw, &m);
	c = control_open(r->a, r->d, &m, soft_device(&dev), result, &report);
	ok = c && drive(r, dev.sw, &dev, c);
	control_close(c);
	sw_close(dev.sw);
	*ret_packets = text_close(r, &out);
	*ret_results = text_close(r, &results);
	return ok;
}

/* --- comparing ---------------------------------------------------------------------------------
 */

/* Results come in order of epochs from one side and of queries from the other. */
static struct str
sorted_results(struct run *r, struct str s)
{
	VEC(struct str) parts = { 0 };
	struct text out;

	while (s.n) {
		uint32_t end = 0;

		do {
			int64_t nl = str_find(str_sub(s, end, s.n), '\n');
			end = nl < 0 ? s.n : end + (uint32_t)nl + 1;
		} while (end < s.n && s.p[end] == ' ');
		vec_push(r->a, &parts, str_sub(s, 0, end));
		s = str_sub(s, end, s.n);
	}
	for (uint32_t i = 0; i < parts.n; i++)
		for (uint32_t k = i; k > 0 && str_cmp(parts.v[k - 1], parts.v[k]) > 0; k--) {
			struct str x = parts.v[k];
			parts.v[k] = parts.v[k - 1];
			parts.v[k - 1] = x;
		}
	text_open(&out);
	vec_each (p, &parts)
		fprintf(out.f, "%.*s", STRA(*p));
	return text_close(r, &out);
}

/* Shows the first line that differs, and the header above it. */
static bool
same(const char *what, struct str a, struct str b)
{
	struct str head = STR("");

	while (a.n || b.n) {
		int64_t x = str_find(a, '\n'), y = str_find(b, '\n');
		struct str la = str_sub(a, 0, x < 0 ? a.n : (uint32_t)x),
			   lb = str_sub(b, 0, y < 0 ? b.n : (uint32_t)y);

		if (!str_eq(la, lb)) {
			printf("%s differ after %.*s\nwithout: %.*s\nwith:    %.*s\n", what,
			       STRA(head), STRA(la), STRA(lb));
			return false;
		}
		if (la.n && la.p[0] != ' ')
			head = la;
		a = str_sub(a, la.n + 1, a.n);
		b = str_sub(b, lb.n + 1, b.n);
	}
	return true;
}

static bool
compare(struct run *r)
{
	struct str before, after, expected, reported;
	char path[] = "trace-XXXXXX";
	int fd = mkstemp(path);
	bool ok = fd >= 0 && plain(r, path, &before) && evaluated(r, path, &expected) &&
		  with_queries(r, &after, &reported);
	uint32_t lines = 0;

	if (fd >= 0)
		close(fd);
	unlink(path);
	if (!ok)
		return false;
	ok = same("packets", before, after);
	ok &= same("results", sorted_results(r, expected), sorted_results(r, reported));
	for (uint32_t i = 0; i < before.n; i++)
		lines += before.p[i] == '\n';
	printf("%u packets came out\n%.*s", lines, STRA(sorted_results(r, reported)));
	return ok;
}

static bool
read_commands(struct run *r, const char *path)
{
	FILE *f = fopen(path, "r");
	struct text entries;
	char *line = NULL;
	size_t size = 0;

	if (!f)
		return false;
	text_open(&entries);
	while (getline(&line, &size, f) > 0) {
		if (strncmp(line, "packet ", 7) == 0)
			vec_push(r->a, &r->packets, str_dup(r->a, str_trim(str_from(line + 7))));
		else
			fputs(line, entries.f);
	}
	free(line);
	fclose(f);
	r->entries = text_close(r, &entries);
	return true;
}

int
main(int argc, char **argv)
{
	struct run r = { .a = arena_make() };
	bool ok;
	int c;

	r.d = diags_make(r.a, sources_make(r.a));
	while ((c = getopt(argc, argv, "q:r:tp:")) != -1) {
		if (c == 'q')
			r.queries = str_from(optarg);
		else if (c == 'r')
			r.pps = strtoull(optarg, NULL, 0);
		else if (c == 't')
			r.totals = true;
		else if (c == 'p' && read_commands(&r, optarg))
			continue;
		else
			return 2;
	}
	if (optind + 1 != argc)
		return 2;
	r.path = str_from(argv[optind]);
	if (!r.queries.n)
		r.queries = str_fmt(r.a, "%.*s.scope", STRA(str_sub(r.path, 0, r.path.n - 3)));
	ok = compare(&r);
	diags_print(r.d, stderr);
	arena_free(r.a);
	return ok ? 0 : 1;
}
