/* stf.c - runs a P4 program on the embedded switch against a test in p4c's STF form, and prints TAP:
 *
 *   stf program.p4 test.stf
 *   stf program.p4 errors.err    the program can't be executed, and this is what is said (UPDATE=1 writes the file)
 *
 * add TABLE [PRIORITY] KEY:VALUE... ACTION(NAME:VALUE, ...)    setdefault TABLE ACTION(...)
 * packet PORT HEX    expect PORT [HEX with * for any digit, $ at the end for the exact length]
 * mc_mgrp_create, mc_node_create, mc_node_associate, mirroring_add, mirroring_add_mc, register_write as in simple_switch_CLI;
 * check_counter NAME(INDEX) packets|bytes == N    check_register NAME INDEX == N    check_drop REASON == N
 * check_said LINE (log TEXT, assert LINE, assume LINE, digest RECEIVER HEX: in the order in which the program said them)
 *
 * Exit status 0: nothing differs, 1: something does, 2: the program can't be compiled, 3: the test asks for what this
 * runner doesn't know. */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/arena.h"
#include "p4/parse.h"
#include "switch/pre.h"
#include "switch/switch.h"
#include "switch/table.h"
#include "target/soft/soft.h"

#define MAX_PACKETS 4096

struct packet {
	uint32_t port, len;
	uint8_t *data;
	const char *expect; /* hex text of an expectation, NULL: any */
	bool seen;
};

struct runner {
	struct sw *sw;
	const struct ps_program *p;
	struct packet out[MAX_PACKETS], want[MAX_PACKETS];
	uint32_t nout, nwant, line;
	uint64_t time;
	char said[20000]; /* logged texts, failed assertions, digests: a line each */
	int status;
};

static void
complain(struct runner *r, int status, const char *what, const char *which)
{
	printf("# line %u: %s %s\n", r->line, what, which);
	if (r->status == 0 || status == 3)
		r->status = status;
}

static void
sent(void *user, uint32_t port, uint64_t time_ns, const uint8_t *data, uint32_t len)
{
	struct runner *r = user;

	(void)time_ns;
	if (r->nout == MAX_PACKETS)
		return;
	r->out[r->nout] = (struct packet){ .port = port, .len = len, .data = malloc(len + 1) };
	memcpy(r->out[r->nout++].data, data, len);
}

static void
say(struct runner *r, const char *what, const char *text)
{
	size_t n = strlen(r->said);

	snprintf(r->said + n, sizeof(r->said) - n, "%s %s\n", what, text);
}

static void
logged(void *user, uint64_t time_ns, const char *text)
{
	(void)time_ns;
	say(user, "log", text);
}

static void
failed(void *user, uint64_t time_ns, uint32_t line, bool assumption)
{
	char text[20];

	(void)time_ns;
	snprintf(text, sizeof(text), "%u", line);
	say(user, assumption ? "assume" : "assert", text);
}

static void
digested(void *user, uint64_t time_ns, uint32_t receiver, const void *data, uint32_t size)
{
	char text[300];
	int n = snprintf(text, sizeof(text), "%u ", receiver);

	(void)time_ns;
	for (uint32_t i = 0; i < size && n < 290; i++)
		n += snprintf(text + n, sizeof(text) - (size_t)n, "%02x", ((const uint8_t *)data)[i]);
	say(user, "digest", text);
}

/* --- words and numbers ----------------------------------------------------------------------------- */

static char *
word(char **at)
{
	char *s = *at, *end;

	while (isspace((unsigned char)*s))
		s++;
	if (!*s)
		return NULL;
	for (end = s; *end && !isspace((unsigned char)*end); end++)
		;
	*at = *end ? end + 1 : end;
	*end = 0;
	return s;
}

static uint32_t
number_of(const char *s)
{
	return s ? (uint32_t)strtoul(s, NULL, 0) : 0;
}

/* Decimal, 0x, 0b; * stands for any digit of the mask. Little-endian bytes. */
static bool
number(const char *s, uint8_t *value, uint8_t *mask, uint32_t size)
{
	uint32_t base = 10, bits = 0;

	memset(value, 0, size);
	memset(mask, 0xff, size);
	if (s[0] == '0' && (s[1] == 'x' || s[1] == 'X'))
		base = 16, bits = 4, s += 2;
	else if (s[0] == '0' && (s[1] == 'b' || s[1] == 'B'))
		base = 2, bits = 1, s += 2;
	for (; *s; s++) {
		uint32_t digit = *s == '*' ? 0 : isdigit((unsigned char)*s) ? (uint32_t)(*s - '0') : (uint32_t)(tolower(*s) - 'a' + 10);
		uint32_t carry = digit, mcarry = *s == '*' ? 0 : base - 1;

		if (digit >= base || (*s == '*' && !bits))
			return false;
		for (uint32_t i = 0; i < size; i++) {
			uint32_t v = value[i] * base + carry;

			value[i] = (uint8_t)v;
			carry = v >> 8;
			if (bits) {
				uint32_t m = ((uint32_t)mask[i] << bits) | mcarry;

				mask[i] = (uint8_t)m;
				mcarry = m >> 8;
			}
		}
	}
	return true;
}

static void
trim(uint8_t *v, uint32_t size, uint32_t width)
{
	for (uint32_t i = 0; i < size; i++)
		if (8 * i + 8 > width)
			v[i] &= 8 * i >= width ? 0 : (uint8_t)((1u << (width - 8 * i)) - 1);
}

/* --- tables ------------------------------------------------------------------------------------------ */

static bool
same_name(const char *full, const char *name)
{
	size_t n = strlen(full), m = strlen(name);

	return strcmp(full, name) == 0 || (n > m && full[n - m - 1] == '.' && strcmp(full + n - m, name) == 0);
}

static int
find_table(struct runner *r, const char *name)
{
	for (uint32_t i = 0; i < r->p->ntables; i++)
		if (strcmp(r->p->tables[i].name, name) == 0)
			return (int)i;
	for (uint32_t i = 0; i < r->p->ntables; i++)
		if (same_name(r->p->tables[i].name, name))
			return (int)i;
	complain(r, 3, "no table", name);
	return -1;
}

static int
find_action(struct runner *r, const struct ps_table_info *t, const char *name)
{
	for (uint32_t i = 0; i < t->nactions; i++)
		if (same_name(r->p->actions[t->actions[i]].name, name))
			return t->actions[i];
	complain(r, 3, "no action", name);
	return -1;
}

/* NAME(param:value, ...) */
static int
parse_action(struct runner *r, const struct ps_table_info *t, char *text, uint8_t *data)
{
	char *open = strchr(text, '('), *save = NULL;
	const struct ps_action_info *a;
	uint8_t mask[256];
	int index;

	if (!open)
		return -1;
	*open = 0;
	index = find_action(r, t, text);
	if (index < 0)
		return -1;
	a = &r->p->actions[index];
	for (char *arg = strtok_r(open + 1, " ,)\r\n\t", &save); arg; arg = strtok_r(NULL, " ,)\r\n\t", &save)) {
		char *colon = strchr(arg, ':');
		bool found = false;

		if (!colon) {
			complain(r, 3, "no value for", arg);
			return -1;
		}
		*colon = 0;
		for (uint32_t i = 0; i < a->nparams; i++)
			if (strcmp(a->params[i].name, arg) == 0) {
				found = number(colon + 1, data + a->params[i].offset, mask, a->params[i].size);
				trim(data + a->params[i].offset, a->params[i].size, a->params[i].width);
			}
		if (!found)
			complain(r, 3, "no parameter", arg);
	}
	return index;
}

static int
find_key(const struct ps_table_info *t, char *name, uint32_t position)
{
	char *valid = strstr(name, "$valid$");

	for (uint32_t i = 0; i < t->nkeys; i++)
		if (strcmp(t->keys[i].name, name) == 0)
			return (int)i;
	if (valid)
		*valid = 0, name[strlen(name) - 1] = 0;
	for (uint32_t i = 0; i < t->nkeys; i++)
		if (same_name(t->keys[i].name, name) || (valid && strstr(t->keys[i].name, name)))
			return (int)i;
	return position < t->nkeys ? (int)position : -1;
}

static void
parse_key(struct runner *r, const struct ps_table_info *t, char *text, uint32_t position, uint8_t *value, uint8_t *mask)
{
	char *colon = strchr(text, ':'), *slash;
	const struct ps_key_info *k;
	int i;

	*colon = 0;
	slash = strchr(colon + 1, '/');
	if (slash)
		*slash = 0;
	i = find_key(t, text, position);
	if (i < 0) {
		complain(r, 3, "no key", text);
		return;
	}
	k = &t->keys[i];
	if (!number(colon + 1, value + k->offset, mask + k->offset, k->size))
		complain(r, 3, "no number", colon + 1);
	trim(value + k->offset, k->size, k->width);
	trim(mask + k->offset, k->size, k->width);
	for (uint32_t bit = 0; slash && bit < k->width; bit++)
		if (bit < k->width - number_of(slash + 1))
			mask[k->offset + bit / 8] &= (uint8_t)~(1u << bit % 8);
	for (uint32_t b = 0; b < k->size; b++)
		if (k->match != PS_RANGE)
			value[k->offset + b] &= mask[k->offset + b];
	if (k->match == PS_RANGE)
		memcpy(mask + k->offset, value + k->offset, k->size);
}

static void
do_add(struct runner *r, char *rest)
{
	uint8_t value[1024] = { 0 }, mask[1024] = { 0 }, data[1024] = { 0 };
	int t = find_table(r, word(&rest)), action = -1, err, priority = 1;
	uint32_t handle;
	char *w, *paren = NULL, *keys;
	uint32_t position = 0;

	if (t < 0)
		return;
	for (char *p = rest; *p; p++) /* the action is the last word before the parenthesis */
		if (*p == '(')
			paren = p;
	if (!paren) {
		complain(r, 3, "no action in", rest);
		return;
	}
	while (paren > rest && isspace((unsigned char)paren[-1]))
		memmove(paren - 1, paren, strlen(paren) + 1), paren--;
	keys = rest;
	while (paren > rest && !isspace((unsigned char)paren[-1]))
		paren--;
	if (paren > rest)
		paren[-1] = 0;
	while (paren > keys && (w = word(&keys)) != NULL) {
		if (strchr(w, ':'))
			parse_key(r, &r->p->tables[t], w, position++, value, mask);
		else
			priority = (int)number_of(w);
	}
	action = parse_action(r, &r->p->tables[t], paren, data);
	if (action < 0)
		return;
	err = sw_table_insert(sw_table(r->sw, (uint32_t)t), value, mask, 10000 - priority, (uint16_t)action, data, &handle);
	if (err)
		complain(r, 1, "can't add:", strerror(-err));
}

static void
do_default(struct runner *r, char *rest)
{
	uint8_t data[1024] = { 0 };
	int t = find_table(r, word(&rest)), action;

	if (t < 0)
		return;
	action = parse_action(r, &r->p->tables[t], rest, data);
	if (action >= 0)
		sw_table_set_default(sw_table(r->sw, (uint32_t)t), (uint16_t)action, data);
}

/* --- packets ------------------------------------------------------------------------------------------ */

static char *
joined(char *rest)
{
	char *to = rest;

	for (char *p = rest; *p; p++)
		if (!isspace((unsigned char)*p))
			*to++ = *p;
	*to = 0;
	return rest;
}

static int
nibble(int c)
{
	return isdigit(c) ? c - '0' : tolower(c) - 'a' + 10;
}

static void
do_packet(struct runner *r, char *rest)
{
	uint32_t port = number_of(word(&rest)), n = 0;
	static uint8_t data[65536];
	char *hex = joined(rest);

	for (; hex[0] && hex[1]; hex += 2)
		data[n++] = (uint8_t)(nibble(hex[0]) << 4 | nibble(hex[1]));
	r->time += 1000000;
	sw_receive(r->sw, r->time, port, data, n);
	sw_drain(r->sw);
}

static void
do_expect(struct runner *r, char *rest)
{
	char *port = word(&rest), *hex;

	if (!port)
		return;
	hex = joined(rest);
	r->want[r->nwant++] = (struct packet){ .port = number_of(port), .expect = *hex ? strdup(hex) : NULL };
}

static bool
matches(const struct packet *want, const struct packet *got)
{
	uint32_t i = 0;

	for (const char *p = want->expect; p && *p; p++, i++) {
		int have;

		if (*p == '$')
			return i == got->len * 2;
		if (i / 2 >= got->len)
			return false;
		have = i % 2 ? got->data[i / 2] & 15 : got->data[i / 2] >> 4;
		if (*p != '*' && nibble(*p) != have)
			return false;
	}
	return true;
}

static void
check(struct runner *r)
{
	bool any[512] = { false };

	for (uint32_t i = 0; i < r->nwant; i++) {
		struct packet *got = NULL;

		if (!r->want[i].expect)
			any[r->want[i].port % 512] = true;
		for (uint32_t k = 0; k < r->nout && !got; k++)
			if (!r->out[k].seen && r->out[k].port == r->want[i].port)
				got = &r->out[k];
		if (got)
			got->seen = true;
		if (got && matches(&r->want[i], got))
			continue;
		printf("# expected on port %u: %s\n#      got: ", r->want[i].port, r->want[i].expect ? r->want[i].expect : "any");
		for (uint32_t b = 0; got && b < got->len; b++)
			printf("%02X", got->data[b]);
		printf(got ? "\n" : "nothing\n");
		r->status = r->status ? r->status : 1;
	}
	for (uint32_t k = 0; k < r->nout; k++) {
		if (r->out[k].seen || any[r->out[k].port % 512])
			continue;
		printf("# not expected on port %u: ", r->out[k].port);
		for (uint32_t b = 0; b < r->out[k].len; b++)
			printf("%02X", r->out[k].data[b]);
		printf("\n");
		r->status = r->status ? r->status : 1;
	}
}

/* --- the other commands ------------------------------------------------------------------------------- */

static uint32_t
numbers(char *rest, uint32_t *v, uint32_t max)
{
	uint32_t n = 0;

	for (char *w; n < max && (w = word(&rest)) != NULL;)
		v[n++] = (uint32_t)strtoul(w, NULL, 0);
	return n;
}

static void
do_register(struct runner *r, char *rest, bool check_it)
{
	char *name = word(&rest), *index = word(&rest), *value = word(&rest);
	int i = name ? sw_register_index(r->sw, str_from(name)) : -1;
	uint64_t v = 0, want;

	if (value && strcmp(value, "==") == 0)
		value = word(&rest);
	if (i < 0 || !index || !value || r->p->registers[i].cell > 8) {
		complain(r, 3, "no register", name ? name : "");
		return;
	}
	want = strtoull(value, NULL, 0);
	if (!check_it) {
		sw_register_write(r->sw, (uint32_t)i, number_of(index), &want);
		return;
	}
	sw_register_read(r->sw, (uint32_t)i, number_of(index), &v);
	if (v != want) {
		printf("# %s[%s] is %llu, expected %llu\n", name, index, (unsigned long long)v, (unsigned long long)want);
		r->status = r->status ? r->status : 1;
	}
}

/* NAME(INDEX) packets == N */
static void
do_counter(struct runner *r, char *rest)
{
	char *open = strchr(rest, '('), *name = rest, *what, *value;
	struct ps_counter_cell c = { 0 };
	uint32_t index;
	int i;

	if (!open)
		return;
	*open = 0;
	index = (uint32_t)strtoul(open + 1, &rest, 0);
	rest = strchr(rest, ')') ? strchr(rest, ')') + 1 : rest;
	while (isspace((unsigned char)*name))
		name++;
	i = sw_counter_index(r->sw, str_from(name));
	what = word(&rest);
	value = word(&rest);
	value = word(&rest);
	if (i < 0 || !what || !value || sw_counter_read(r->sw, (uint32_t)i, index, &c) != 0) {
		complain(r, 3, "no counter", name);
		return;
	}
	if ((*what == 'p' ? c.packets : c.bytes) != strtoull(value, NULL, 0)) {
		printf("# %s(%u) has %llu packets, %llu bytes\n", name, index, (unsigned long long)c.packets, (unsigned long long)c.bytes);
		r->status = r->status ? r->status : 1;
	}
}

static void
do_pre(struct runner *r, const char *command, char *rest)
{
	struct sw_pre *pre = sw_pre(r->sw);
	uint32_t v[64], n = numbers(rest, v, 64), handle;

	if (strcmp(command, "mc_mgrp_create") == 0 && n == 1)
		sw_group_create(pre, v[0]);
	else if (strcmp(command, "mc_node_create") == 0 && n >= 1)
		sw_node_create(pre, v[0], v + 1, n - 1, &handle);
	else if (strcmp(command, "mc_node_associate") == 0 && n == 2)
		sw_node_associate(pre, v[0], v[1]);
	else if (strcmp(command, "mirroring_add") == 0 && n == 2)
		sw_mirror_port(pre, v[0], v[1], UINT32_MAX);
	else if (strcmp(command, "mirroring_add_mc") == 0 && n == 2)
		sw_mirror_group(pre, v[0], v[1], UINT32_MAX);
	else
		complain(r, 3, "unknown:", command);
}

/* REASON == N packets were dropped */
static void
do_drop(struct runner *r, char *rest)
{
	char *reason = word(&rest), *equal = word(&rest), *want = word(&rest);
	uint64_t have = 0;

	if (!reason || !equal || !want) {
		complain(r, 3, "check_drop REASON == N", "");
		return;
	}
	for (uint32_t i = 0; i < sw_drops(r->sw); i++) {
		struct sw_drop d = sw_drop_at(r->sw, i);

		if (str_is(d.reason, reason))
			have = d.packets;
	}
	if (have == strtoull(want, NULL, 0))
		return;
	complain(r, 1, "dropped otherwise:", reason);
	for (uint32_t i = 0; i < sw_drops(r->sw); i++)
		printf("# %llu %.*s\n", (unsigned long long)sw_drop_at(r->sw, i).packets, STRA(sw_drop_at(r->sw, i).reason));
}

/* A line that was said, word for word; said lines are looked at in order. */
static void
do_said(struct runner *r, char *rest)
{
	char *end = strchr(r->said, '\n');

	rest[strcspn(rest, "\n")] = 0;
	if (!end) {
		complain(r, 1, "not said:", rest);
		return;
	}
	*end = 0;
	if (strcmp(r->said, rest) != 0) {
		complain(r, 1, "not said:", rest);
		complain(r, 1, "but:", r->said);
	}
	memmove(r->said, end + 1, strlen(end + 1) + 1);
}

static void
command(struct runner *r, char *line)
{
	char *rest = line, *w;

	if (line[0] == '#' || strstr(line, " # "))
		*strchr(line, '#') = 0;
	w = word(&rest);
	if (!w || strcmp(w, "wait") == 0 || strcmp(w, "no_packet") == 0)
		return;
	if (strcmp(w, "add") == 0)
		do_add(r, rest);
	else if (strcmp(w, "setdefault") == 0)
		do_default(r, rest);
	else if (strcmp(w, "packet") == 0)
		do_packet(r, rest);
	else if (strcmp(w, "expect") == 0)
		do_expect(r, rest);
	else if (strcmp(w, "check_counter") == 0)
		do_counter(r, rest);
	else if (strcmp(w, "check_said") == 0)
		do_said(r, rest);
	else if (strcmp(w, "check_drop") == 0)
		do_drop(r, rest);
	else if (strcmp(w, "check_register") == 0 || strcmp(w, "register_write") == 0)
		do_register(r, rest, w[0] == 'c');
	else if (strncmp(w, "mc_", 3) == 0 || strncmp(w, "mirroring_add", 13) == 0)
		do_pre(r, w, rest);
	else if (strcmp(w, "register_read") != 0 && strcmp(w, "mirroring_get") != 0)
		complain(r, 3, "unknown:", w);
}

/* What is wrong with the program goes to `said`. */
static struct sw *
load(const char *path, struct runner *r, FILE *said)
{
	struct arena *a = arena_make();
	struct sources *s = sources_make(a);
	struct diags *d = diags_make(a, s);
	struct p4_options none = { 0 };
	struct p4_node *tree = p4_parse_file(a, d, str_from(path), &none);
	struct p4_program *p = tree ? p4_check(a, d, tree, false) : NULL;
	const char *flags[] = { getenv("STF_CFLAGS"), NULL };
	struct soft_options o = { .name = path, .flags = flags, .keep_c = getenv("STF_KEEP") };
	struct sw_config c = { .user = r, .tx = sent, .log = logged, .assertion = failed, .digest = digested };
	struct soft_object so;
	struct sw *sw = NULL;
	char err[500];

	if (p && soft_compile(p, &o, &so)) {
		sw = sw_open(so.path, &c, err, sizeof(err));
		if (!sw)
			printf("# %s\n", err);
		soft_object_free(&so);
	}
	if (said)
		diags_print(d, said);
	arena_free(a);
	return sw;
}

/* The errors are those of the file. */
static int
refused(const char *path, const char *errors)
{
	static struct runner r;
	static char want[20000];
	char *said = NULL;
	size_t n = 0;
	FILE *out = open_memstream(&said, &n), *f;
	struct sw *sw = load(path, &r, out);
	int status;

	fclose(out);
	if (getenv("UPDATE") && !sw && (f = fopen(errors, "w")) != NULL) {
		fputs(said, f);
		fclose(f);
	}
	f = fopen(errors, "r");
	if (f) {
		want[fread(want, 1, sizeof(want) - 1, f)] = 0;
		fclose(f);
	}
	status = sw || strcmp(want, said) != 0;
	if (status)
		printf("# it says:\n%s", sw ? "nothing\n" : said);
	free(said);
	return status;
}

static int
run(const char *program, const char *test)
{
	static struct runner r;
	static char line[200000];
	FILE *f = fopen(test, "r");

	if (!f)
		return 3;
	r.sw = load(program, &r, stdout);
	if (!r.sw)
		return 2;
	r.p = sw_program(r.sw);
	while (fgets(line, sizeof(line), f)) {
		r.line++;
		command(&r, line);
	}
	fclose(f);
	check(&r);
	return r.status;
}

int
main(int argc, char **argv)
{
	const char *name = argc == 3 ? strrchr(argv[2], '/') : NULL;
	int status;

	if (argc != 3)
		return 3;
	printf("1..1\n");
	status = str_ends(str_from(argv[2]), STR(".err")) ? refused(argv[1], argv[2]) : run(argv[1], argv[2]);
	printf("%sok 1 - %s\n", status ? "not " : "", name ? name + 1 : argv[2]);
	return status;
}
