/* Tables against a list that is searched from end to end. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "packetscope/table_burst.h"
#include "switch/table.h"
#include "unit.h"

#define ROUNDS 6000
#define MAX 300

struct ref {
	bool used;
	uint64_t value[2], mask[2];
	int32_t priority;
	uint16_t action;
	uint64_t data;
};

static const struct ps_param_info params[] = { { "x", 64, false, 0, 8 } };
static const struct ps_action_info actions[] = { { "a", 1, params, 8 }, { "b", 0, NULL, 0 } };
static const uint16_t permitted[] = { 0, 1 };
static const bool default_only[] = { false, false };
static const uint64_t default_data = 99;

static struct ps_table_info
info_of(const struct ps_key_info *keys, uint16_t nkeys, uint16_t size, uint32_t most)
{
	return (struct ps_table_info){
		.name = "t", .nkeys = nkeys, .keys = keys, .key_size = size, .nactions = 2,
		.actions = permitted, .default_only = default_only,
		.default_entry = { .action = 0, .data = &default_data }, .size = most,
		.direct_counter = -1, .direct_meter = -1, .profile = -1,
	};
}

/* Second field: 16 bits at offset 8; the first: 32 bits at offset 0. */
static bool
ref_matches(const struct ref *r, const struct ps_key_info *keys, const uint64_t *key)
{
	for (uint32_t i = 0; i < 2; i++) {
		if (keys[i].match == PS_RANGE) {
			if (key[i] < r->value[i] || key[i] > r->mask[i])
				return false;
		} else if ((key[i] ^ r->value[i]) & r->mask[i]) {
			return false;
		}
	}
	return true;
}

static int
bits(const struct ref *r)
{
	return __builtin_popcountll(r->mask[0]) + __builtin_popcountll(r->mask[1]);
}

static int
ref_lookup(const struct ref *refs, const struct ps_key_info *keys, bool by_priority, const uint64_t *key)
{
	int best = -1;

	for (int i = 0; i < MAX; i++) {
		if (!refs[i].used || !ref_matches(&refs[i], keys, key))
			continue;
		if (best < 0 || (by_priority ? refs[i].priority < refs[best].priority :
					       bits(&refs[i]) > bits(&refs[best])))
			best = i;
	}
	return best;
}

static void
random_match(uint64_t *rng, enum ps_match match, uint32_t width, uint64_t *value, uint64_t *mask)
{
	uint64_t full = (1ull << width) - 1, a = unit_random(rng) % 24, b = unit_random(rng) % 24;
	uint32_t prefix = (uint32_t)(unit_random(rng) % 6);

	*value = a << (width - 5);
	*mask = full;
	if (match == PS_LPM)
		*mask = prefix ? full & ~(full >> prefix) : 0;
	else if (match == PS_TERNARY)
		*mask = (unit_random(rng) % 32) << (width - 5);
	else if (match == PS_OPTIONAL)
		*mask = unit_random(rng) % 2 ? full : 0;
	else if (match == PS_RANGE) {
		*value = (a < b ? a : b) << (width - 5);
		*mask = (a < b ? b : a) << (width - 5);
		return;
	}
	*value &= *mask;
}

static bool
ref_known(const struct ref *refs, const struct ref *r, bool by_priority)
{
	for (int i = 0; i < MAX; i++)
		if (refs[i].used && !memcmp(refs[i].value, r->value, 16) && !memcmp(refs[i].mask, r->mask, 16) &&
		    (!by_priority || refs[i].priority == r->priority))
			return true;
	return false;
}

struct fixture {
	struct ps_key_info keys[2];
	struct ps_table_info info;
	struct ps_table *t;
	struct ref refs[MAX];
	uint32_t count;
	bool by_priority;
	uint64_t rng;
};

static void
try_insert(struct fixture *f)
{
	struct ref r = { .used = true, .priority = (int32_t)(unit_random(&f->rng) % 4) };
	uint32_t handle, expected = sw_table_next_handle(f->t);
	int err;

	for (uint32_t i = 0; i < 2; i++)
		random_match(&f->rng, f->keys[i].match, f->keys[i].width, &r.value[i], &r.mask[i]);
	r.data = unit_random(&f->rng);
	err = sw_table_insert(f->t, r.value, r.mask, r.priority, 0, &r.data, &handle);
	if (ref_known(f->refs, &r, f->by_priority)) {
		assert_int_equal(err, -EEXIST);
	} else if (f->count == f->info.size) {
		assert_int_equal(err, -ENOSPC);
	} else {
		assert_int_equal(err, 0);
		assert_int_equal(handle, expected);
		assert_false(f->refs[handle].used);
		f->refs[handle] = r;
		f->count++;
	}
}

static void
try_change(struct fixture *f, uint32_t handle)
{
	uint64_t data = unit_random(&f->rng);
	int err;

	if (unit_random(&f->rng) % 2) {
		err = sw_table_delete(f->t, handle);
		f->count -= f->refs[handle].used;
	} else {
		err = sw_table_modify(f->t, handle, 0, &data);
	}
	assert_int_equal(err, f->refs[handle].used ? 0 : -ENOENT);
	if (f->refs[handle].used && sw_table_entry(f->t, handle))
		f->refs[handle].data = data;
	else
		f->refs[handle].used = false;
}

#define KEYS 4

static void
check(struct fixture *f)
{
	const struct ps_entry *all[KEYS];
	uint64_t keys[KEYS][2];
	bool large = f->t->large, together;

	for (int i = 0; i < KEYS; i++) {
		keys[i][0] = (unit_random(&f->rng) % 32) << 27;
		keys[i][1] = (unit_random(&f->rng) % 32) << 11;
	}
	f->t->large = true;
	together = ps_table_match_all(f->t, keys, KEYS, all);
	f->t->large = large;
	for (int i = 0; i < KEYS; i++) {
		const uint64_t *key = keys[i];
		const struct ps_entry *e = ps_table_lookup(f->t, key);
		int best = ref_lookup(f->refs, f->keys, f->by_priority, key);
		uint64_t data;

		if (together)
			assert_ptr_equal(all[i], e);
		memcpy(&data, e->data, 8);
		assert_int_equal(e->hit, best >= 0);
		assert_int_equal(e->handle, best >= 0 ? (uint32_t)best : PS_DEFAULT_ENTRY);
		assert_true(data == (best >= 0 ? f->refs[best].data : default_data));
	}
}

static void
against_list(enum ps_match first, enum ps_match second, uint32_t size)
{
	struct fixture *f = calloc(1, sizeof(*f));

	f->keys[0] = (struct ps_key_info){ "a", first, 32, 0, 4 };
	f->keys[1] = (struct ps_key_info){ "b", second, 16, 8, 2 };
	f->info = info_of(f->keys, 2, 16, size);
	f->t = sw_table_make(&f->info, actions);
	f->by_priority = sw_table_has_priority(&f->info);
	f->rng = first * 10u + second;
	for (int i = 0; i < ROUNDS; i++) {
		if (unit_random(&f->rng) % 3)
			try_insert(f);
		else
			try_change(f, (uint32_t)(unit_random(&f->rng) % MAX));
		if (i % 1000 == 777) {
			struct ps_table *copy = sw_table_copy(f->t);

			sw_table_free(f->t);
			f->t = copy;
		}
		if (i % 2500 == 2499) {
			sw_table_clear(f->t);
			memset(f->refs, 0, sizeof(f->refs));
			f->count = 0;
		}
		assert_int_equal(sw_table_count(f->t), f->count);
		check(f);
	}
	sw_table_free(f->t);
	free(f);
}

static void
exact(void **state)
{
	(void)state;
	against_list(PS_EXACT, PS_EXACT, 120);
}

static void
lpm(void **state)
{
	(void)state;
	against_list(PS_EXACT, PS_LPM, 100);
	against_list(PS_LPM, PS_EXACT, MAX);
}

static void
ternary(void **state)
{
	(void)state;
	against_list(PS_TERNARY, PS_EXACT, 200);
	against_list(PS_TERNARY, PS_LPM, MAX);
	against_list(PS_OPTIONAL, PS_TERNARY, MAX);
}

static void
range(void **state)
{
	(void)state;
	against_list(PS_RANGE, PS_EXACT, 100);
	against_list(PS_RANGE, PS_RANGE, 150);
	against_list(PS_TERNARY, PS_RANGE, 150);
}

static void
defaults(void **state)
{
	struct ps_table_info info = info_of(NULL, 0, 0, 0);
	struct ps_table *t = sw_table_make(&info, actions);
	uint64_t data = 5;

	(void)state;
	assert_int_equal(ps_table_lookup(t, NULL)->handle, PS_DEFAULT_ENTRY);
	assert_memory_equal(ps_table_lookup(t, NULL)->data, &default_data, 8);
	sw_table_set_default(t, 0, &data);
	assert_memory_equal(ps_table_lookup(t, NULL)->data, &data, 8);
	sw_table_set_default(t, 1, NULL);
	assert_int_equal(ps_table_lookup(t, NULL)->action, 1);
	sw_table_reset_default(t);
	assert_memory_equal(ps_table_lookup(t, NULL)->data, &default_data, 8);
	assert_int_equal(sw_table_insert(t, NULL, NULL, 0, 0, NULL, NULL), -EINVAL);
	assert_int_equal(sw_table_size(t), 1024);
	sw_table_free(t);
}

/* Wide fields, and a range over one. */
static void
wide(void **state)
{
	static const struct ps_key_info keys[] = {
		{ "a", PS_RANGE, 128, 0, 16 }, { "b", PS_TERNARY, 200, 16, 32 },
	};
	struct ps_table_info info = info_of(keys, 2, 48, 0);
	struct ps_table *t = sw_table_make(&info, actions);
	uint64_t lo[6] = { 5, 1, 1, 2, 3, 4 }, hi[6] = { 5, 2, UINT64_MAX, UINT64_MAX, UINT64_MAX, UINT64_MAX };
	uint64_t key[6] = { 5, 1, 1, 2, 3, 4 };

	(void)state;
	assert_int_equal(sw_table_insert(t, lo, hi, 0, 0, &default_data, NULL), 0);
	assert_true(ps_table_lookup(t, key)->hit);
	key[0] = 4;
	assert_false(ps_table_lookup(t, key)->hit);
	key[1] = 2;
	assert_true(ps_table_lookup(t, key)->hit);
	key[0] = 6;
	assert_false(ps_table_lookup(t, key)->hit);
	key[0] = 0;
	key[5] = 5;
	assert_false(ps_table_lookup(t, key)->hit);
	sw_table_free(t);
}

static void
initial_entries(void **state)
{
	static const struct ps_key_info keys[] = { { "a", PS_EXACT, 8, 0, 1 } };
	static const uint64_t values[] = { 7, 9 }, data[] = { 70, 90 };
	const struct ps_entry_init entries[] = { { &values[0], NULL, 0, 0, &data[0] }, { &values[1], NULL, 0, 0, &data[1] } };
	struct ps_table_info info = info_of(keys, 1, 8, 1);
	struct ps_table *t;

	(void)state;
	info.entries = entries;
	info.nentries = 2;
	t = sw_table_make(&info, actions);
	assert_int_equal(ps_table_lookup(t, &values[0])->handle, 0);
	assert_int_equal(ps_table_lookup(t, &values[1])->handle, 1);
	assert_int_equal(sw_table_insert(t, &data[0], NULL, 0, 0, NULL, NULL), -ENOSPC);
	assert_int_equal(sw_table_insert(t, &values[0], NULL, 0, 0, NULL, NULL), -EEXIST);
	sw_table_free(t);
}

/* A key that is an index: each look-up finds what a list by key says. */
static void
direct(void **state)
{
	static const struct ps_key_info keys[] = { { "port", PS_EXACT, 9, 0, 2 } };
	struct ps_table_info info = info_of(keys, 1, 8, 300);
	struct ps_table *t = sw_table_make(&info, actions);
	uint32_t handles[512] = { 0 }; /* + 1 */
	uint64_t rng = 9;

	(void)state;
	assert_non_null(t->direct);
	for (int i = 0; i < 20000; i++) {
		uint64_t key = unit_random(&rng) % 512, other = unit_random(&rng) % 512;
		uint32_t handle;

		if (handles[key] && i % 3 == 0) {
			assert_int_equal(sw_table_delete(t, handles[key] - 1), 0);
			handles[key] = 0;
		} else if (!sw_table_insert(t, &key, NULL, 0, 0, &key, &handle)) {
			handles[key] = handle + 1;
		}
		assert_int_equal(ps_table_lookup(t, &other)->handle, handles[other] ? handles[other] - 1 : PS_DEFAULT_ENTRY);
	}
	sw_table_clear(t);
	for (uint64_t key = 0; key < 512; key++)
		assert_int_equal(ps_table_lookup(t, &key)->handle, PS_DEFAULT_ENTRY);
	sw_table_free(t);
}

/* --- many ternary entries of few masks, one by one and a burst at a time --- */

#define RULES 3000u

struct rule {
	uint64_t value[2], mask[2];
	bool there;
};

/* Masks that share 16 bits, one that shares none, and, late, one more. */
static struct rule
rule_of(uint32_t i, uint64_t *rng)
{
	static const uint64_t masks[][2] = {
		{ 0xffff0000, 0xff }, { 0xffffff00, 0 }, { 0xffffffff, 0xff }, { 0xffff00ff, 0 }, { 0, 0xffff },
	};
	uint32_t m = i % (i < RULES - 50 ? 4 : 5);
	struct rule r = { .there = false };

	memcpy(r.mask, i % 500 == 3 ? (const uint64_t[]){ 0, 0xf0f0 } : masks[m], sizeof(r.mask));
	r.value[0] = unit_random(rng) % 65536 * 0x10001 & 0x0fff0fff & r.mask[0];
	r.value[1] = unit_random(rng) % 65536 & r.mask[1];
	return r;
}

static int64_t
best_rule(const struct rule *rules, const uint64_t *key)
{
	for (uint32_t i = 0; i < RULES; i++)
		if (rules[i].there && (key[0] & rules[i].mask[0]) == rules[i].value[0] && (key[1] & rules[i].mask[1]) == rules[i].value[1])
			return i;
	return -1;
}

static void
check_burst(const struct ps_table *t, const struct rule *rules, uint64_t *rng)
{
	uint64_t keys[PS_BURST][2];
	const struct ps_entry *found[PS_BURST];

	for (uint32_t i = 0; i < PS_BURST; i++) {
		const struct rule *r = &rules[unit_random(rng) % RULES];

		keys[i][0] = r->value[0] | (unit_random(rng) % 4 ? unit_random(rng) & ~r->mask[0] & 0xffffffff : 0);
		keys[i][1] = r->value[1] | (unit_random(rng) & ~r->mask[1] & 0xffff);
	}
	assert_true(ps_table_match_all(t, keys, PS_BURST, found));
	for (uint32_t i = 0; i < PS_BURST; i++) {
		int64_t best = best_rule(rules, keys[i]);

		assert_int_equal(found[i]->hit ? found[i]->priority : -1, best);
		assert_ptr_equal(ps_table_lookup(t, keys[i]), found[i]);
	}
}

static void
sieve(void **state)
{
	static const struct ps_key_info keys[] = { { "a", PS_TERNARY, 32, 0, 4 }, { "b", PS_TERNARY, 16, 8, 2 } };
	struct ps_table_info info = info_of(keys, 2, 16, RULES);
	struct ps_table *t = sw_table_make(&info, actions);
	struct rule *rules = calloc(RULES, sizeof(*rules));
	uint32_t *handles = calloc(RULES, sizeof(*handles));
	uint64_t rng = 77;

	(void)state;
	for (uint32_t i = 0; i < RULES; i++) {
		rules[i] = rule_of(i, &rng);
		rules[i].there = !sw_table_insert(t, rules[i].value, rules[i].mask, (int32_t)i, 0, NULL, &handles[i]);
	}
	assert_non_null(t->sieve.may);
	for (uint32_t i = 0; i < 2000; i++) {
		uint32_t x = (uint32_t)(unit_random(&rng) % RULES);

		if (rules[x].there)
			assert_int_equal(sw_table_delete(t, handles[x]), 0);
		if (!rules[x].there || i % 4 == 0)
			rules[x].there = !sw_table_insert(t, rules[x].value, rules[x].mask, (int32_t)x, 0, NULL, &handles[x]);
		else
			rules[x].there = false;
		if (i % 20 == 0)
			check_burst(t, rules, &rng);
	}
	sw_table_free(t);
	free(handles);
	free(rules);
}

/* --- large tables: what a change costs --- */

#define MANY 60000u
#define STEPS 600 /* slots, rows and groups that a change may touch */

struct large {
	enum ps_match match;
	struct ps_table *t;
	uint64_t most; /* steps of a change so far */
};

/* Entry i: a key of its own, and for prefixes and masks one of a few lengths. */
static void
match_of(enum ps_match match, uint32_t i, uint64_t *value, uint64_t *mask)
{
	uint32_t length = match == PS_EXACT ? 32 : 20 + i % 13;

	*mask = 0xffffffffu & ~(0xffffffffull >> length);
	*value = (uint64_t)(uint32_t)(i * 2654435761u) & *mask;
}

static void
account(struct large *l)
{
	if (sw_table_work(l->t) > l->most)
		l->most = sw_table_work(l->t);
}

static void
add_many(struct large *l, uint32_t from, uint32_t to, uint8_t *ret_there)
{
	for (uint32_t i = from; i < to; i++) {
		uint64_t value, mask, data = i;
		uint32_t handle;

		match_of(l->match, i, &value, &mask);
		ret_there[i] = !sw_table_insert(l->t, &value, &mask, (int32_t)(i % 7), 0, &data, &handle);
		account(l);
		/* Some go again, so that tables grow with gaps. */
		if (ret_there[i] && i % 5 == 0) {
			assert_int_equal(sw_table_delete(l->t, handle), 0);
			ret_there[i] = 0;
			account(l);
		}
	}
}

/* Every entry that is there is found by its key, unless a longer or better one covers it. */
static void
find_many(const struct large *l, uint32_t to, const uint8_t *there)
{
	uint32_t found = 0, count = 0;

	for (uint32_t i = 0; i < to; i++) {
		uint64_t value, mask, data;
		const struct ps_entry *e;

		if (!there[i])
			continue;
		match_of(l->match, i, &value, &mask);
		e = ps_table_lookup(l->t, &value);
		assert_true(e->hit);
		memcpy(&data, e->data, sizeof(data));
		found += data == i;
		count++;
	}
	assert_int_equal(count, sw_table_count(l->t));
	assert_true(l->match == PS_EXACT ? found == count : found > count / 4);
}

static void
steps_of(enum ps_match match, uint32_t width)
{
	const struct ps_key_info keys[] = { { "a", match, (uint16_t)width, 0, 8 } };
	struct ps_table_info info = info_of(keys, 1, 8, MANY);
	struct large l = { .match = match, .t = sw_table_make(&info, actions) };
	uint8_t *there = calloc(MANY, 1);

	for (uint32_t i = 0; i < MANY; i += MANY / 4) {
		add_many(&l, i, i + MANY / 4, there);
		find_many(&l, i + MANY / 4, there);
	}
	assert_true(l.most <= STEPS);
	sw_table_free(l.t);
	free(there);
}

/* A table grows while packets are forwarded: no change may hold them up, however many entries there are. */
static void
steps_are_bounded(void **state)
{
	(void)state;
	steps_of(PS_EXACT, 32);
	steps_of(PS_LPM, 32); /* with a trie */
	steps_of(PS_LPM, 40);
	steps_of(PS_TERNARY, 40);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(exact), cmocka_unit_test(lpm), cmocka_unit_test(ternary),
		cmocka_unit_test(range), cmocka_unit_test(defaults), cmocka_unit_test(wide),
		cmocka_unit_test(initial_entries), cmocka_unit_test(direct), cmocka_unit_test(sieve), cmocka_unit_test(steps_are_bounded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
