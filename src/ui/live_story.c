#include "ui/live_story.h"

#include <inttypes.h>
#include <stdlib.h>

#include "plan/program.h"
#include "ui/story.h"
#include "ui/story_cmd.h"

#define MOST 10000 /* stories that wait for their client */

struct live_story {
	const struct session *s;
	struct arena *arena; /* of what is wanted now */
	struct stories *stories;
	char *text; /* of all stories told */
	size_t size, taken;
	FILE *out; /* to `text` */
};

struct live_story *
live_story_make(const struct session *s)
{
	struct live_story *l = arena_new(s->c.arena, struct live_story);

	l->s = s;
	return l;
}

static void
stop(struct live_story *l)
{
	stories_free(l->stories);
	if (l->out)
		fclose(l->out);
	free(l->text);
	if (l->arena)
		arena_free(l->arena);
	*l = (struct live_story){ .s = l->s };
}

void
live_story_free(struct live_story *l)
{
	if (l)
		stop(l);
}

void
live_story_note(struct live_story *l, const struct sw_note *note)
{
	if (l->stories)
		stories_note(l->stories, note);
}

void
live_story_end(struct live_story *l, const struct sw_story *story)
{
	if (l->stories)
		stories_end(l->stories, story);
}

/* Takes a word off the front. */
static struct str
next_word(struct str *rest)
{
	struct str s = str_trim(*rest), word;
	int64_t end = str_find(s, ' ');

	word = end < 0 ? s : str_sub(s, 0, (uint32_t)end);
	*rest = str_sub(s, word.n, s.n);
	return word;
}

/* The query in `l->arena`; NULL after telling what is wrong with it. */
static struct ir_graph *
query_of(struct live_story *l, struct str where, FILE *out, const struct ir_schema **ret_schema)
{
	struct diags *d = diags_make(l->arena, sources_make(l->arena));
	struct plan_program *p = plan_program_make(l->arena, d, l->s->c.user);
	struct ir_graph *g = p ? story_graph(l->arena, d, &p->schema, where) : NULL;

	diags_print(d, out);
	if (p)
		*ret_schema = &p->schema;
	return g;
}

bool
live_story_want(struct live_story *l, struct str rest, FILE *out)
{
	struct stories_options o = { .start_ns = l->s->start_ns, .metadata = l->s->c.user->v1.metadata };
	struct str word = next_word(&rest);

	o.json = str_is(word, "json");
	if (o.json)
		word = next_word(&rest);
	if (!units_number(word, &o.most) || !o.most || o.most > MOST || !str_trim(rest).n) {
		fprintf(out, "error: story [json] COUNT EXPR, with a COUNT from 1 to %d\n", MOST);
		return false;
	}
	stop(l);
	l->arena = arena_make();
	o.graph = query_of(l, str_trim(rest), out, &o.schema);
	l->out = o.graph ? open_memstream(&l->text, &l->size) : NULL;
	if (!l->out) {
		stop(l);
		return false;
	}
	o.out = l->out;
	l->stories = stories_make(sw_program(l->s->soft.sw), &o);
	return true;
}

bool
live_story_take(struct live_story *l, FILE *out)
{
	if (!l->stories) {
		fputs("error: no packets are wanted: story [json] COUNT EXPR\n", out);
		return false;
	}
	fflush(l->out);
	fprintf(out, "%" PRIu64 "\n", stories_told(l->stories));
	fwrite(l->text + l->taken, 1, l->size - l->taken, out);
	l->taken = l->size;
	return true;
}
