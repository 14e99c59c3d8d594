/* schema_text.h - schemas of tests as text (see router.schema). */
#ifndef SCHEMA_TEXT_H
#define SCHEMA_TEXT_H

#include <stdlib.h>

#include "base/arena.h"
#include "base/diag.h"
#include "base/units.h"
#include "ir/schema.h"

/* The next word of a line; empty at its end. */
static struct str
schema_word(struct str *line)
{
	uint32_t n = 0;
	struct str word;

	*line = str_trim(*line);
	while (n < line->n && line->p[n] != ' ')
		n++;
	word = str_sub(*line, 0, n);
	*line = str_sub(*line, n, line->n);
	return word;
}

static struct ir_schema_field
schema_field(struct str word)
{
	struct ir_schema_field f = { .name = word };
	int64_t colon = str_rfind(word, ':');
	uint64_t width = 0;

	if (colon < 0 || !units_number(str_sub(word, (uint32_t)colon + 1, word.n), &width))
		bug("a field of the schema is NAME:WIDTH, not '%.*s'", STRA(word));
	f.name = str_sub(word, 0, (uint32_t)colon);
	f.width = (uint32_t)width;
	return f;
}

static void
schema_line(struct arena *a, struct ir_schema *s, struct str line)
{
	struct str what = schema_word(&line), word;
	struct ir_schema_header h = { .never_extracted = str_is(what, "never") };
	uint64_t tick;

	if (str_is(what, "tick") && units_number(schema_word(&line), &tick)) {
		s->tick_ns = (uint32_t)tick;
	} else if (str_is(what, "meta")) {
		while ((word = schema_word(&line)).n)
			vec_push(a, &s->metadata, schema_field(word));
	} else if (str_is(what, "header") || h.never_extracted) {
		h.path = schema_word(&line);
		while ((word = schema_word(&line)).n)
			vec_push(a, &h.fields, schema_field(word));
		vec_push(a, &s->headers, h);
	} else if (what.n && what.p[0] != '#') {
		bug("the schema says '%.*s'", STRA(what));
	}
}

static inline struct ir_schema *
schema_from(struct arena *a, struct str text)
{
	struct ir_schema *s = arena_new(a, struct ir_schema);

	while (text.n) {
		int64_t nl = str_find(text, '\n');
		uint32_t n = nl < 0 ? text.n : (uint32_t)nl;

		schema_line(a, s, str_sub(text, 0, n));
		text = str_sub(text, n + 1, text.n);
	}
	return s;
}

static inline struct ir_schema *
schema_read(struct arena *a, struct diags *d, struct str path)
{
	int err = 0;
	const struct source *s = source_read(diags_sources(d), path, &err);

	if (!s)
		bug("can't read the schema '%.*s'", STRA(path));
	return schema_from(a, s->text);
}

#endif
