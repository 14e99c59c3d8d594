/* test_decode.c - the decoders against brute force: over all paths of small networks, what is
 * decoded is the only path that explains the digests, whether these come from a path or from
 * nowhere. */
#include "packetscope/pint.h"

#include "unit.h"

#include <stdlib.h>
#include <string.h>

#define VALUES 5
#define HOPS 4

static const uint32_t names[VALUES] = { 17, 4, 1000000, 0, 31 };
/* a ring of the first four, and 4 hangs on 0 */
static const uint32_t ring_links[VALUES + 1] = { 0, 3, 5, 7, 9, 10 };
static const uint32_t ring_next[] = { 1, 3, 4, 0, 2, 1, 3, 2, 0, 0 };

struct setting {
	struct pint_code code;
	struct pint_universe universe;
	struct pint_options options;
};

static uint32_t
encode_path(const struct pint_code *c, uint32_t pid, uint32_t hops, const uint32_t *values)
{
	uint32_t digest = 0;

	for (uint32_t hop = 1; hop <= hops; hop++)
		digest = pint_encode(c, digest, pid, hop, values[hop - 1]);
	return digest;
}

static bool
is_linked(const struct pint_universe *u, uint32_t a, uint32_t b)
{
	if (!u->links)
		return true;
	for (uint32_t l = u->links[a]; l < u->links[a + 1]; l++)
		if (u->next[l] == b)
			return true;
	return false;
}

/* The number-th sequence of values; false: no path of the setting. */
static bool
path_number(const struct setting *s, uint32_t hops, uint32_t number, uint32_t *ret_values)
{
	uint32_t at[HOPS];

	for (uint32_t i = 0; i < hops; i++, number /= VALUES) {
		at[i] = number % VALUES;
		ret_values[i] = s->universe.values[at[i]];
		if (i && !is_linked(&s->universe, at[i - 1], at[i]))
			return false;
		for (uint32_t j = 0; s->options.simple && j < i; j++)
			if (at[i] == at[j])
				return false;
	}
	return true;
}

static bool
explains(const struct pint_code *c, uint32_t hops, const uint32_t *values,
	 const struct pint_digest *digests, uint32_t n)
{
	for (uint32_t i = 0; i < n; i++)
		if (encode_path(c, digests[i].pid, hops, values) != digests[i].digest)
			return false;
	return true;
}

/* How many paths explain the digests, and one of them. */
static uint32_t
brute_force(const struct setting *s, uint32_t hops, const struct pint_digest *digests, uint32_t n,
	    uint32_t *ret_values)
{
	uint32_t found = 0, all = 1, values[HOPS];

	for (uint32_t i = 0; i < hops; i++)
		all *= VALUES;
	for (uint32_t number = 0; number < all; number++) {
		if (!path_number(s, hops, number, values) ||
		    !explains(&s->code, hops, values, digests, n))
			continue;
		memcpy(ret_values, values, hops * sizeof(*values));
		found++;
	}
	return found;
}

static void
check(const struct setting *s, struct pint_decoder *d, uint32_t hops,
      const struct pint_digest *digests, uint32_t n, uint32_t seen[4])
{
	uint32_t expected[HOPS], values[HOPS];
	uint32_t paths = brute_force(s, hops, digests, n, expected);
	enum pint_result result = pint_decode(d, hops, digests, n, values);

	seen[result]++;
	if (paths == 0)
		assert_int_equal(result, PINT_CHANGED);
	else if (paths > 1 || n < pint_packets_min(d, hops))
		assert_int_equal(result, PINT_MORE);
	else
		assert_int_equal(result, PINT_DECODED);
	if (result == PINT_DECODED)
		assert_memory_equal(values, expected, hops * sizeof(*values));
}

/* Digests of a random path; after `noise` packets, of no path. */
static void
make_digests(const struct setting *s, uint64_t *random, uint32_t hops, uint32_t noise,
	     struct pint_digest *digests, uint32_t n)
{
	uint32_t path[HOPS], bits = s->code.bits * s->code.copies;

	while (!path_number(s, hops, (uint32_t)unit_random(random) % 625, path))
		;
	for (uint32_t i = 0; i < n; i++) {
		digests[i].pid = (uint32_t)unit_random(random);
		digests[i].digest =
			i < noise ? encode_path(&s->code, digests[i].pid, hops, path)
				  : (uint32_t)unit_random(random) & (UINT32_MAX >> (32 - bits));
	}
}

static void
check_setting(const struct setting *s, uint64_t seed, uint32_t seen[4])
{
	struct pint_decoder *d = pint_decoder_make(&s->code, &s->universe, &s->options);
	struct pint_digest digests[24];

	assert_non_null(d);
	for (uint32_t round = 0; round < 30; round++) {
		uint32_t hops = 1 + round % HOPS;

		make_digests(s, &seed, hops, round % 3 ? 24 : round % 7, digests, 24);
		for (uint32_t n = 0; n <= 24; n += 1 + n / 6)
			check(s, d, hops, digests, n, seen);
	}
	pint_decoder_free(d);
}

static void
agrees_with_brute_force(void **state)
{
	static const uint8_t shapes[][3] = { { 1, 1, 0 }, { 2, 2, 0 },	{ 4, 1, 0 },
					     { 8, 2, 0 }, { 12, 1, 0 }, { 7, 1, 20 } };
	uint32_t seen[4] = { 0 };

	(void)state;
	for (uint32_t i = 0; i < 6 * 4 * 4; i++) {
		const uint8_t *shape = shapes[i % 6];
		struct setting s = { .universe = { names, VALUES, NULL, NULL },
				     .options = { .confidence = 1 } };

		assert_true(pint_code_make(&s.code, (enum pint_scheme)(i / 6 % 4), HOPS, shape[0],
					   shape[1], shape[2], i));
		if (i / 24 & 1)
			s.universe.links = ring_links, s.universe.next = ring_next;
		s.options.simple = i / 24 & 2;
		check_setting(&s, i, seen);
	}
	for (uint32_t i = PINT_MORE; i <= PINT_CHANGED; i++)
		assert_true(i == PINT_AGREES ? !seen[i] : seen[i] > 1000);
}

/* Long paths in a large universe: the true path, soon. */
static void
long_paths(void **state)
{
	static uint32_t universe[1000];
	uint32_t path[PINT_HOPS], found[PINT_HOPS], n = 0;
	struct pint_universe u = { .values = universe, .n = 1000 };
	struct pint_digest digests[300];
	struct pint_decoder *d;
	struct pint_code c;
	uint64_t random = 5;

	(void)state;
	for (uint32_t i = 0; i < 1000; i++)
		universe[i] = (uint32_t)unit_random(&random);
	for (uint32_t i = 0; i < PINT_HOPS; i++)
		path[i] = universe[unit_random(&random) % 1000];
	assert_true(pint_code_make(&c, PINT_SEARCHED, PINT_HOPS, 8, 2, 0, 1));
	d = pint_decoder_make(&c, &u, NULL);
	assert_non_null(d);
	do {
		digests[n].pid = (uint32_t)unit_random(&random);
		digests[n].digest = encode_path(&c, digests[n].pid, PINT_HOPS, path);
		assert_in_range(++n, 1, 299);
	} while (pint_decode(d, PINT_HOPS, digests, n, found) != PINT_DECODED);
	assert_memory_equal(found, path, sizeof(path));
	assert_in_range(n, 40, 150);
	pint_decoder_free(d);
}

/* Values of which nothing is known: fragments are found by elimination, and noise contradicts. */
static void
raw_values(void **state)
{
	uint32_t path[12], found[12];
	struct pint_digest digests[256];
	struct pint_decoder *d;
	struct pint_code c;
	uint64_t random = 6;

	(void)state;
	assert_true(pint_code_make(&c, PINT_SEARCHED, 12, 8, 2, 32, 1));
	assert_null(pint_decoder_make(&(struct pint_code){ .bits = 8, .copies = 1 }, NULL, NULL));
	d = pint_decoder_make(&c, NULL, NULL);
	for (uint32_t i = 0; i < 12; i++)
		path[i] = (uint32_t)unit_random(&random);
	for (uint32_t i = 0; i < 256; i++) {
		digests[i].pid = (uint32_t)unit_random(&random);
		digests[i].digest = encode_path(&c, digests[i].pid, 12, path);
	}
	assert_int_equal(pint_packets_min(d, 12), (12 * 32 + 16) / 16);
	assert_int_equal(pint_decode(d, 12, digests, pint_packets_min(d, 12) - 1, found),
			 PINT_MORE);
	assert_int_equal(pint_decode(d, 12, digests, 120, found), PINT_DECODED);
	assert_memory_equal(found, path, sizeof(path));
	digests[255].digest ^= 1;
	assert_int_equal(pint_decode(d, 12, digests, 256, found), PINT_CHANGED);
	pint_decoder_free(d);
}

static void
refused(void **state)
{
	static const uint32_t down[] = { 0, 2, 1, 2, 3, 4 }, far[] = { 0, 1, 1, 1, 1, 1 }, five = 5;
	struct pint_universe u = { .values = names, .n = VALUES };
	struct pint_digest digest = { 1, 0 };
	struct pint_decoder *d;
	struct pint_code c;
	uint32_t values[PINT_HOPS];

	(void)state;
	assert_true(pint_code_make(&c, PINT_HYBRID, 5, 8, 1, 0, 0));
	assert_null(pint_decoder_make(&c, NULL, NULL));
	assert_null(pint_decoder_make(&c, &(struct pint_universe){ .values = names }, NULL));
	u.links = down, u.next = ring_next;
	assert_null(pint_decoder_make(&c, &u, NULL));
	u.links = far, u.next = &five;
	assert_null(pint_decoder_make(&c, &u, NULL));
	u.links = NULL;
	d = pint_decoder_make(&c, &u, &(struct pint_options){ .max_hops = 9 });
	assert_non_null(d);
	assert_int_equal(pint_decode(d, 0, &digest, 1, values), PINT_LONG);
	assert_int_equal(pint_decode(d, 10, &digest, 1, values), PINT_LONG);
	digest.digest = encode_path(&c, 1, 5, names);
	assert_int_equal(pint_decode(d, 5, &digest, 1, values), PINT_MORE);
	pint_decoder_free(d);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(agrees_with_brute_force),
		cmocka_unit_test(long_paths),
		cmocka_unit_test(raw_values),
		cmocka_unit_test(refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
