#include "base/diag.h"

#include <stdarg.h>
#include <stdlib.h>

#include "base/arena.h"
#include "base/quote.h"
#include "base/vec.h"

#define KEPT_MAX 1000 /* errors and warnings remembered between two prints */
#define LINE_MAX 120  /* bytes of a source line that are shown */
#define ESCAPES_MAX 40 /* bytes that are no text, in a message */

enum level { LEVEL_ERROR, LEVEL_WARNING, LEVEL_NOTE, LEVEL_HINT };

struct message {
	enum level level;
	struct span at;
	struct str text;
	struct message *next; /* notes and hints that belong to it */
	uint32_t order;
};

struct diags {
	struct arena *arena;
	struct sources *sources;
	VEC(struct message *) kept; /* since the last print */
	struct message *last;	    /* end of the chain that notes join; NULL: they are dropped */
	uint32_t errors, warnings;
	uint32_t printed; /* errors */
	uint32_t hidden;  /* errors beyond the limit, since the last print */
};

struct diags *
diags_make(struct arena *a, struct sources *s)
{
	struct diags *d = arena_new(a, struct diags);

	d->arena = a;
	d->sources = s;
	return d;
}

struct sources *
diags_sources(struct diags *d)
{
	return d->sources;
}

static struct str
format(struct arena *a, const char *fmt, va_list args)
{
	char buf[1024];
	int n = vsnprintf(buf, sizeof(buf), fmt, args);

	if (n < 0)
		bug("wrong format: %s", fmt);
	if ((size_t)n >= sizeof(buf)) {
		static const char more[] = "...";

		n = sizeof(buf) - 1;
		memcpy(buf + n - 3, more, 3);
	}
	return str_dup(a, (struct str){ buf, (uint32_t)n });
}

static bool
is_known(const struct diags *d, enum level level, struct span at, struct str text)
{
	for (uint32_t i = 0; i < d->kept.n; i++) {
		const struct message *m = d->kept.v[i];

		if (m->level == level && m->at.begin == at.begin && m->at.end == at.end &&
		    str_eq(m->text, text))
			return true;
	}
	return false;
}

static struct message *
message_make(struct diags *d, enum level level, struct span at, struct str text)
{
	struct message *m = arena_new(d->arena, struct message);

	*m = (struct message){ .level = level, .at = at, .text = text };
	return m;
}

static void
report(struct diags *d, enum level level, struct span at, struct str text)
{
	d->last = NULL;
	if (is_known(d, level, at, text))
		return;
	if (level == LEVEL_ERROR)
		d->errors++;
	else
		d->warnings++;
	if (d->kept.n >= KEPT_MAX) {
		d->hidden += level == LEVEL_ERROR;
		return;
	}
	d->last = message_make(d, level, at, text);
	d->last->order = d->kept.n;
	vec_push(d->arena, &d->kept, d->last);
}

static void
attach(struct diags *d, enum level level, struct span at, struct str text)
{
	if (!d->last)
		return;
	d->last->next = message_make(d, level, at, text);
	d->last = d->last->next;
}

void
diag_error(struct diags *d, struct span at, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	report(d, LEVEL_ERROR, at, format(d->arena, fmt, args));
	va_end(args);
}

void
diag_warn(struct diags *d, struct span at, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	report(d, LEVEL_WARNING, at, format(d->arena, fmt, args));
	va_end(args);
}

void
diag_note(struct diags *d, struct span at, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	attach(d, LEVEL_NOTE, at, format(d->arena, fmt, args));
	va_end(args);
}

void
diag_hint(struct diags *d, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	attach(d, LEVEL_HINT, (struct span){ 0, 0 }, format(d->arena, fmt, args));
	va_end(args);
}

void
diag_nearest(struct diags *d, struct str wrong, const struct str *candidates, uint32_t n)
{
	struct str near = str_nearest(wrong, candidates, n);

	if (near.n)
		diag_hint(d, "did you mean '%.*s'?", STRA(near));
}

uint32_t
diag_errors(const struct diags *d)
{
	return d->errors;
}

uint32_t
diag_warnings(const struct diags *d)
{
	return d->warnings;
}

/* Of a source line: each character, or byte that is none, has one column. */
static uint32_t
step(struct str line, uint32_t at)
{
	uint32_t n = str_printable((const uint8_t *)line.p + at, line.n - at);

	return n ? n : 1;
}

static void
put_columns(FILE *out, struct str line)
{
	for (uint32_t i = 0; i < line.n; i += step(line, i)) {
		uint32_t n = str_printable((const uint8_t *)line.p + i, line.n - i);

		if (n || line.p[i] == '\t')
			fwrite(line.p + i, 1, n ? n : 1, out);
		else
			putc('?', out);
	}
}

static bool
is_continuation(char c)
{
	return ((unsigned char)c & 0xc0) == 0x80; /* of a UTF-8 character */
}

/* The part of a long line around the caret: [*from, *to). Characters stay whole. */
static void
window(struct str line, uint32_t at, uint32_t *from, uint32_t *to)
{
	*from = at > LINE_MAX * 2 / 3 && line.n > LINE_MAX ? at - LINE_MAX / 2 : 0;
	*to = line.n - *from > LINE_MAX ? *from + LINE_MAX : line.n;
	for (int i = 0; i < 3 && *from > 0 && *from < line.n && is_continuation(line.p[*from]); i++)
		(*from)--;
	for (int i = 0; i < 3 && *to < line.n && is_continuation(line.p[*to]); i++)
		(*to)++;
}

static void
put_line(FILE *out, const struct place *p, uint32_t length)
{
	struct str line = p->line_text;
	uint32_t at = p->column - 1 < line.n ? p->column - 1 : line.n;
	uint32_t from, to, i;

	window(line, at, &from, &to);
	fprintf(out, "%5u | %s", p->line, from ? "..." : "");
	put_columns(out, str_sub(line, from, to));
	fprintf(out, "%s\n      | %s", to < line.n ? "..." : "", from ? "   " : "");
	for (i = from; i < at; i += step(line, i))
		putc(line.p[i] == '\t' ? '\t' : ' ', out);
	putc('^', out);
	for (i += i < line.n ? step(line, i) : 1; i < at + length && i < to; i += step(line, i))
		putc('~', out);
	putc('\n', out);
}

static const char *
level_name(enum level level)
{
	switch (level) {
	case LEVEL_ERROR:
		return "error";
	case LEVEL_WARNING:
		return "warning";
	case LEVEL_NOTE:
		return "note";
	case LEVEL_HINT:
		return "hint";
	}
	bug("level %d", (int)level);
}

static void
put_message(const struct diags *d, const struct message *m, FILE *out)
{
	struct place p;
	bool has_place = source_place(d->sources, m->at.begin, &p);

	if (has_place) {
		quote_put(out, p.source->name, ESCAPES_MAX);
		fprintf(out, ":%u:%u: ", p.line, p.column);
	}
	fprintf(out, "%s: ", level_name(m->level));
	quote_put(out, m->text, ESCAPES_MAX);
	putc('\n', out);
	if (has_place)
		put_line(out, &p, m->at.end > m->at.begin ? m->at.end - m->at.begin : 1);
}

/* By place; what has no place comes last, in the order of reports. */
static int
by_place(const void *va, const void *vb)
{
	const struct message *a = *(struct message *const *)va, *b = *(struct message *const *)vb;
	uint32_t x = a->at.begin - 1, y = b->at.begin - 1; /* no place: the largest number */

	if (x != y)
		return x < y ? -1 : 1;
	return a->order < b->order ? -1 : a->order > b->order;
}

void
diags_print(struct diags *d, FILE *out)
{
	if (d->kept.n)
		qsort(d->kept.v, d->kept.n, sizeof(*d->kept.v), by_place);
	for (uint32_t i = 0; i < d->kept.n; i++) {
		const struct message *m = d->kept.v[i];

		if (m->level == LEVEL_ERROR && d->printed == DIAG_LIMIT) {
			d->hidden++;
			continue;
		}
		d->printed += m->level == LEVEL_ERROR;
		for (; m; m = m->next)
			put_message(d, m, out);
	}
	if (d->hidden)
		fprintf(out, "%u more error%s not shown\n", d->hidden, d->hidden == 1 ? "" : "s");
	d->hidden = 0;
	d->kept.n = 0;
	d->last = NULL;
}

void
bug_at(const char *file, int line, const char *fmt, ...)
{
	va_list args;

	fflush(stdout);
	fprintf(stderr, "packetscope: bug at %s:%d: ", file, line);
	va_start(args, fmt);
	vfprintf(stderr, fmt, args);
	va_end(args);
	fputs("\nPlease report this with the input that led to it.\n", stderr);
	abort();
}
