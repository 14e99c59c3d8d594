/* names.c - names that can't clash: a prefix with which no identifier of the program begins. */
#include "weave/weaver.h"

struct candidates {
	struct weaver *w;
	struct str prefix, start; /* "ps", "ps_" */
	bool taken;
};

static bool
look(void *user, struct p4_node **at)
{
	struct candidates *c = user;

	if (str_eq((*at)->name, c->prefix) || str_starts((*at)->name, c->start))
		c->taken = true;
	return !c->taken;
}

static struct str
find_prefix(struct weaver *w, const char *wanted)
{
	for (uint32_t i = 0;; i++) {
		struct candidates c = { .w = w };
		struct p4_node *tree = w->tree;

		c.prefix = i ? str_fmt(w->a, "%s%u", wanted, i) : str_from(wanted);
		c.start = str_fmt(w->a, "%.*s_", STRA(c.prefix));
		tree_walk(&tree, look, &c);
		if (!c.taken)
			return c.prefix;
	}
}

void
weave_names(struct weaver *w, const char *wanted)
{
	struct names *n = &w->n;
	struct {
		struct str *name;
		const char *suffix;
	} all[] = {
		{ &n->tags, "tags_t" },
		{ &n->stop, "stop" },
		{ &n->why, "why" },
		{ &n->marked, "marked" },
		{ &n->resubmitted, "resubmitted" },
		{ &n->arrival, "arrival" },
		{ &n->sizes, "copies_of" },
		{ &n->time, "time" },
		{ &n->epoch, "epoch" },
		{ &n->hash, "hash" },
		{ &n->row, "row" },
		{ &n->found, "found" },
		{ &n->cell, "cell" },
		{ &n->counted, "counted" },
		{ &n->old, "old" },
		{ &n->sequence, "next" },
		{ &n->copies, "copies" },
		{ &n->value, "value" },
		{ &n->key, "key" },
		{ &n->word, "word" },
		{ &n->mixed, "mixed" },
		{ &n->place, "place" },
		{ &n->sum, "sum" },
	};

	n->prefix = find_prefix(w, wanted);
	n->field = n->prefix;
	map_init(&w->used, w->a);
	for (uint32_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		*all[i].name =
			weave_fresh(w, str_fmt(w->a, "%.*s_%s", STRA(n->prefix), all[i].suffix));
	/* fields of a struct of our own need no prefix */
	n->marked = STR("marked");
	n->resubmitted = STR("resubmitted");
	n->arrival = STR("arrival");
}

struct str
weave_fresh(struct weaver *w, struct str wanted)
{
	struct str name = wanted;

	for (uint32_t i = 2; map_has(&w->used, name); i++)
		name = str_fmt(w->a, "%.*s_%u", STRA(wanted), i);
	map_put(&w->used, name, w);
	return name;
}
