/* The parser's states: which follow each other, and which headers they extract together. */
#include "plan/writes.h"

static void
add_next(struct arena *a, const struct plan_program *p, struct plan_parser_state *s, const struct p4_node *target)
{
	for (uint32_t i = 0; target && target->kind == P4_NAME && i < p->states.n; i++)
		if (p->states.v[i].decl == target->u.ref.decl)
			vec_push(a, &s->next, i);
}

static void
find_next(struct arena *a, const struct plan_program *p, struct plan_parser_state *s)
{
	const struct p4_node *t = s->decl->u.state.transition;

	if (!t)
		return;
	add_next(a, p, s, t->u.transition.target);
	if (t->u.transition.select)
		vec_each(c, &t->u.transition.select->u.select.cases)
			add_next(a, p, s, (*c)->u.select_case.target);
}

/* What a state extracts, or sets valid, or hands to a sub-parser. */
static void
find_headers(struct arena *a, struct plan_program *p, const struct p4_inst *parser, struct plan_parser_state *s)
{
	struct plan_writes w = { 0 };

	plan_writes_of(a, p, parser, &s->decl->u.state.stmts, &w);
	s->headers = arena_array(a, bool, p->schema.headers.n + 1);
	for (uint32_t i = 0; i < p->schema.headers.n; i++) {
		s->headers[i] = w.headers[i].validity;
		for (uint32_t f = 0; f < p->schema.headers.v[i].fields.n; f++)
			s->headers[i] |= w.headers[i].fields[f];
	}
}

void
plan_states_find(struct arena *a, struct plan_program *p, const struct p4_inst *parser)
{
	vec_each(n, &parser->decl->u.block_decl.states)
		if (str_is((*n)->name, "start"))
			vec_push(a, &p->states, (struct plan_parser_state){ .decl = *n });
	vec_each(n, &parser->decl->u.block_decl.states)
		if (!str_is((*n)->name, "start"))
			vec_push(a, &p->states, (struct plan_parser_state){ .decl = *n });
	vec_each(s, &p->states) {
		find_next(a, p, s);
		find_headers(a, p, parser, s);
	}
}

static uint32_t
made_in(const struct plan_parser_state *s, const uint32_t *headers, uint32_t n)
{
	uint32_t set = 0;

	for (uint32_t i = 0; i < n; i++)
		set |= (uint32_t)s->headers[headers[i]] << i;
	return set;
}

bool
plan_together(const struct plan_program *p, const uint32_t *headers, uint32_t n)
{
	uint32_t all = (1u << n) - 1, size = all + 1;
	struct arena *a = arena_make();
	bool *seen = arena_array(a, bool, (size_t)p->states.n * size + 1), found = !p->states.n;
	VEC(uint32_t) work = { 0 };

	if (p->states.n)
		vec_push(a, &work, 0);
	while (work.n && !found) {
		uint32_t at = work.v[--work.n], set = at % size;
		const struct plan_parser_state *s = &p->states.v[at / size];

		set |= made_in(s, headers, n);
		found = set == all;
		vec_each(next, &s->next) {
			uint32_t to = *next * size + set;

			if (!seen[to])
				vec_push(a, &work, to);
			seen[to] = true;
		}
	}
	arena_free(a);
	return found;
}
