/* test_cut.c - the cheapest cut against brute force, and that the cuts of consecutive boundaries fit together. */
#include "plan/cut.h"

#include "unit.h"

#define NODES 12
#define GRAPHS 10000
#define INSTANTS 4

static uint32_t
draw(uint64_t *state, uint32_t below)
{
	return (uint32_t)(unit_random(state) % below);
}

/* A graph of expressions over leaves that are known from `born` on and stand until `stands`. */
struct life {
	uint32_t n;
	uint32_t operands[NODES]; /* as a set */
	uint32_t bits[NODES];
	uint32_t born[NODES], stands[NODES];
	bool read[NODES][INSTANTS];
};

static void
make(struct life *l, uint64_t *state)
{
	*l = (struct life){ .n = 1 + draw(state, NODES) };
	for (uint32_t i = 0; i < l->n; i++) {
		uint32_t count = i ? draw(state, 4) : 0;

		l->bits[i] = draw(state, 3) ? 1 + draw(state, 4) : 1 + draw(state, 40);
		for (uint32_t k = 0; k < count; k++)
			l->operands[i] |= 1u << draw(state, i);
		if (!l->operands[i]) {
			l->born[i] = draw(state, 2) ? 0 : draw(state, INSTANTS);
			l->stands[i] = l->born[i] + draw(state, INSTANTS - l->born[i]);
			if (!draw(state, 10)) /* a constant */
				l->stands[i] = INSTANTS, l->born[i] = 0;
		}
		for (uint32_t k = 0; k < i; k++)
			if (l->operands[i] >> k & 1 && l->born[k] > l->born[i])
				l->born[i] = l->born[k];
		for (uint32_t at = l->born[i]; at < INSTANTS; at++)
			l->read[i][at] = !draw(state, 5);
	}
}

static bool
stands(const struct life *l, uint32_t i, uint32_t at)
{
	return !l->operands[i] && l->born[i] <= at && at <= l->stands[i];
}

/* What crosses from instant b to the next: free is what still stands there. */
static struct cut
problem(struct arena *a, const struct life *l, uint32_t b)
{
	struct cut c = { 0 };

	for (uint32_t i = 0; i < l->n; i++) {
		struct cut_node v = { .bits = l->bits[i], .known = l->born[i] <= b };

		/* what is born later is there when it is born */
		v.free = stands(l, i, b + 1) || (!l->operands[i] && l->born[i] > b);
		for (uint32_t k = 0; k < i; k++)
			if (l->operands[i] >> k & 1)
				vec_push(a, &v.operands, k);
		for (uint32_t at = b + 1; at < INSTANTS; at++)
			v.wanted |= l->read[i][at];
		vec_push(a, &c.nodes, v);
	}
	return c;
}

/* The nodes that can be had when `carried` are, and `given` for nothing. */
static uint32_t
closure(const struct life *l, uint32_t carried, uint32_t given)
{
	uint32_t had = carried | given;

	for (uint32_t i = 0; i < l->n; i++)
		if (l->operands[i] && (l->operands[i] & ~had) == 0)
			had |= 1u << i;
	return had;
}

static uint64_t
brute_force(const struct life *l, const struct cut *c)
{
	uint32_t given = 0, known = 0, wanted = 0;
	uint64_t best = CUT_IMPOSSIBLE;

	for (uint32_t i = 0; i < l->n; i++) {
		given |= (uint32_t)c->nodes.v[i].free << i;
		known |= (uint32_t)c->nodes.v[i].known << i;
		wanted |= (uint32_t)c->nodes.v[i].wanted << i;
	}
	for (uint32_t set = known;; set = (set - 1) & known) {
		uint64_t bits = 0;

		for (uint32_t i = 0; i < l->n; i++)
			bits += set >> i & 1 ? l->bits[i] : 0;
		if (bits < best && (wanted & ~closure(l, set, given)) == 0)
			best = bits;
		if (set == 0)
			return best;
	}
}

static uint32_t
check_one(struct arena *a, const struct life *l, uint32_t b, bool early)
{
	struct cut c = problem(a, l, b);
	bool crosses[NODES] = { false };
	uint64_t bits = cut_cheapest(a, &c, early, crosses), sum = 0;
	uint32_t set = 0, given = 0;

	assert_int_equal(bits, brute_force(l, &c));
	for (uint32_t i = 0; i < l->n; i++) {
		set |= (uint32_t)crosses[i] << i;
		given |= (uint32_t)c.nodes.v[i].free << i;
		sum += crosses[i] ? l->bits[i] : 0;
		if (crosses[i])
			assert_true(c.nodes.v[i].known);
	}
	assert_int_equal(sum, bits);
	for (uint32_t i = 0; i < l->n; i++)
		if (c.nodes.v[i].wanted)
			assert_true(closure(l, set, given) >> i & 1);
	return set;
}

static void
test_brute_force(void **user)
{
	uint64_t state = 0x243f6a8885a308d3;

	(void)user;
	for (uint32_t i = 0; i < GRAPHS; i++) {
		struct arena *a = arena_make();
		struct life l;

		make(&l, &state);
		check_one(a, &l, i % (INSTANTS - 1), i & 1);
		arena_free(a);
	}
}

/* Each boundary's cheapest set can be made from the one before it and from what stands; a value is carried without a gap. */
static void
test_boundaries(void **user)
{
	uint64_t state = 0x13198a2e03707344;

	(void)user;
	for (uint32_t i = 0; i < GRAPHS / 4; i++) {
		struct arena *a = arena_make();
		uint32_t before = 0, ended = 0;
		struct life l;

		make(&l, &state);
		for (uint32_t b = 0; b + 1 < INSTANTS; b++) {
			uint32_t set = check_one(a, &l, b, i & 1), given = 0;

			for (uint32_t k = 0; k < l.n; k++)
				given |= (uint32_t)stands(&l, k, b) << k;
			assert_int_equal(set & ~closure(&l, before, given), 0);
			assert_int_equal(set & ended, 0);
			ended |= before & ~set;
			before = set;
		}
		arena_free(a);
	}
}

static void
test_shapes(void **user)
{
	struct arena *a = arena_make();
	struct cut c = { 0 };
	bool crosses[3];

	(void)user;
	/* nothing */
	assert_int_equal(cut_cheapest(a, &c, true, crosses), 0);
	/* a leaf of 32 bits and its comparison */
	vec_push(a, &c.nodes, (struct cut_node){ .bits = 32, .known = true });
	vec_push(a, &c.nodes, (struct cut_node){ .bits = 1, .known = true, .wanted = true });
	vec_push(a, &c.nodes.v[1].operands, 0);
	assert_int_equal(cut_cheapest(a, &c, true, crosses), 1);
	assert_false(crosses[0]);
	assert_true(crosses[1]);
	/* ties: worked out early, or late */
	c.nodes.v[0].bits = 1;
	assert_int_equal(cut_cheapest(a, &c, true, crosses), 1);
	assert_true(crosses[1]);
	assert_int_equal(cut_cheapest(a, &c, false, crosses), 1);
	assert_true(crosses[0]);
	/* a leaf that is lost */
	c.nodes.v[0].known = c.nodes.v[1].known = false;
	assert_int_equal(cut_cheapest(a, &c, true, crosses), CUT_IMPOSSIBLE);
	arena_free(a);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_shapes),
		cmocka_unit_test(test_brute_force),
		cmocka_unit_test(test_boundaries),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
