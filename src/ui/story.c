#include "ui/story.h"

#include <stdlib.h>

#include "base/arena.h"
#include "ui/packet.h"
#include "ui/story_event.h"

#define BUCKETS 1024
#define WANTED_MAX 65536 /* passes whose descendants are still told */

struct stories {
	struct arena *arena;
	struct story_printer printer;
	struct stories_options o;
	struct story_life *lives[BUCKETS]; /* by id */
	bool *is_woven; /* of the program's fields: what queries carry is nothing that the user wrote */
	struct packet_view *view;
	struct ir_eval *ev;
	bool taken; /* by the query: the packet at hand */
	uint64_t told;
	VEC(uint64_t) wanted; /* ids that were told, ascending as told */
};

static void
on_taken(void *user, const struct ir_query *q, uint64_t epoch, const struct ir_partial *layout, const struct ir_value *row,
	 const struct ir_packet *p)
{
	(void)q, (void)epoch, (void)layout, (void)row, (void)p;
	((struct stories *)user)->taken = true;
}

/* Is it in a member of metadata that the user's program doesn't have? */
static bool
is_woven(const struct p4_type *metadata, const struct ps_field_info *f)
{
	struct str path = str_from(f->path), meta = STR("meta."), rest = str_sub(path, meta.n, path.n);
	int64_t dot = str_find(rest, '.');
	struct str member = dot < 0 ? rest : str_sub(rest, 0, (uint32_t)dot);

	if (f->header >= 0 || !str_starts(path, meta))
		return false;
	for (uint32_t i = 0; i < metadata->nfields; i++) {
		struct str name = metadata->fields[i].name;

		if (str_starts(member, name) && (member.n == name.n || member.p[name.n] == '['))
			return false;
	}
	return true;
}

struct stories *
stories_make(const struct ps_program *p, const struct stories_options *o)
{
	struct arena *a = arena_make();
	struct stories *s = arena_new(a, struct stories);

	*s = (struct stories){ .arena = a, .o = *o, .printer = { p, o->schema, o->start_ns, o->json, o->out } };
	s->is_woven = arena_array(a, bool, p->nfields);
	for (uint32_t i = 0; i < p->nfields; i++)
		s->is_woven[i] = is_woven(p4_type_strip(o->metadata), &p->fields[i]);
	if (o->graph) {
		s->view = packet_view_make(a, o->graph, p);
		s->ev = ir_eval_make(o->graph);
		ir_eval_watch(s->ev, on_taken, s);
	}
	return s;
}

void
stories_free(struct stories *s)
{
	struct story_life *next;

	if (!s)
		return;
	for (uint32_t i = 0; i < BUCKETS; i++)
		for (struct story_life *l = s->lives[i]; l; l = next) {
			next = l->next;
			arena_free(l->arena);
		}
	ir_eval_free(s->ev);
	arena_free(s->arena);
}

uint64_t
stories_told(const struct stories *s)
{
	return s->told;
}

/* --- notes ----------------------------------------------------------------------------------------------------------------- */

static struct story_life *
life_of(struct stories *s, uint64_t id)
{
	struct story_life **at = &s->lives[id % BUCKETS], *l = *at;
	struct arena *a;

	while (l && l->id != id)
		l = l->next;
	if (l)
		return l;
	a = arena_make();
	l = arena_new(a, struct story_life);
	*l = (struct story_life){ .next = *at, .arena = a, .id = id };
	l->phv = arena_alloc(a, s->printer.program->phv_size);
	*at = l;
	return l;
}

static void
forget(struct stories *s, uint64_t id)
{
	for (struct story_life **at = &s->lives[id % BUCKETS], *l; (l = *at); at = &l->next)
		if (l->id == id) {
			*at = l->next;
			arena_free(l->arena);
			return;
		}
}

/* What happened to headers and fields since the last event, which is the cause. */
static void
compare(const struct stories *s, struct story_life *l, const uint8_t *now)
{
	const struct ps_program *p = s->printer.program;
	struct story_event *e = &l->events.v[l->events.n - 1];

	for (uint32_t i = 0; i < p->nheaders; i++)
		if (l->phv[p->headers[i].valid] != now[p->headers[i].valid])
			vec_push(l->arena, &e->changes,
				 (struct story_change){ .header = (int32_t)i, .valid = now[p->headers[i].valid] });
	for (uint32_t i = 0; i < p->nfields; i++) {
		const struct ps_field_info *f = &p->fields[i];
		uint64_t before, after;
		const uint8_t *from = ps_field_in(f, l->phv, &before), *to = ps_field_in(f, now, &after);
		bool seen = f->header < 0 || (l->phv[p->headers[f->header].valid] && now[p->headers[f->header].valid]);

		if (seen && !s->is_woven[i] && memcmp(from, to, f->size))
			vec_push(l->arena, &e->changes,
				 (struct story_change){ .header = -1, .field = f, .from = arena_copy(l->arena, from, f->size),
							.to = arena_copy(l->arena, to, f->size) });
	}
}

static bool
is_wanted(const struct stories *s, uint64_t id)
{
	return s->o.graph || id >= s->o.packet;
}

void
stories_note(struct stories *s, const struct sw_note *n)
{
	struct story_life *l;
	struct story_event e = { .kind = n->kind, .index = n->index, .name = n->name };

	if (s->told >= s->o.most || !is_wanted(s, n->id))
		return;
	l = life_of(s, n->id);
	if (l->events.n)
		compare(s, l, n->phv);
	memcpy(l->phv, n->phv, s->printer.program->phv_size);
	if (n->entry) {
		e.handle = n->entry->handle;
		e.action = n->entry->action;
		e.hit = n->entry->hit;
	}
	vec_push(l->arena, &l->events, e);
}

/* --- ends ------------------------------------------------------------------------------------------------------------------- */

static bool
was_told(const struct stories *s, uint64_t id)
{
	for (uint32_t i = 0; i < s->wanted.n; i++)
		if (s->wanted.v[i] == id)
			return true;
	return false;
}

static bool
wants(struct stories *s, const struct sw_story *story)
{
	if (story->parent != SW_NO_PARENT && was_told(s, story->parent))
		return true;
	if (!s->o.graph)
		return story->id == s->o.packet;
	s->taken = false;
	ir_eval_packet(s->ev, packet_view_of(s->view, story));
	return s->taken;
}

void
stories_end(struct stories *s, const struct sw_story *story)
{
	if (s->told < s->o.most && is_wanted(s, story->id) && wants(s, story)) {
		story_print(&s->printer, life_of(s, story->id), story);
		s->told++;
		if (s->wanted.n < WANTED_MAX)
			vec_push(s->arena, &s->wanted, story->id);
	}
	forget(s, story->id);
}
