/* The trie of prefixes against a list that is searched from end to end. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "packetscope/table.h"
#include "switch/trie.h"

#define ROUTES 96
#define STEPS 4000
#define LOOKUPS 24

struct route { /* its place is its handle */
	bool used;
	uint32_t value, length;
};

static uint64_t
rng(uint64_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 7;
	*state ^= *state << 17;
	return *state;
}

/* Few different bytes, so that prefixes cover one another at every level. */
static uint32_t
address(uint64_t *state, uint32_t width)
{
	static const uint8_t bytes[] = { 0, 1, 0x80, 0xff };
	uint32_t a = 0;

	for (int i = 0; i < 4; i++)
		a = a << 8 | bytes[rng(state) % 4];
	if (rng(state) % 4 == 0)
		a ^= (uint32_t)rng(state) % 8;
	return a >> (32 - width);
}

static uint32_t
mask(uint32_t length, uint32_t width)
{
	uint32_t all = UINT32_MAX >> (32 - width);

	return length ? all & ~(uint32_t)((uint64_t)all >> length) : 0;
}

static const struct route *
best(const struct route *routes, uint32_t a, uint32_t least, uint32_t most, uint32_t width)
{
	const struct route *r = NULL;

	for (uint32_t i = 0; i < ROUTES; i++)
		if (routes[i].used && routes[i].length >= least && routes[i].length <= most && (a & mask(routes[i].length, width)) == routes[i].value &&
		    (!r || routes[i].length > r->length))
			r = &routes[i];
	return r;
}

static void
check(const struct ps_table *t, const struct route *routes, uint32_t width, uint64_t *state)
{
	for (int i = 0; i < LOOKUPS; i++) {
		uint64_t key = address(state, width);
		const struct route *r = best(routes, (uint32_t)key, 0, 32, width);

		assert_int_equal(ps_trie_find(&t->trie, (uint32_t)key), r ? r - routes + 1 : 0);
	}
}

static void
step(struct sw_trie *s, struct route *routes, uint32_t width, uint64_t *state)
{
	uint32_t i = (uint32_t)(rng(state) % ROUTES);
	struct route *r = &routes[i];

	const struct route *wider;

	if (!r->used) {
		r->length = (uint32_t)(rng(state) % (width + 1));
		r->value = address(state, width) & mask(r->length, width);
		for (uint32_t k = 0; k < ROUTES; k++)
			if (routes[k].used && routes[k].length == r->length && routes[k].value == r->value)
				return;
		r->used = true;
		sw_trie_put(s, r->value, r->length, i);
		return;
	}
	r->used = false;
	wider = r->length ? best(routes, r->value, sw_trie_level(r->length), r->length - 1, width) : NULL;
	sw_trie_remove(s, r->value, r->length, i, wider ? (uint32_t)(wider - routes) + 1 : 0);
}

static void
against_list(uint32_t width)
{
	struct ps_table t = { .kind = PS_TABLE_LPM, .words = 1 };
	struct route routes[ROUTES] = { { false, 0, 0 } };
	struct sw_trie s;
	uint64_t state = 88172645463325252u + width;

	sw_trie_init(&s, &t.trie, width, ROUTES);
	for (int i = 0; i < STEPS; i++) {
		step(&s, routes, width, &state);
		check(&t, routes, width, &state);
	}
	sw_trie_free(&s);
}

static void
wide(void **state)
{
	(void)state;
	against_list(32);
}

static void
narrow(void **state)
{
	(void)state;
	against_list(20);
	against_list(16);
	against_list(3);
}

/* All blocks come back when their prefixes go, so that changes cost no memory in the long run. */
static void
blocks_return(void **state)
{
	struct ps_table t = { .kind = PS_TABLE_LPM, .words = 1 };
	struct sw_trie s;

	(void)state;
	sw_trie_init(&s, &t.trie, 32, 1);
	for (uint32_t i = 0; i < 10000; i++) {
		sw_trie_put(&s, i * 2654435761u, 32, 0);
		sw_trie_remove(&s, i * 2654435761u, 32, 0, 0);
	}
	assert_true(s.nblocks <= 2);
	assert_int_equal(s.nspare, s.nblocks);
	sw_trie_free(&s);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(wide),
		cmocka_unit_test(narrow),
		cmocka_unit_test(blocks_return),
	};

	return cmocka_run_group_tests_name("trie", tests, NULL, NULL);
}
