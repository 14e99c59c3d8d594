/* Packets that left against packets that were expected: each port's in their order, as p4c's runner compares them. Ports that the
 * test doesn't mention are not looked at. */
#include "ui/stf_run.h"

#define LINE_BYTES 16

static char
digit(uint8_t v)
{
	return "0123456789abcdef"[v & 15];
}

/* Digit i of a packet, from the left. */
static char
packet_digit(const struct stf_packet *p, uint32_t i)
{
	return digit(i % 2 ? p->data[i / 2] : p->data[i / 2] >> 4);
}

static char
lower(char c)
{
	return (char)(c >= 'A' && c <= 'F' ? c | 32 : c);
}

static bool
same(const struct stf_statement *s, const struct stf_packet *p, uint32_t i)
{
	char want = i < s->hex.n ? lower(s->hex.p[i]) : '*', have = i < p->len * 2 ? packet_digit(p, i) : ' ';

	if (i >= s->hex.n)
		return !s->exact;
	return have != ' ' && (want == '*' || want == have);
}

static bool
fits(const struct stf_statement *s, const struct stf_packet *p)
{
	uint32_t n = s->hex.n > p->len * 2 ? s->hex.n : p->len * 2;

	if (s->any)
		return true;
	for (uint32_t i = 0; i < n; i++)
		if (!same(s, p, i))
			return false;
	return true;
}

/* --- printing --- */

/* Up to 16 bytes, from digit `from` on. */
static void
print_digits(const char *name, uint32_t from, uint32_t n, char (*at)(const void *ctx, uint32_t i), const void *ctx)
{
	char line[LINE_BYTES * 3 + 1];
	uint32_t k = 0;

	for (uint32_t i = from; i < n && i < from + 2 * LINE_BYTES; i++) {
		line[k++] = at(ctx, i);
		if (i % 2)
			line[k++] = ' ';
	}
	while (k && line[k - 1] == ' ')
		k--;
	if (*name)
		printf("  %04x %-9s%.*s\n", from / 2, name, (int)k, line);
	else
		printf("%16s%.*s\n", "", (int)k, line);
}

static char
digit_of_packet(const void *ctx, uint32_t i)
{
	return packet_digit(ctx, i);
}

static char
digit_of_pattern(const void *ctx, uint32_t i)
{
	return lower(((const struct stf_statement *)ctx)->hex.p[i]);
}

void
stf_print_bytes(const struct stf_packet *p)
{
	for (uint32_t i = 0; i < p->len * 2; i += 2 * LINE_BYTES)
		print_digits("sent", i, p->len * 2, digit_of_packet, p);
}

struct pair {
	const struct stf_statement *s;
	const struct stf_packet *p;
};

static char
caret(const void *ctx, uint32_t i)
{
	const struct pair *pair = ctx;

	return same(pair->s, pair->p, i) ? ' ' : '^';
}

/* The lines that differ. */
static void
print_difference(const struct stf_statement *s, const struct stf_packet *p)
{
	const struct pair pair = { s, p };
	uint32_t n = s->hex.n > p->len * 2 ? s->hex.n : p->len * 2;

	for (uint32_t from = 0; from < n; from += 2 * LINE_BYTES) {
		bool differs = false;

		for (uint32_t i = from; i < n && i < from + 2 * LINE_BYTES; i++)
			differs |= !same(s, p, i);
		if (!differs)
			continue;
		print_digits("expected", from, s->hex.n, digit_of_pattern, s);
		print_digits("got", from, p->len * 2, digit_of_packet, p);
		print_digits("", from, n, caret, &pair);
	}
}

static void
differs(struct stf_run *r, const struct stf_statement *s, const struct stf_packet *p, uint32_t number)
{
	uint32_t digits = p->len * 2;

	if (digits < s->hex.n)
		stf_failure(r, s, "packet %u of port %u is too short: %u bytes, expected %s%u", number, s->port, p->len,
			    s->exact ? "" : "at least ", (s->hex.n + 1) / 2);
	else if (s->exact && digits > s->hex.n)
		stf_failure(r, s, "packet %u of port %u is too long: %u bytes, expected %u", number, s->port, p->len,
			    (s->hex.n + 1) / 2);
	else
		stf_failure(r, s, "packet %u of port %u differs", number, s->port);
	print_difference(s, p);
}

/* --- all packets --- */

static void
compare(struct stf_run *r, const struct stf_statement *s, uint32_t *from, uint32_t *number)
{
	struct stf_packet *p = NULL;

	++*number;
	for (; *from < r->out.n && !p; ++*from)
		if (r->out.v[*from].port == s->port)
			p = &r->out.v[*from];
	if (!p) {
		stf_failure(r, s, "packet %u of port %u didn't come", *number, s->port);
		return;
	}
	p->expected = true;
	if (!fits(s, p))
		differs(r, s, p, *number);
}

void
stf_check_packets(struct stf_run *r)
{
	uint32_t *from = arena_array(r->arena, uint32_t, SW_PORTS), *number = arena_array(r->arena, uint32_t, SW_PORTS);
	bool *mentioned = arena_array(r->arena, bool, SW_PORTS);

	for (uint32_t i = 0; i < r->test->n; i++) {
		const struct stf_statement *s = &r->test->v[i];

		if ((s->kind != STF_EXPECT && s->kind != STF_PACKET) || s->port >= SW_PORTS) {
			if (s->kind == STF_EXPECT)
				stf_failure(r, s, "there is no port %u", s->port);
			continue;
		}
		mentioned[s->port] = true;
		if (s->kind == STF_EXPECT)
			compare(r, s, &from[s->port], &number[s->port]);
	}
	vec_each(p, &r->out) {
		if (p->expected || p->port >= SW_PORTS || !mentioned[p->port])
			continue;
		stf_failure(r, NULL, "packet %u of port %u was not expected, %u bytes", ++number[p->port], p->port, p->len);
		stf_print_bytes(p);
	}
}
