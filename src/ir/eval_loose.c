/* Loose rows: partial rows that come by the thousand, as from a switch's table or ring. They are put down as they come, in as few words as hold
 * their bits, merged by the thousand (eval_merge.c), and sorted if they are wanted in the order of their keys. */
#include "ir/evaluator.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/diag.h"

#define PACKED 256 /* rows that are taken column by column at a time */
#define FEW 32	  /* rows that are sorted by insertion */
#define MANY 2048 /* rows that are worth being merged before the end */
#define SIEVED 65536 /* the same where most may be let go of at the end, without */
#define DIGIT 8	  /* bits that rows are sorted by at a time */
#define HIGH 24	  /* bits that tell most keys apart */

void
eval_scratch_fini(struct eval_scratch *s)
{
	free(s->words);
	free(s->ranked);
	free(s->slots);
	free(s->room);
}

void
eval_scratch_reset(struct eval_scratch *s)
{
	if (s->wanted > s->size) {
		free(s->room);
		s->room = alloc_again(NULL, s->wanted, 1);
		s->size = s->wanted;
	}
	s->taken = s->wanted = 0;
}

void *
eval_room(struct eval_context *c, size_t size)
{
	struct eval_scratch *s = c->scratch;
	void *p;

	size = (size + 15) & ~(size_t)15;
	s->wanted += size;
	if (!s->room || s->size - s->taken < size)
		return arena_alloc(c->arena, size);
	p = s->room + s->taken;
	s->taken += size;
	return p;
}

/* --- words ------------------------------------------------------------------------------------ */

/* Bits of a column's cells that tell them apart. */
static uint32_t
bits_of(struct ir_type t)
{
	return t.kind == IR_FLOAT || ir_is_text(t.kind) || !t.width ? 64 : t.width;
}

static struct eval_place
place_of(struct ir_type t, bool is_key, uint32_t word, uint32_t shift)
{
	uint32_t bits = bits_of(t) > 64 ? bits_of(t) - 64 : bits_of(t);
	uint64_t mask = UINT64_MAX >> (64 - bits);
	bool is_signed = t.is_signed || ir_is_text(t.kind);

	return (struct eval_place){ .mask = mask, .flip = is_key && is_signed ? mask ^ mask >> 1 : 0, .word = (uint8_t)word,
				    .shift = (uint8_t)shift, .wide = bits_of(t) > 64, .is_signed = is_signed };
}

void
eval_packing_init(struct eval_packing *p, struct arena *a, const struct ir_partial *layout)
{
	uint32_t words = 0, left = 0;

	p->places = arena_array(a, struct eval_place, layout->columns.n + 1);
	for (uint32_t i = 0; i < layout->columns.n; i++) {
		struct ir_type t = layout->columns.v[i].type;
		uint32_t bits = bits_of(t);
		bool is_key = i < layout->nkeys;

		if (!is_key || bits > left) {
			left = 64;
			words += bits > 64 ? 2 : 1;
		}
		left = bits > 64 || !is_key ? 0 : left - bits;
		p->places[i] = place_of(t, is_key, words - (bits > 64 ? 2 : 1), left);
		p->nkeys = is_key ? words : p->nkeys;
	}
	p->width = words;
}

void
eval_pack_add(const struct eval_place *p, uint64_t *row, eval_cell c)
{
	if (p->wide) {
		row[p->word] = ((uint64_t)((ir_u128)c >> 64) & p->mask) ^ p->flip;
		row[p->word + 1] = (uint64_t)c;
		return;
	}
	row[p->word] |= (((uint64_t)c & p->mask) ^ p->flip) << p->shift;
}

void
eval_pack(const struct eval_packing *p, uint32_t n, const eval_cell *cells, uint64_t *row)
{
	memset(row, 0, p->width * sizeof(*row));
	for (uint32_t i = 0; i < n; i++)
		eval_pack_add(&p->places[i], row, cells[i]);
}

/* One column of rows, from an array of numbers: a word's first column sets it, others are added. */
#define PACK(type, index, put)                                                                         \
	for (uint32_t i = 0; i < n; i++)                                                               \
		row[(size_t)i * width] put (((uint64_t)*(const type *)(cells + (size_t)(index) * stride) & mask) ^ flip) << shift
#define PACK_ALL(index, put)                      \
	do {                                      \
		if (bytes == 8)                   \
			PACK(uint64_t, index, put); \
		else if (bytes == 4)              \
			PACK(uint32_t, index, put); \
		else if (bytes == 2)              \
			PACK(uint16_t, index, put); \
		else                              \
			PACK(uint8_t, index, put); \
	} while (0)

static void
pack_column(const struct eval_place *p, const struct ir_cells *column, const uint32_t *from, uint32_t first, uint32_t n, uint32_t width,
	    bool is_first, uint64_t *row)
{
	const uint8_t *cells = column->cells;
	const uint64_t mask = p->mask, flip = p->flip;
	const uint32_t bytes = column->bytes, stride = column->stride, shift = p->shift;

	row += p->word;
	if (from && is_first)
		PACK_ALL(from[first + i], =);
	else if (from)
		PACK_ALL(from[first + i], |=);
	else if (is_first)
		PACK_ALL(first + i, =);
	else
		PACK_ALL(first + i, |=);
}

/* Another processor wrote them, all over a table. */
static void
ask_for(const struct ir_cells *column, const uint32_t *from, uint32_t n)
{
	for (uint32_t i = 0; i < n; i++)
		__builtin_prefetch((const uint8_t *)column->cells + (size_t)from[i] * column->stride);
}

/* Rows of a word of keys, which lie in arrays of words, and maybe a word behind it: `nkeys` and `width` are constants, as there are many rows. */
static inline __attribute__((always_inline)) void
pack_rows(const struct eval_place *places, const struct ir_cells *columns, const uint32_t *from, uint32_t n, uint64_t *rows, const uint32_t nkeys,
	  const uint32_t width)
{
	const uint64_t *cells[4];
	struct eval_place at[4];

	for (uint32_t k = 0; k < nkeys + width - 1; k++) {
		cells[k] = columns[k].cells;
		at[k] = places[k];
	}
	for (uint32_t i = 0; i < n; i++, rows += width) {
		uint32_t row = from ? from[i] : i;
		uint64_t keys = 0;

		for (uint32_t k = 0; k < nkeys; k++)
			keys |= ((cells[k][row] & at[k].mask) ^ at[k].flip) << at[k].shift;
		rows[0] = keys;
		if (width == 2)
			rows[1] = ((cells[nkeys][row] & at[nkeys].mask) ^ at[nkeys].flip) << at[nkeys].shift;
	}
}

/* False: the rows are not such rows. */
static bool
pack_words(const struct eval_packing *p, uint32_t ncolumns, const struct ir_cells *columns, const uint32_t *from, uint32_t n, uint64_t *rows)
{
	uint32_t nkeys = ncolumns + 1 - p->width;

	if (p->nkeys != 1 || p->width > 2 || nkeys < 1 || nkeys > 3)
		return false;
	for (uint32_t k = 0; k < ncolumns; k++)
		if (columns[k].bytes != 8 || columns[k].stride != 8)
			return false;
	switch (nkeys * 2 + p->width) {
	case 3: pack_rows(p->places, columns, from, n, rows, 1, 1); break;
	case 4: pack_rows(p->places, columns, from, n, rows, 1, 2); break;
	case 5: pack_rows(p->places, columns, from, n, rows, 2, 1); break;
	case 6: pack_rows(p->places, columns, from, n, rows, 2, 2); break;
	case 7: pack_rows(p->places, columns, from, n, rows, 3, 1); break;
	default: pack_rows(p->places, columns, from, n, rows, 3, 2); break;
	}
	return true;
}

/* A few rows at a time: their lines of the cache come together, and are still there for the next column. */
void
eval_pack_columns(const struct eval_packing *p, uint32_t ncolumns, const struct ir_cells *columns, const uint32_t *from, uint32_t n,
		  uint64_t *rows)
{
	if (pack_words(p, ncolumns, columns, from, n, rows))
		return;
	for (uint32_t first = 0; first < n; first += PACKED) {
		uint32_t some = n - first < PACKED ? n - first : PACKED;

		if (from)
			ask_for(&columns[0], from + first, some);
		for (uint32_t i = 0; i < ncolumns; i++)
			pack_column(&p->places[i], &columns[i], from, first, some, p->width, eval_is_first(p, i),
				    rows + (size_t)first * p->width);
	}
}

void
eval_unpack(const struct eval_packing *p, uint32_t n, const uint64_t *row, eval_cell *cells)
{
	for (uint32_t i = 0; i < n; i++)
		cells[i] = eval_packed_cell(&p->places[i], row);
}

bool
eval_packed_same(const struct eval_packing *p, uint32_t nkeys, const uint64_t *a, const uint64_t *b)
{
	const struct eval_place *end = &p->places[nkeys]; /* the first bits that don't count are its highest */
	uint32_t whole = end->word;
	uint64_t below = end->mask << end->shift;

	for (uint32_t i = 0; i < whole; i++)
		if (a[i] != b[i])
			return false;
	return !((a[whole] ^ b[whole]) & ~(below | (below - 1)));
}

static void
make_room(struct eval_rows *r, const struct eval_fold *f, struct eval_scratch *s, uint32_t n)
{
	uint32_t width = f->packing.width;

	if (r->n - r->settled >= (f->sieve.limit ? SIEVED : MANY) && (!r->crowded || r->n >= 4 * r->settled))
		eval_rows_settle(r, f, s);
	if (r->n <= r->cap / 2 && r->cap - r->n >= n)
		return;
	if (r->cap >= UINT32_MAX / 4)
		bug("an epoch of more than %u rows", r->cap);
	r->cap = r->cap ? r->cap * 2 : 8;
	r->cap = r->cap < r->n + n ? r->n + n : r->cap;
	r->words = alloc_again(r->words, (size_t)r->cap * (width ? width : 1), sizeof(*r->words));
}

uint64_t *
eval_rows_put(struct eval_rows *r, const struct eval_fold *f, struct eval_scratch *s, uint32_t n)
{
	if (r->n && !r->loose)
		bug("rows are either looked up or loose");
	r->loose = true;
	if (r->cap - r->n < n)
		make_room(r, f, s, n);
	r->n += n;
	r->unique = false;
	return r->words + (size_t)(r->n - n) * f->packing.width;
}

/* --- order ------------------------------------------------------------------------------------ */

/* Records of `size` words, the first of which they are sorted by. False: it would take more than `most` moves; records of one key are as they were. */
static inline __attribute__((always_inline)) bool
insertion(uint64_t *v, uint32_t n, const uint32_t size, uint64_t most)
{
	for (uint32_t i = 1; i < n; i++) {
		uint64_t key = v[i * size], rest = size > 1 ? v[i * size + 1] : 0;
		uint32_t at = i;

		for (; at && v[(at - 1) * size] > key; at--)
			for (uint32_t k = 0; k < size; k++)
				v[at * size + k] = v[(at - 1) * size + k];
		v[at * size] = key;
		if (size > 1)
			v[at * size + 1] = rest;
		if (i - at > most)
			return false;
		most -= i - at;
	}
	return true;
}

/* By the digits of `differ`, the last one first. Returns where the result is: v or spare. */
static inline __attribute__((always_inline)) uint64_t *
by_digits(uint64_t *v, uint64_t *spare, uint32_t n, const uint32_t size, uint64_t differ)
{
	while (differ) {
		uint32_t at[1 << DIGIT] = { 0 }, sum = 0, shift = (uint32_t)__builtin_ctzll(differ);
		uint64_t *to = spare;

		for (uint32_t i = 0; i < n; i++)
			at[v[i * size] >> shift & ((1 << DIGIT) - 1)]++;
		for (uint32_t i = 0; i < 1 << DIGIT; i++) {
			uint32_t count = at[i];

			at[i] = sum;
			sum += count;
		}
		for (uint32_t i = 0; i < n; i++) {
			size_t place = (size_t)at[v[i * size] >> shift & ((1 << DIGIT) - 1)]++ * size;

			for (uint32_t k = 0; k < size; k++)
				to[place + k] = v[i * size + k];
		}
		differ = shift + DIGIT < 64 ? differ >> (shift + DIGIT) << (shift + DIGIT) : 0;
		spare = v;
		v = to;
	}
	return v;
}

/* The highest bits in which keys differ put nearly all in their places; if they don't, all bits are looked at. */
static inline __attribute__((always_inline)) uint64_t *
sort(uint64_t *v, uint64_t *spare, uint32_t n, const uint32_t size)
{
	uint64_t differ = 0, high, *sorted;

	if (n <= FEW) {
		insertion(v, n, size, UINT64_MAX);
		return v;
	}
	for (uint32_t i = 1; i < n; i++)
		differ |= v[i * size] ^ v[0];
	high = differ ? differ & ~(UINT64_MAX >> __builtin_clzll(differ) >> HIGH) : 0;
	sorted = by_digits(v, spare, n, size, high);
	if (high == differ || insertion(sorted, n, size, 8 * (uint64_t)n))
		return sorted;
	return by_digits(sorted, sorted == v ? spare : v, n, size, differ);
}

bool
eval_words_ordered(const struct eval_rows *r, const struct eval_packing *p)
{
	const uint64_t *a = r->words, *end = a + (size_t)(r->n - 1) * p->width;

	for (; a < end; a += p->width) {
		uint32_t i = 0;

		while (i < p->nkeys && a[i] == a[i + p->width])
			i++;
		if (i < p->nkeys && a[i] > a[i + p->width])
			return false;
	}
	return true;
}

/* Pairs of a word and a row's number, in the order of the rows' keys: sorted by each word of the keys, the last one first. */
static const uint64_t *
rank(const struct eval_rows *r, const struct eval_packing *p, struct eval_scratch *s)
{
	uint64_t *v, *spare;

	if (s->nranked < 4 * (size_t)r->n) {
		s->nranked = 4 * (size_t)r->cap;
		s->ranked = alloc_again(s->ranked, s->nranked, sizeof(*s->ranked));
	}
	v = s->ranked;
	for (uint32_t i = 0; i < r->n; i++)
		v[2 * i + 1] = i;
	for (uint32_t word = p->nkeys; word-- > 0;) {
		for (uint32_t i = 0; i < r->n; i++)
			v[2 * i] = r->words[v[2 * i + 1] * p->width + word];
		spare = v == s->ranked ? s->ranked + 2 * (size_t)r->n : s->ranked;
		v = sort(v, spare, r->n, 2);
	}
	return v;
}

static void
swap(struct eval_rows *r, const struct eval_packing *p, struct eval_scratch *s)
{
	uint64_t *old = r->words;
	size_t room = (size_t)r->cap * p->width;

	r->words = s->words;
	r->cap = (uint32_t)(s->nwords / p->width);
	s->words = old;
	s->nwords = room;
}

void
eval_words_order(struct eval_rows *r, const struct eval_packing *p, struct eval_scratch *s)
{
	size_t room = (size_t)r->cap * p->width;
	const uint64_t *ranked;

	if (s->nwords < room) {
		s->nwords = room;
		s->words = alloc_again(s->words, room, sizeof(*s->words));
	}
	if (p->nkeys <= 1 && p->width <= 2) {
		const uint64_t *sorted = p->width == 1 ? sort(r->words, s->words, r->n, 1) : sort(r->words, s->words, r->n, 2);

		if (sorted == s->words)
			swap(r, p, s);
		return;
	}
	ranked = rank(r, p, s);
	for (uint32_t i = 0; i < r->n; i++)
		for (uint32_t k = 0; k < p->width; k++)
			s->words[(size_t)i * p->width + k] = r->words[ranked[2 * i + 1] * p->width + k];
	swap(r, p, s);
}
