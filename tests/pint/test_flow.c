/* test_flow.c - flows: paths are told and kept, changes are noticed, noise makes no path, memory
 * stays bounded. */
#include "packetscope/pint.h"

#include "unit.h"

#include <string.h>

#define SWITCHES 80
#define HOPS 5

static uint32_t ids[SWITCHES];

struct world {
	struct pint_code code;
	struct pint_decoder *decoder;
	struct pint_flow flow;
	uint64_t random;
};

static void
begin_scheme(struct world *w, enum pint_scheme scheme, uint32_t bits, uint32_t copies, struct pint_options o)
{
	struct pint_universe u = { .values = ids, .n = SWITCHES };

	for (uint32_t i = 0; i < SWITCHES; i++)
		ids[i] = 100 + i;
	*w = (struct world){ .random = bits };
	assert_true(pint_code_make(&w->code, scheme, HOPS, bits, copies, 0, 9));
	w->decoder = pint_decoder_make(&w->code, &u, &o);
	assert_non_null(w->decoder);
}

static void
begin(struct world *w, uint32_t bits, uint32_t copies, struct pint_options o)
{
	begin_scheme(w, PINT_SEARCHED, bits, copies, o);
}

static void
end(struct world *w)
{
	pint_flow_fini(&w->flow);
	assert_null(w->flow.memory);
	pint_decoder_free(w->decoder);
}

/* A packet with this number over this path. */
static enum pint_result
send_number(struct world *w, uint32_t pid, const uint32_t *path, uint32_t hops)
{
	uint32_t digest = 0;

	for (uint32_t hop = 1; hop <= hops; hop++)
		digest = pint_encode(&w->code, digest, pid, hop, path[hop - 1]);
	return pint_flow_add(w->decoder, &w->flow, pid, hops, digest);
}

static enum pint_result
send(struct world *w, const uint32_t *path, uint32_t hops)
{
	return send_number(w, (uint32_t)unit_random(&w->random), path, hops);
}

static void
random_path(struct world *w, uint32_t path[HOPS])
{
	for (uint32_t i = 0; i < HOPS; i++)
		path[i] = ids[unit_random(&w->random) % SWITCHES];
}

/* Packets until the flow's path is told, which must be this one. */
static uint32_t
send_until_known(struct world *w, const uint32_t *path)
{
	uint32_t found[PINT_HOPS], n = 1;

	while (send(w, path, HOPS) != PINT_DECODED)
		assert_in_range(++n, 1, 1000);
	assert_true(w->flow.known);
	pint_flow_path(w->decoder, &w->flow, found);
	assert_memory_equal(found, path, HOPS * sizeof(*path));
	return n;
}

static void
a_path_is_told_and_kept(void **state)
{
	static const uint32_t shapes[][2] = { { 8, 2 }, { 8, 1 }, { 4, 1 }, { 1, 1 }, { 8, 4 } };

	(void)state;
	for (uint32_t i = 0; i < 5 * 40; i++) {
		const uint32_t *shape = shapes[i % 5];
		struct world w;
		uint32_t path[HOPS], n;

		begin(&w, shape[0], shape[1], (struct pint_options){ .eager = i >= 100 });
		w.random += i;
		random_path(&w, path);
		n = send_until_known(&w, path);
		assert_int_equal(w.flow.packets, n);
		assert_int_equal(pint_flow_bytes(w.decoder, &w.flow), sizeof(w.flow) + 2 * HOPS);
		for (uint32_t p = 0; p < 50; p++)
			assert_int_equal(send(&w, path, HOPS), PINT_AGREES);
		end(&w);
	}
}

static void
hops_are_known_one_by_one(void **state)
{
	struct world w;
	uint32_t path[HOPS] = { 100, 117, 179, 101, 140 }, values[PINT_HOPS];
	uint64_t known = 0, all = (1 << HOPS) - 1;

	(void)state;
	begin(&w, 4, 1, (struct pint_options){ .eager = true });
	assert_int_equal(pint_flow_known(w.decoder, &w.flow, values), 0);
	for (uint32_t n = 0; n < 100 && known != all; n++) {
		uint64_t before = known;

		send(&w, path, HOPS);
		known = pint_flow_known(w.decoder, &w.flow, values);
		assert_int_equal(before & ~known, 0);
		for (uint64_t rest = known; rest; rest &= rest - 1)
			assert_int_equal(values[__builtin_ctzll(rest)],
					 path[__builtin_ctzll(rest)]);
	}
	assert_int_equal(known, all);
	end(&w);
}

/* One hop is another switch: packets soon contradict, and the new path is told. No path is told
 * that never was. */
static void
a_change_is_noticed(void **state)
{
	uint32_t noticed = 0;

	(void)state;
	for (uint32_t i = 0; i < 200; i++) {
		struct world w;
		uint32_t path[HOPS], n = 1;

		begin(&w, 8, 2, (struct pint_options){ .eager = true });
		w.random += i;
		random_path(&w, path);
		send_until_known(&w, path);
		path[i % HOPS] = path[i % HOPS] == 100 ? 101 : 100;
		while (send(&w, path, HOPS) == PINT_AGREES)
			assert_in_range(++n, 1, 100);
		noticed += n;
		assert_false(w.flow.known);
		send_until_known(&w, path);
		end(&w);
	}
	assert_in_range(noticed, 200, 600); /* by the third packet, on average */
}

/* The route changes before the path is known: some digests are of the old one. */
static void
a_change_while_decoding(void **state)
{
	uint32_t told = 0, wrong = 0;

	(void)state;
	for (uint32_t i = 0; i < 500; i++) {
		struct world w;
		uint32_t path[2][HOPS], found[PINT_HOPS], change = 1 + i % 8;
		enum pint_result result = PINT_MORE;

		begin(&w, 8, 2, (struct pint_options){ .eager = true });
		w.random += i;
		random_path(&w, path[0]);
		random_path(&w, path[1]);
		for (uint32_t p = 0; p < 200; p++) {
			result = send(&w, path[p >= change], HOPS);
			if (result != PINT_DECODED)
				continue;
			told++;
			pint_flow_path(w.decoder, &w.flow, found);
			wrong += memcmp(found, path[p >= change], sizeof(*path)) != 0;
		}
		assert_int_equal(result, PINT_AGREES);
		pint_flow_path(w.decoder, &w.flow, found);
		assert_memory_equal(found, path[1], sizeof(path[1]));
		end(&w);
	}
	assert_in_range(told, 500, 1000);
	assert_in_range(wrong, 0, 5);
}

/* One digest in twenty is of nothing, with every scheme and before the path is known as well as after. What is told is the true path but for
 * the few that garbled digests fit; those are withdrawn, and in the end each flow's path is the true one. */
static void
garbled_digests(void **state)
{
	uint32_t told = 0, wrong = 0;

	(void)state;
	for (uint32_t i = 0; i < 400; i++) {
		struct world w;
		uint32_t path[HOPS], found[PINT_HOPS], seed = 7 + i;

		begin_scheme(&w, (enum pint_scheme)(i % 4), 8, 2, (struct pint_options){ .eager = true });
		w.random += i;
		random_path(&w, path);
		for (uint32_t p = 0; p < 150; p++) {
			bool garbled = p < 100 && !(pint_hash(seed, p, 0) % 20);
			enum pint_result result =
				garbled ? pint_flow_add(w.decoder, &w.flow, pint_hash(seed, p, 1), HOPS, pint_hash(seed, p, 2))
					: send(&w, path, HOPS);

			if (result != PINT_DECODED)
				continue;
			told++;
			pint_flow_path(w.decoder, &w.flow, found);
			wrong += memcmp(found, path, sizeof(path)) != 0;
		}
		assert_true(w.flow.known);
		pint_flow_path(w.decoder, &w.flow, found);
		assert_memory_equal(found, path, sizeof(path));
		end(&w);
	}
	print_message("# %u paths told, %u wrong ones\n", told, wrong);
	assert_in_range(told, 800, 4000);
	assert_in_range(wrong, 0, told / 100);
}

static void
another_length_is_another_path(void **state)
{
	struct world w;
	uint32_t path[HOPS + 1] = { 100, 101, 102, 103, 104, 105 };

	(void)state;
	begin(&w, 8, 2, (struct pint_options){ .max_hops = HOPS + 1 });
	send_until_known(&w, path);
	assert_int_equal(send(&w, path, HOPS + 1), PINT_CHANGED);
	assert_int_equal(w.flow.hops, HOPS + 1);
	assert_int_equal(pint_flow_add(w.decoder, &w.flow, 1, HOPS + 2, 0), PINT_LONG);
	assert_int_equal(pint_flow_add(w.decoder, &w.flow, 1, 0, 0), PINT_LONG);
	assert_int_equal(w.flow.hops, HOPS + 1);
	send_until_known(&w, path);
	end(&w);
}

/* Equal packets say nothing new: they are neither kept nor taken for evidence. */
static void
equal_packets(void **state)
{
	struct world w;
	uint32_t path[HOPS] = { 100, 101, 102, 103, 104 };

	(void)state;
	begin(&w, 8, 2, (struct pint_options){ .eager = true });
	for (uint32_t p = 0; p < 300; p++)
		assert_int_equal(send_number(&w, p % 2, path, HOPS), PINT_MORE);
	assert_int_equal(w.flow.records, 2);
	assert_int_equal(w.flow.packets, 300);
	end(&w);
}

/* Packets take one of two paths, or of four, from the beginning: none of those that are put together of them gets sure. Then one path is left:
 * it does, after as many packets as are said. */
static void
several_paths_at_once(void **state)
{
	static const uint32_t shapes[][2] = { { 8, 2 }, { 8, 1 }, { 4, 1 } };
	uint32_t told = 0, sure = 0;

	(void)state;
	for (uint32_t i = 0; i < 120; i++) {
		struct world w;
		uint32_t path[4][HOPS], found[PINT_HOPS], n = i % 2 ? 4 : 2, agreed = 0;

		begin(&w, shapes[i % 3][0], shapes[i % 3][1], (struct pint_options){ .eager = i % 7 });
		w.random += i;
		random_path(&w, path[0]);
		for (uint32_t k = 1; k < n; k++) {
			memcpy(path[k], path[0], sizeof(path[0]));
			path[k][1] = ids[unit_random(&w.random) % SWITCHES];
			path[k][3] = ids[unit_random(&w.random) % SWITCHES];
		}
		for (uint32_t p = 0; p < 400; p++) {
			bool is_true = false;

			told += send(&w, path[unit_random(&w.random) % n], HOPS) == PINT_DECODED;
			if (!pint_flow_is_sure(w.decoder, &w.flow))
				continue;
			sure++;
			pint_flow_path(w.decoder, &w.flow, found);
			for (uint32_t k = 0; k < n; k++)
				is_true |= !memcmp(found, path[k], sizeof(path[k]));
			assert_true(is_true);
		}
		assert_in_range(w.flow.contradictions, 5, 400);
		pint_flow_contradict(w.decoder, &w.flow);
		send_until_known(&w, path[0]);
		while (!pint_flow_is_sure(w.decoder, &w.flow)) {
			assert_int_equal(send(&w, path[0], HOPS), PINT_AGREES);
			agreed++;
		}
		assert_int_equal(agreed, pint_packets_sure(w.decoder, HOPS, w.flow.contradictions));
		end(&w);
	}
	print_message("# %u paths told, %u packets with a sure one\n", told, sure);
	assert_in_range(told, 500, 40000);
}

/* Digests of nothing: a path of noise has a chance of 2^-16 in each suffix that is tried. */
static void
noise_is_no_path(void **state)
{
	static const uint32_t shapes[][2] = { { 8, 2 }, { 4, 1 }, { 1, 1 } };

	(void)state;
	for (uint32_t i = 0; i < 3; i++) {
		struct world w;
		size_t most;

		begin(&w, shapes[i][0], shapes[i][1],
		      (struct pint_options){ .max_records = 64, .eager = true });
		most = sizeof(w.flow) + 64 * 6;
		for (uint32_t p = 0; p < 2000; p++) {
			enum pint_result result =
				pint_flow_add(w.decoder, &w.flow, (uint32_t)unit_random(&w.random),
					      HOPS, (uint32_t)unit_random(&w.random));

			assert_true(result == PINT_MORE || result == PINT_CHANGED);
			assert_true(pint_flow_bytes(w.decoder, &w.flow) <= most);
		}
		end(&w);
	}
}

/* Values of which nothing is known. */
static void
raw_values(void **state)
{
	uint32_t path[HOPS] = { 0xdeadbeef, 0, 0xffffffff, 12, 13 },
		 other[HOPS] = { 0xdeadbeef, 0, 0xffffffff, 12, 14 };
	struct world w = { .random = 1 };

	(void)state;
	assert_true(pint_code_make(&w.code, PINT_SEARCHED, HOPS, 8, 1, 32, 9));
	w.decoder = pint_decoder_make(&w.code, NULL, NULL);
	send_until_known(&w, path);
	assert_int_equal(pint_flow_bytes(w.decoder, &w.flow), sizeof(w.flow) + 4 * HOPS);
	while (send(&w, other, HOPS) == PINT_AGREES)
		;
	send_until_known(&w, other);
	end(&w);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_path_is_told_and_kept),
		cmocka_unit_test(hops_are_known_one_by_one),
		cmocka_unit_test(a_change_is_noticed),
		cmocka_unit_test(a_change_while_decoding),
		cmocka_unit_test(garbled_digests),
		cmocka_unit_test(another_length_is_another_path),
		cmocka_unit_test(equal_packets),
		cmocka_unit_test(several_paths_at_once),
		cmocka_unit_test(noise_is_no_path),
		cmocka_unit_test(raw_values),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
