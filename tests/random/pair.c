/* pair.c - runs a program on the embedded switch and in the interpreter (interp.h), packet by packet, and compares what comes
 * out, the drop reasons, all registers and counters; at the end, the same packets in bursts.
 *
 *     random_pair PROGRAM.p4 COMMANDS [printed]
 *
 * Commands are those of simple_switch_CLI (table_add, table_set_default, mc_mgrp_create, mc_node_create, mc_node_associate,
 * mirroring_add), and `packet PORT HEX`. With `printed`, the interpreter runs the program as it is printed and parsed again.
 * RANDOM_CFLAGS: flags for the compiler instead of -O0, such as -fsanitize=undefined. RANDOM_KEEP: a file for the C text.
 * Prints one line: how many packets agreed, or what differs. Exit status 0: all agreed, 1: a difference, 2: the
 * program can't be compiled or run, 3: the interpreter can't run it. */
#include <stdlib.h>
#include <unistd.h>

#include "interp.h"
#include "p4/parse.h"
#include "switch/entries.h"
#include "switch/switch.h"
#include "target/soft/soft.h"

#define MAX_LINES 20000

struct test {
	struct arena *a;
	struct diags *d;
	struct p4_program *p, *interpreted;
	struct sw *sw;
	struct interp *it;
	struct str commands;
	bool printed;
	VEC(struct event) sent;
	VEC(struct str) reasons; /* as the interpreter counted them */
	VEC(uint64_t) dropped;
	uint32_t packets, out, drops;
	struct soft_object object;
	struct str entries;
	VEC(struct sw_arrival) arrivals;
	FILE *log; /* all that was sent */
	bool no_bursts;
};

static void
sent(void *user, uint32_t port, uint64_t time_ns, const uint8_t *data, uint32_t len)
{
	struct test *t = user;

	fprintf(t->log, "%u %llu", port, (unsigned long long)time_ns);
	for (uint32_t i = 0; i < len; i++)
		fprintf(t->log, "%02x", data[i]);
	fputc('\n', t->log);
	if (t->it->packet == t->a) /* a burst */
		return;
	vec_push(t->it->packet, &t->sent, (struct event){ .sent = true, .port = port, .len = len,
		.data = arena_copy(t->it->packet, data, len + 1) });
}

/* --- compiling --------------------------------------------------------------------------------------- */

static struct p4_program *
checked(struct test *t, const char *path)
{
	struct p4_node *tree = p4_parse_file(t->a, t->d, str_from(path), &(struct p4_options){ NULL, NULL });

	return tree ? p4_check(t->a, t->d, tree, false) : NULL;
}

static struct p4_program *
printed(struct test *t)
{
	char *text = NULL;
	size_t n = 0;
	FILE *f = open_memstream(&text, &n);
	struct p4_node *tree;

	if (!f)
		abort();
	p4_print(f, t->p->tree, t->d);
	fclose(f);
	tree = p4_parse_text(t->a, t->d, STR("printed"), str_dup(t->a, (struct str){ text, (uint32_t)n }), &(struct p4_options){ NULL, NULL });
	free(text);
	return tree ? p4_check(t->a, t->d, tree, false) : NULL;
}

static bool
load(struct test *t, const char *path)
{
	const char *given = getenv("RANDOM_CFLAGS"), *flags[9] = { "-O0" };
	char *save = NULL, *text = str_cstr(t->a, str_from(given ? given : "-O0"));
	uint32_t n = 0;
	struct soft_options so = { .flags = flags, .keep_c = getenv("RANDOM_KEEP") };
	struct sw_config c = { .user = t, .tx = sent };
	char why[500];

	for (char *w = strtok_r(text, " ", &save); w && n < 8; w = strtok_r(NULL, " ", &save))
		flags[n++] = w;
	t->p = checked(t, path);
	if (t->p && soft_compile(t->p, &so, &t->object)) {
		t->sw = sw_open(t->object.path, &c, why, sizeof(why));
		if (!t->sw)
			fprintf(stderr, "%s\n", why);
	}
	t->interpreted = t->p && t->printed ? printed(t) : t->p;
	if (!t->sw || !t->interpreted) /* warnings alone are of no interest */
		diags_print(t->d, stderr);
	return t->sw && t->interpreted;
}

/* --- commands ---------------------------------------------------------------------------------------- */

static bool
read_commands(struct test *t, const char *path)
{
	FILE *f = fopen(path, "r");
	char *text;
	size_t n;

	if (!f)
		return false;
	text = arena_alloc(t->a, 8u << 20);
	n = fread(text, 1, (8u << 20) - 1, f);
	fclose(f);
	t->commands = (struct str){ text, (uint32_t)n };
	return true;
}

/* The next line, NUL-terminated; NULL at the end. */
static char *
line_of(struct test *t, struct str *rest)
{
	int64_t nl = str_find(*rest, '\n');
	struct str line = nl < 0 ? *rest : str_sub(*rest, 0, (uint32_t)nl);

	if (!rest->n)
		return NULL;
	*rest = str_sub(*rest, nl < 0 ? rest->n : (uint32_t)nl + 1, rest->n);
	return str_cstr(t->a, line);
}

static void
node_create(struct test *t, char *line, struct group *nodes, uint32_t *n)
{
	char *save = NULL, *w = strtok_r(line, " ", &save), *rid = strtok_r(NULL, " ", &save);
	struct group *g = &nodes[(*n)++];

	(void)w;
	g->copies = arena_array(t->a, struct copy, 16);
	for (w = strtok_r(NULL, " ", &save); w && g->n < 16; w = strtok_r(NULL, " ", &save))
		g->copies[g->n++] = (struct copy){ (uint32_t)atol(rid), (uint32_t)atol(w) };
}

/* A command for both sides. False: not understood by the interpreter. */
static bool
configure_one(struct test *t, char *line, struct group *nodes, uint32_t *n)
{
	uint32_t a, b;

	if (str_starts(str_from(line), STR("mc_node_create"))) {
		node_create(t, line, nodes, n);
	} else if (sscanf(line, "mc_node_associate %u %u", &a, &b) == 2 && a < 16 && b < *n) {
		struct group *g = &t->it->groups[a];

		if (!g->copies)
			g->copies = arena_array(t->a, struct copy, 256);
		for (uint32_t i = 0; i < nodes[b].n; i++)
			g->copies[g->n++] = nodes[b].copies[i];
	} else if (sscanf(line, "mirroring_add %u %u", &a, &b) == 2 && a < 16) {
		t->it->sessions[a] = (int32_t)b;
	} else if (str_starts(str_from(line), STR("table_"))) {
		return table_command(t->it, line);
	}
	return true;
}

static bool
apply_entries(struct test *t, struct sw *sw)
{
	struct sw_commands commands = { 0 };

	return sw_entries_read(t->a, t->d, source_add(diags_sources(t->d), STR("commands"), t->entries), &commands) &&
	       sw_apply(sw, t->a, t->d, &commands, NULL, 0);
}

static bool
configure(struct test *t)
{
	char *text = NULL, *line;
	size_t n = 0;
	FILE *f = open_memstream(&text, &n);
	struct str rest = t->commands;
	struct group nodes[16] = { 0 };
	uint32_t nnodes = 0;
	bool ok;

	if (!f)
		abort();
	while ((line = line_of(t, &rest)) != NULL) {
		if (str_starts(str_from(line), STR("packet")))
			continue;
		fprintf(f, "%s\n", line);
		if (!configure_one(t, line, nodes, &nnodes)) {
			printf("the interpreter doesn't understand: %s\n", line);
			fclose(f);
			return false;
		}
	}
	fclose(f);
	t->entries = str_dup(t->a, (struct str){ text, (uint32_t)n });
	ok = apply_entries(t, t->sw);
	free(text);
	if (!ok)
		diags_print(t->d, stderr);
	return ok;
}

/* --- comparing --------------------------------------------------------------------------------------- */

static int
order(const void *a, const void *b)
{
	const struct event *x = a, *y = b;
	int c = (x->port > y->port) - (x->port < y->port);

	if (c == 0)
		c = (x->len > y->len) - (x->len < y->len);
	return c ? c : memcmp(x->data, y->data, x->len);
}

static void
print_event(const char *who, const struct event *e)
{
	printf("  %s: port %u:", who, e->port);
	for (uint32_t i = 0; i < e->len; i++)
		printf("%s%02x", i % 4 ? "" : " ", e->data[i]);
	printf("\n");
}

static bool
same_packets(struct test *t)
{
	struct event *mine = arena_array(t->it->packet, struct event, t->it->events.n + 1);
	uint32_t n = 0;
	bool same;

	for (uint32_t i = 0; i < t->it->events.n; i++)
		if (t->it->events.v[i].sent)
			mine[n++] = t->it->events.v[i];
	qsort(mine, n, sizeof(*mine), order);
	if (t->sent.n)
		qsort(t->sent.v, t->sent.n, sizeof(*mine), order);
	same = n == t->sent.n;
	for (uint32_t i = 0; i < n && same; i++)
		same = order(&mine[i], &t->sent.v[i]) == 0;
	if (same)
		return true;
	printf("DIFFERENT OUTPUT\n");
	for (uint32_t i = 0; i < n; i++)
		print_event("interpreter", &mine[i]);
	for (uint32_t i = 0; i < t->sent.n; i++)
		print_event("switch     ", &t->sent.v[i]);
	return false;
}

/* Lines are those of the file: a printed program has others. */
static struct str
without_line(const struct test *t, struct str s)
{
	int64_t at = str_find(s, '@');

	return t->printed && at >= 0 ? str_sub(s, 0, (uint32_t)at) : s;
}

static void
count_reason(struct test *t, struct str text)
{
	for (uint32_t i = 0; i < t->reasons.n; i++)
		if (str_eq(t->reasons.v[i], text)) {
			t->dropped.v[i]++;
			return;
		}
	vec_push(t->a, &t->reasons, str_dup(t->a, text));
	vec_push(t->a, &t->dropped, 1);
}

static bool
same_reasons(struct test *t)
{
	bool same = true;
	uint64_t all = 0, mine = 0;

	for (uint32_t i = 0; i < t->it->events.n; i++)
		if (!t->it->events.v[i].sent)
			count_reason(t, without_line(t, str_from(t->it->events.v[i].reason)));
	for (uint32_t i = 0; i < t->reasons.n; i++) {
		uint64_t n = 0;

		for (uint32_t k = 0; k < sw_drops(t->sw); k++)
			if (str_eq(without_line(t, sw_drop_at(t->sw, k).reason), t->reasons.v[i]))
				n += sw_drop_at(t->sw, k).packets;
		same &= n == t->dropped.v[i];
		mine += t->dropped.v[i];
	}
	for (uint32_t k = 0; k < sw_drops(t->sw); k++)
		all += sw_drop_at(t->sw, k).packets;
	if (same && all == mine)
		return true;
	printf("DIFFERENT DROP REASONS\n");
	for (uint32_t i = 0; i < t->reasons.n; i++)
		printf("  interpreter: %llu %.*s\n", (unsigned long long)t->dropped.v[i], STRA(t->reasons.v[i]));
	for (uint32_t k = 0; k < sw_drops(t->sw); k++)
		printf("  switch:      %llu %.*s\n", (unsigned long long)sw_drop_at(t->sw, k).packets, STRA(sw_drop_at(t->sw, k).reason));
	return false;
}

static bool
same_cell(struct test *t, const struct object *o, uint32_t index, uint32_t i)
{
	const struct ps_register_info *r = &sw_program(t->sw)->registers[index];
	uint8_t cell[512] = { 0 };
	u128 v = 0;

	if (sw_register_read(t->sw, index, i, cell) != 0)
		return false;
	memcpy(&v, cell, r->cell < 16 ? r->cell : 16);
	if (v == o->cells[i]->bits)
		return true;
	printf("DIFFERENT REGISTER %.*s[%u]: interpreter 0x%llx%016llx, switch 0x%llx%016llx\n", STRA(o->name), i,
		(unsigned long long)(o->cells[i]->bits >> 64), (unsigned long long)o->cells[i]->bits, (unsigned long long)(v >> 64),
		(unsigned long long)v);
	return false;
}

static bool
same_state(struct test *t)
{
	for (uint32_t k = 0; k < t->it->objects.n; k++) {
		const struct object *o = t->it->objects.v[k];
		bool is_register = o->n && o->cells[0];
		int index = is_register ? sw_register_index(t->sw, o->name) : sw_counter_index(t->sw, o->name);
		struct ps_counter_cell c;

		if (index < 0) /* never used */
			continue;
		for (uint32_t i = 0; i < o->n; i++) {
			if (is_register && !same_cell(t, o, (uint32_t)index, i))
				return false;
			if (is_register || sw_counter_read(t->sw, (uint32_t)index, i, &c) != 0)
				continue;
			if (c.packets != o->packets[i] || c.bytes != o->bytes[i]) {
				printf("DIFFERENT COUNTER %.*s[%u]: interpreter %llu, %llu; switch %llu, %llu\n", STRA(o->name), i,
					(unsigned long long)o->packets[i], (unsigned long long)o->bytes[i],
					(unsigned long long)c.packets, (unsigned long long)c.bytes);
				return false;
			}
		}
	}
	return true;
}

/* --- packets ------------------------------------------------------------------------------------------- */

static uint32_t
from_hex(const char *hex, uint8_t *data)
{
	uint32_t n = 0, v;

	for (; hex[0] && hex[1] && sscanf(hex, "%2x", &v) == 1; hex += 2)
		data[n++] = (uint8_t)v;
	return n;
}

static int
one_packet(struct test *t, const char *line)
{
	static uint8_t data[65536];
	uint32_t port = 0, len;
	int at = 0;
	bool same;

	if (sscanf(line, "packet %u %n", &port, &at) < 1)
		return 3;
	len = from_hex(line + at, data);
	t->it->packet = arena_make();
	t->sent.v = NULL;
	t->sent.n = t->sent.cap = 0;
	interp_packet(t->it, port, data, len);
	if (t->it->trouble) {
		printf("the interpreter doesn't know %s\n", t->it->trouble);
		return 3;
	}
	vec_push(t->a, &t->arrivals, (struct sw_arrival){ 1000000 * (uint64_t)++t->packets, arena_copy(t->a, data, len + 1), len, port });
	sw_receive(t->sw, t->arrivals.v[t->arrivals.n - 1].time_ns, port, data, len);
	sw_drain(t->sw);
	t->out += t->sent.n;
	t->drops += t->it->events.n - t->sent.n;
	same = same_packets(t);
	same &= same_reasons(t);
	same &= same_state(t);
	arena_free(t->it->packet);
	t->it->packet = t->a;
	if (same)
		return 0;
	printf("  packet %u: %s\n", t->packets, line);
	return 1;
}

/* --- bursts -------------------------------------------------------------------------------------------- */

/* A packet that passes a control twice may find its registers otherwise in a burst. */
static bool
passes_twice(const char *path)
{
	char line[20000];
	FILE *f = fopen(path, "r");
	bool found = false;

	while (f && fgets(line, sizeof(line), f))
		found = found || strstr(line, "_preserving_field_list(") || strstr(line, "clone(");
	if (f)
		fclose(f);
	return found;
}

/* The same packets once more, many at a time, in a switch of their own. */
static bool
same_in_burst(struct test *t, const char *before)
{
	struct sw_config c = { .user = t, .tx = sent };
	char why[500], *after = NULL;
	struct sw *one = t->sw, *sw = sw_open(t->object.path, &c, why, sizeof(why));
	size_t n = 0;
	bool same = false;

	fclose(t->log);
	t->log = open_memstream(&after, &n);
	if (!sw || !t->log || !apply_entries(t, sw))
		return false;
	for (uint32_t i = 0; i < t->arrivals.n; i += 50)
		sw_receive_burst(sw, t->arrivals.v + i, t->arrivals.n - i < 50 ? t->arrivals.n - i : 50);
	sw_drain(sw);
	fflush(t->log);
	t->sw = sw;
	same = strcmp(before, after) == 0;
	if (!same)
		printf("DIFFERENT BURST OUTPUT\n");
	same = same && same_reasons(t) && same_state(t);
	t->sw = one;
	sw_close(sw);
	free(after);
	return same;
}

static int
run_all(struct test *t)
{
	char *before = NULL;
	size_t n = 0;
	struct str rest = t->commands;
	char *line;
	int status;

	t->log = open_memstream(&before, &n);
	if (!t->log)
		return 2;
	while ((line = line_of(t, &rest)) != NULL) {
		if (!str_starts(str_from(line), STR("packet")))
			continue;
		status = one_packet(t, line);
		if (status)
			return status;
	}
	fflush(t->log);
	before = str_cstr(t->a, str_from(before));
	t->it->events.n = 0;
	if (!t->no_bursts && !same_in_burst(t, before)) {
		printf("  of all packets in bursts\n");
		return 1;
	}
	printf("%u packets agree: %u came out, %u were dropped for %u reasons\n", t->packets, t->out, t->drops,
		t->reasons.n);
	return 0;
}

int
main(int argc, char **argv)
{
	struct test t = { .a = arena_make(), .printed = argc == 4 };
	int status;

	if (argc < 3 || !read_commands(&t, argv[2]))
		return 2;
	t.d = diags_make(t.a, sources_make(t.a));
	t.no_bursts = passes_twice(argv[1]);
	status = load(&t, argv[1]) ? 0 : 2;
	if (status == 0) {
		t.it = interp_make(t.a, t.interpreted);
		status = configure(&t) ? run_all(&t) : 2;
	}
	if (t.object.path)
		soft_object_free(&t.object);
	if (t.sw)
		sw_close(t.sw);
	arena_free(t.a);
	return status;
}
