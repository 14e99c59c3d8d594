/* iblt.c - see iblt.h. */
#include "control/iblt.h"

#include <stdbool.h>
#include <string.h>

#include "packetscope/crc.h"

static uint32_t
all_cells(const struct iblt *t)
{
	return IBLT_PARTS * t->cells;
}

void
iblt_init(struct iblt *t, struct arena *a, uint32_t cells, uint32_t words, const uint32_t *factors)
{
	size_t n = (size_t)IBLT_PARTS * cells;

	*t = (struct iblt){ .cells = cells, .words = words };
	for (uint32_t p = 0; p < IBLT_PARTS; p++)
		t->factors[p] = factors[p];
	t->count = arena_array(a, uint64_t, n + 1);
	t->check = arena_array(a, uint64_t, n + 1);
	t->sums = arena_array(a, uint64_t, n * words + 1);
	t->work = arena_array(a, uint32_t, n * IBLT_PARTS + 1); /* each name taken out adds two */
	t->name = arena_array(a, uint32_t, words + 1);
}

void
iblt_clear(struct iblt *t, uint32_t salt)
{
	size_t n = all_cells(t);

	t->salt = salt;
	memset(t->count, 0, n * sizeof(*t->count));
	memset(t->check, 0, n * sizeof(*t->check));
	memset(t->sums, 0, n * t->words * sizeof(*t->sums));
}

static uint32_t
crc_word(uint32_t crc, uint32_t word)
{
	for (int shift = 24; shift >= 0; shift -= 8)
		crc = ps_crc32_table[0][(crc ^ word >> shift) & 0xff] ^ crc >> 8;
	return crc;
}

static uint32_t
hash(const struct iblt *t, const uint32_t *words)
{
	uint32_t crc = UINT32_MAX;

	for (uint32_t w = 0; w < t->words; w++)
		crc = crc_word(crc, words[w]);
	return ~crc_word(crc, t->salt);
}

static uint32_t
cell_of(const struct iblt *t, uint32_t mixed, uint32_t part)
{
	return (uint32_t)((uint64_t)(mixed * t->factors[part]) * t->cells >> 32) + part * t->cells;
}

static void
add_to(struct iblt *t, uint32_t cell, const uint32_t *words, uint32_t mixed, uint64_t n)
{
	t->count[cell] += n;
	t->check[cell] += n * mixed;
	for (uint32_t w = 0; w < t->words; w++)
		t->sums[(size_t)w * all_cells(t) + cell] += n * words[w];
}

void
iblt_add(struct iblt *t, const uint32_t *words, int64_t n)
{
	uint32_t mixed = hash(t, words);

	for (uint32_t p = 0; p < IBLT_PARTS; p++)
		add_to(t, cell_of(t, mixed, p), words, mixed, (uint64_t)n);
}

/* Are the cell's packets of one name? Then it is in t->name. */
static bool
is_single(const struct iblt *t, uint32_t cell, uint32_t *ret_mixed)
{
	uint64_t n = t->count[cell];

	if (!n || n > UINT32_MAX || t->check[cell] % n)
		return false;
	for (uint32_t w = 0; w < t->words; w++) {
		uint64_t sum = t->sums[(size_t)w * all_cells(t) + cell];

		if (sum % n || sum / n > UINT32_MAX)
			return false;
		t->name[w] = (uint32_t)(sum / n);
	}
	*ret_mixed = hash(t, t->name);
	return t->check[cell] / n == *ret_mixed && cell_of(t, *ret_mixed, cell / t->cells) == cell;
}

/* Real tables have the name in all its cells. */
static bool
is_everywhere(const struct iblt *t, uint32_t mixed, uint64_t n)
{
	for (uint32_t p = 0; p < IBLT_PARTS; p++) {
		uint64_t there = t->count[cell_of(t, mixed, p)];

		if (there < n || there > UINT32_MAX)
			return false;
	}
	return true;
}

/* Each name taken out empties the cell that told it. Cells that are all different can tell no more names than there are cells. */
uint64_t
iblt_peel(struct iblt *t, iblt_found *found, void *user)
{
	uint32_t nwork = all_cells(t), budget = all_cells(t);
	uint64_t left = 0;

	for (uint32_t c = 0; c < nwork; c++)
		t->work[c] = c;
	while (nwork && budget) {
		uint32_t cell = t->work[--nwork], mixed;
		uint64_t n = t->count[cell];

		if (!is_single(t, cell, &mixed) || !is_everywhere(t, mixed, n))
			continue;
		budget--;
		found(user, t->name, n);
		for (uint32_t p = 0; p < IBLT_PARTS; p++) {
			uint32_t other = cell_of(t, mixed, p);

			add_to(t, other, t->name, mixed, -n);
			if (other != cell)
				t->work[nwork++] = other;
		}
	}
	for (uint32_t c = 0; c < t->cells; c++)
		left += t->count[c];
	return left;
}
