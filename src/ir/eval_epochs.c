/* A query's epochs, found by their numbers. */
#include "ir/evaluator.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"

static uint32_t
epoch_hash(uint64_t number)
{
	return (uint32_t)(number * 0x9e3779b97f4a7c15u >> 32);
}

static void
epochs_rehash(struct eval_epochs *s, uint32_t nslots)
{
	if (nslots == s->nslots) {
		memset(s->slots, 0, nslots * sizeof(*s->slots));
	} else {
		free(s->slots);
		s->nslots = nslots;
		s->slots = alloc(nslots, sizeof(*s->slots));
	}
	for (uint32_t i = 0; i < s->n; i++) {
		uint32_t at = epoch_hash(s->v[i]->number);

		while (s->slots[at &= nslots - 1])
			at++;
		s->slots[at] = i + 1;
	}
}

struct eval_epoch *
eval_epochs_find(struct eval_epochs *s, uint64_t number)
{
	if (s->last && s->last->number == number)
		return s->last;
	if (!s->nslots)
		return NULL;
	for (uint32_t at = epoch_hash(number);; at++) {
		at &= s->nslots - 1;
		if (!s->slots[at])
			return NULL;
		if (s->v[s->slots[at] - 1]->number == number)
			return s->last = s->v[s->slots[at] - 1];
	}
}

struct eval_epoch *
eval_epochs_add(struct eval_epochs *s, uint64_t number)
{
	struct eval_epoch *e = s->spare ? s->spare : alloc(1, sizeof(*e));

	s->spare = NULL;
	e->number = number;
	e->info.precision = -1;
	if (s->n == s->cap) {
		s->cap = s->cap ? s->cap * 2 : 8;
		s->v = alloc_again(s->v, s->cap, sizeof(struct eval_epoch *));
	}
	s->v[s->n++] = e;
	if (s->n * 2 > s->nslots) {
		epochs_rehash(s, s->nslots ? s->nslots * 2 : 16);
		return s->last = e;
	}
	for (uint32_t at = epoch_hash(number);; at++) {
		if (!s->slots[at &= s->nslots - 1]) {
			s->slots[at] = s->n;
			return s->last = e;
		}
	}
}

void
eval_epoch_free(struct eval_epoch *e)
{
	eval_rows_fini(&e->rows);
	free(e);
}

/* The last one is kept for the next, with its memory, unless it is looked up in. */
static void
epoch_let_go(struct eval_epochs *s, struct eval_epoch *e)
{
	struct eval_rows rows = { .cells = e->rows.cells, .words = e->rows.words, .cap = e->rows.cap, .slots = e->rows.slots,
				  .slots_room = e->rows.slots_room, .top = e->rows.top };

	if (s->spare || (e->rows.nslots && !e->rows.loose) || e->rows.ids) {
		eval_epoch_free(e);
		return;
	}
	*e = (struct eval_epoch){ .rows = rows };
	s->spare = e;
}

/* Forgets what lies below `number`. */
void
eval_epochs_drop(struct eval_epochs *s, uint64_t number)
{
	uint32_t kept = 0;

	for (uint32_t i = 0; i < s->n; i++) {
		if (s->v[i]->number < number)
			epoch_let_go(s, s->v[i]);
		else
			s->v[kept++] = s->v[i];
	}
	if (kept == s->n)
		return;
	s->n = kept;
	s->last = NULL;
	epochs_rehash(s, s->nslots);
}
