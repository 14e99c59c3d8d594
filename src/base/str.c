#include "base/str.h"

#include <stdarg.h>
#include <stdio.h>

#include "base/arena.h"
#include "base/diag.h"

struct str
str_from(const char *cstr)
{
	size_t n = cstr ? strlen(cstr) : 0;

	if (n > UINT32_MAX)
		bug("a string of %zu bytes", n);
	return (struct str){ cstr, (uint32_t)n };
}

bool
str_eq(struct str a, struct str b)
{
	return a.n == b.n && (a.n == 0 || memcmp(a.p, b.p, a.n) == 0);
}

bool
str_is(struct str a, const char *cstr)
{
	return str_eq(a, str_from(cstr));
}

int
str_cmp(struct str a, struct str b)
{
	uint32_t n = a.n < b.n ? a.n : b.n;
	int c = n ? memcmp(a.p, b.p, n) : 0;

	if (c)
		return c < 0 ? -1 : 1;
	return a.n < b.n ? -1 : a.n > b.n;
}

bool
str_starts(struct str s, struct str prefix)
{
	return s.n >= prefix.n && str_eq(str_sub(s, 0, prefix.n), prefix);
}

bool
str_ends(struct str s, struct str suffix)
{
	return s.n >= suffix.n && str_eq(str_sub(s, s.n - suffix.n, s.n), suffix);
}

int64_t
str_find(struct str s, char c)
{
	const char *at = s.n ? memchr(s.p, c, s.n) : NULL;

	return at ? at - s.p : -1;
}

int64_t
str_rfind(struct str s, char c)
{
	for (uint32_t i = s.n; i > 0; i--)
		if (s.p[i - 1] == c)
			return i - 1;
	return -1;
}

struct str
str_sub(struct str s, uint32_t from, uint32_t to)
{
	if (to > s.n)
		to = s.n;
	if (from > to)
		from = to;
	return (struct str){ s.p ? s.p + from : NULL, to - from };
}

static bool
is_space(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

struct str
str_trim(struct str s)
{
	uint32_t from = 0, to = s.n;

	while (from < to && is_space(s.p[from]))
		from++;
	while (to > from && is_space(s.p[to - 1]))
		to--;
	return str_sub(s, from, to);
}

/* FNV-1a, with a last mix because tables take the low bits. */
uint64_t
str_hash(struct str s)
{
	uint64_t h = 0xcbf29ce484222325u;

	for (uint32_t i = 0; i < s.n; i++)
		h = (h ^ (uint8_t)s.p[i]) * 0x100000001b3u;
	h ^= h >> 32;
	return h * 0x9e3779b97f4a7c15u ^ h >> 29;
}

struct str
str_dup(struct arena *a, struct str s)
{
	return (struct str){ arena_copy(a, s.p, s.n), s.n };
}

char *
str_cstr(struct arena *a, struct str s)
{
	char *p = arena_alloc(a, (size_t)s.n + 1);

	if (s.n)
		memcpy(p, s.p, s.n);
	return p;
}

struct str
str_fmt(struct arena *a, const char *fmt, ...)
{
	char small[256], *p = small;
	va_list args;
	int n;

	va_start(args, fmt);
	n = vsnprintf(small, sizeof(small), fmt, args);
	va_end(args);
	if (n < 0)
		bug("wrong format: %s", fmt);
	if ((size_t)n < sizeof(small))
		return str_dup(a, (struct str){ small, (uint32_t)n });
	p = arena_alloc(a, (size_t)n + 1);
	va_start(args, fmt);
	vsnprintf(p, (size_t)n + 1, fmt, args);
	va_end(args);
	return (struct str){ p, (uint32_t)n };
}

#define DISTANCE_MAX 64 /* longer names are compared for equality only */

static uint32_t
min3(uint32_t a, uint32_t b, uint32_t c)
{
	uint32_t m = a < b ? a : b;

	return m < c ? m : c;
}

/* Insertions, deletions, replacements and swaps of neighbours count one each. */
uint32_t
str_distance(struct str a, struct str b, uint32_t limit)
{
	uint32_t rows[3][DISTANCE_MAX + 1];
	uint32_t *before = rows[0], *last = rows[1], *row = rows[2];

	if (a.n > DISTANCE_MAX || b.n > DISTANCE_MAX)
		return str_eq(a, b) ? 0 : limit + 1;
	for (uint32_t j = 0; j <= b.n; j++)
		last[j] = before[j] = j;
	for (uint32_t i = 1; i <= a.n; i++) {
		uint32_t *free_row = before;

		row[0] = i;
		for (uint32_t j = 1; j <= b.n; j++) {
			uint32_t cost = a.p[i - 1] != b.p[j - 1];

			row[j] = min3(last[j] + 1, row[j - 1] + 1, last[j - 1] + cost);
			if (i > 1 && j > 1 && a.p[i - 1] == b.p[j - 2] && a.p[i - 2] == b.p[j - 1])
				row[j] = min3(row[j], before[j - 2] + 1, row[j]);
		}
		before = last;
		last = row;
		row = free_row;
	}
	return last[b.n] <= limit ? last[b.n] : limit + 1;
}

struct str
str_nearest(struct str s, const struct str *candidates, uint32_t n)
{
	uint32_t limit = s.n < 3 ? 1 : 1 + s.n / 4;
	struct str best = STR_NONE;

	for (uint32_t i = 0; i < n; i++) {
		uint32_t d = str_distance(s, candidates[i], limit);

		/* A name that shares nothing with the wrong one is no help. */
		if (d > limit || d >= s.n || d >= candidates[i].n)
			continue;
		if (d == 0)
			return candidates[i];
		limit = d - 1;
		best = candidates[i];
	}
	return best;
}

uint32_t
str_utf8_length(const uint8_t *p, uint32_t n)
{
	static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
	uint32_t len = p[0] < 0x80	 ? 1
		       : p[0] >> 5 == 6	 ? 2
		       : p[0] >> 4 == 14 ? 3
		       : p[0] >> 3 == 30 ? 4
					 : 0;
	uint32_t c;

	if (len <= 1 || len > n)
		return len <= n ? len : 0;
	c = p[0] & (0x7fu >> len);
	for (uint32_t i = 1; i < len; i++) {
		if (p[i] >> 6 != 2)
			return 0;
		c = c << 6 | (p[i] & 63);
	}
	return c < least[len] || c > 0x10ffff || (c >= 0xd800 && c < 0xe000) ? 0 : len;
}

uint32_t
str_printable(const uint8_t *p, uint32_t n)
{
	uint32_t len = str_utf8_length(p, n);
	bool is_turn = len == 3 && p[0] == 0xe2 &&
		       ((p[1] == 0x80 && (p[2] == 0x8e || p[2] == 0x8f || (p[2] >= 0xaa && p[2] <= 0xae))) || /* U+200E, U+202A, ... */
			(p[1] == 0x81 && p[2] >= 0xa6 && p[2] <= 0xa9));				      /* U+2066 to U+2069 */

	return p[0] < 0x20 || p[0] == 0x7f || (len == 2 && p[0] == 0xc2 && p[1] < 0xa0) || is_turn ? 0 : len;
}
