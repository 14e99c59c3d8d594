/* stages.c - places the items that stages_walk.c found. */
#include "plan/stages.h"

#include "plan/stages_walk.h"

#define STAGES_OF_UNLIMITED 1024

const char *const stages_dependency_words[] = { "", "successor", "reverse", "action", "match" };

/* --- dependencies --------------------------------------------------------------------------------- */

/* Do two paths name overlapping storage? "0.ipv4" covers "0.ipv4.ttl"; '*' stands for any of a stack. */
static bool
overlap(struct str x, struct str y)
{
	struct str s = x.n < y.n ? x : y, l = x.n < y.n ? y : x;

	for (uint32_t i = 0; i < s.n; i++) {
		if (s.p[i] == '*' || l.p[i] == '*')
			return true;
		if (s.p[i] != l.p[i])
			return false;
	}
	return l.n == s.n || l.p[s.n] == '.' || l.p[s.n] == '[' || l.p[s.n] == '*';
}

static bool
meets(const struct stages_paths *x, const struct stages_paths *y)
{
	vec_each(a, x)
		vec_each(b, y)
			if (overlap(*a, *b))
				return true;
	return false;
}

/* Can no packet meet both? */
static bool
exclusive(const struct stages_code *x, const struct stages_code *y)
{
	for (uint32_t i = 0; i < x->arms.n && i < y->arms.n; i++) {
		if (x->arms.v[i].branch != y->arms.v[i].branch)
			return false;
		if (x->arms.v[i].arm != y->arms.v[i].arm)
			return true;
	}
	return false;
}

/* The strongest reason for `later` to come behind `earlier`. */
static enum stages_dependency
dependency(const struct stages_code *earlier, const struct stages_code *later)
{
	bool guarded = false;

	if (exclusive(earlier, later))
		return STAGES_NONE;
	if (meets(&earlier->writes, &later->matches))
		return STAGES_MATCH;
	if (meets(&earlier->writes, &later->writes) || meets(&earlier->writes, &later->reads))
		return STAGES_ACTION;
	if (meets(&earlier->matches, &later->writes) || meets(&earlier->reads, &later->writes))
		return STAGES_REVERSE;
	vec_each(g, &later->guards)
		guarded |= *g == earlier->index;
	return guarded ? STAGES_SUCCESSOR : STAGES_NONE;
}

/* --- room ----------------------------------------------------------------------------------------- */

/* What a stage still has, memory of tables included. */
struct room {
	struct part_stage *left;
	double *sram, *tcam;
	uint32_t n;
};

static double
number(uint64_t n)
{
	return n == MODEL_UNLIMITED ? PART_UNLIMITED : (double)n;
}

static struct room
room_make(struct arena *a, const struct plan_model *m, uint64_t stages)
{
	struct room r = { .n = stages == MODEL_UNLIMITED ? STAGES_OF_UNLIMITED : (uint32_t)stages };

	r.left = arena_array(a, struct part_stage, r.n + 1);
	r.sram = arena_array(a, double, r.n + 1);
	r.tcam = arena_array(a, double, r.n + 1);
	for (uint32_t s = 0; s < r.n; s++) {
		r.left[s].left[PART_TABLES] = number(m->tables);
		r.left[s].left[PART_UNITS] = number(m->stateful_units);
		r.left[s].left[PART_BITS] = number(m->register_bits);
		r.left[s].left[PART_HASH] = number(m->hash_bits);
		r.sram[s] = number(m->sram_bits);
		r.tcam[s] = number(m->tcam_bits);
	}
	return r;
}

static double
least(double x, double y)
{
	return x < y ? x : y;
}

/* Puts as much of the item's memory into a stage as it holds; the item's units and hashes are in its first stage. */
static void
fill(struct room *r, uint32_t s, double *sram, double *tcam)
{
	double take = least(r->sram[s], *sram);

	r->left[s].left[PART_TABLES]--;
	r->sram[s] -= take;
	*sram -= take;
	/* registers sit in the same memory */
	r->left[s].left[PART_BITS] = least(r->left[s].left[PART_BITS], r->sram[s]);
	take = least(r->tcam[s], *tcam);
	r->tcam[s] -= take;
	*tcam -= take;
}

static bool
has_room(const struct room *r, uint32_t s, const struct stages_item *i)
{
	const double *left = r->left[s].left;

	return left[PART_TABLES] >= 1 && left[PART_UNITS] >= i->units && left[PART_BITS] >= (double)i->register_bits &&
	       left[PART_HASH] >= (double)i->hash_bits && (!i->sram_bits || r->sram[s] > 0) &&
	       (!i->tcam_bits || r->tcam[s] > 0);
}

static bool
place_item(struct room *r, struct stages_item *i, uint32_t first)
{
	double sram = (double)i->sram_bits, tcam = (double)i->tcam_bits;
	uint32_t s = first;

	while (s < r->n && !has_room(r, s, i))
		s++;
	if (s >= r->n)
		return false;
	i->first = s;
	r->left[s].left[PART_UNITS] -= i->units;
	r->left[s].left[PART_BITS] -= (double)i->register_bits;
	r->left[s].left[PART_HASH] -= (double)i->hash_bits;
	fill(r, s, &sram, &tcam);
	while ((sram > 0 || tcam > 0) && ++s < r->n)
		if (r->left[s].left[PART_TABLES] >= 1 && (sram <= 0 || r->sram[s] > 0) && (tcam <= 0 || r->tcam[s] > 0))
			fill(r, s, &sram, &tcam);
	i->last = s;
	return s < r->n;
}

/* --- both together -------------------------------------------------------------------------------- */

static void
place_pipe(struct arena *a, const struct stages_found *found, struct room *r, struct stages_pipe *pipe, struct stages *ret)
{
	vec_each(code, &found->codes) {
		struct stages_item item = code->item;
		uint32_t first = 0;

		item.behind = -1;
		for (uint32_t i = 0; i < pipe->items.n; i++) {
			enum stages_dependency d = dependency(&found->codes.v[i], code);
			uint32_t from = pipe->items.v[i].last + (d >= STAGES_ACTION);

			if (d != STAGES_NONE && (from > first || item.behind < 0 || (from == first && d > item.why))) {
				first = from > first ? from : first;
				item.why = d;
				item.behind = (int32_t)i;
			}
		}
		if (!place_item(r, &item, first) && ret->fits) {
			ret->fits = false;
			ret->problem = str_fmt(a, "%.*s finds no room in %u stages", STRA(item.name), r->n);
		}
		if (item.last >= r->n)
			item.last = r->n - 1;
		if (item.first >= r->n)
			item.first = r->n - 1;
		if (item.last + 1 > pipe->used)
			pipe->used = item.last + 1;
		vec_push(a, &pipe->items, item);
	}
	pipe->left = r->left;
	pipe->nstages = r->n;
}

static uint32_t
bits_of_headers(const struct plan_program *p)
{
	uint32_t bits = 0;

	vec_each(h, &p->headers)
		bits += p4_type_bits(h->type) + 1; /* and its validity */
	return bits;
}

void
stages_place(struct arena *a, const struct plan_program *p, const struct plan_model *m, struct stages *ret)
{
	struct stages_found ingress, egress;
	struct room rooms[PART_PIPES];

	*ret = (struct stages){ .fits = true };
	stages_walk(a, p, m, p->p4->v1.ingress, &ingress);
	stages_walk(a, p, m, p->p4->v1.egress, &egress);
	rooms[PART_INGRESS] = room_make(a, m, m->ingress_stages);
	rooms[PART_EGRESS] = m->shared ? rooms[PART_INGRESS] : room_make(a, m, m->egress_stages);
	place_pipe(a, &ingress, &rooms[PART_INGRESS], &ret->pipes[PART_INGRESS], ret);
	place_pipe(a, &egress, &rooms[PART_EGRESS], &ret->pipes[PART_EGRESS], ret);
	ret->header_bits = bits_of_headers(p);
	ret->metadata_bits = p4_type_bits(p->p4->v1.metadata);
	if (ret->fits && m->phv_bits != MODEL_UNLIMITED && ret->header_bits + ret->metadata_bits > m->phv_bits) {
		ret->fits = false;
		ret->problem = str_fmt(a, "the program's headers and metadata have %u bits, and a packet %llu",
				       ret->header_bits + ret->metadata_bits, (unsigned long long)m->phv_bits);
	}
}
