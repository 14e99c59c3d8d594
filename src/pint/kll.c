/* kll.c - the KLL sketch of quantiles over codes.
 *
 * The levels lie side by side in one array, the lowest in front, behind the free room. What the top
 * level may hold follows from the room and the number of levels, so the room is always used to the
 * full.
 */
#include "packetscope/pint_values.h"
#include "pint/rank.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

size_t
pint_kll_bytes(uint32_t room)
{
	room = room < PINT_KLL_ROOM_MIN	  ? PINT_KLL_ROOM_MIN
	       : room > PINT_KLL_ROOM_MAX ? PINT_KLL_ROOM_MAX
					  : room;
	return (sizeof(struct pint_kll) + room * sizeof(uint16_t) + 7) & ~(size_t)7;
}

void
pint_kll_init(struct pint_kll *s, uint32_t room, uint32_t seed)
{
	room = room < PINT_KLL_ROOM_MIN	  ? PINT_KLL_ROOM_MIN
	       : room > PINT_KLL_ROOM_MAX ? PINT_KLL_ROOM_MAX
					  : room;
	*s = (struct pint_kll){
		.random = seed, .room = (uint16_t)room, .top = (uint16_t)room, .levels = 1
	};
	s->start[0] = s->start[1] = s->room;
}

/* What the level below one that may hold `n` may hold; never less than 2. */
static uint32_t
below(uint32_t n)
{
	return (2 * n + 2) / 3;
}

static uint32_t
sum_of_levels(uint32_t top, uint32_t levels)
{
	uint32_t sum = 0;

	for (uint32_t h = 0; h < levels; h++, top = below(top))
		sum += top;
	return sum;
}

static void
add_level(struct pint_kll *s)
{
	s->start[++s->levels] = s->room;
	while (s->top > 2 && sum_of_levels(s->top, s->levels) > s->room)
		s->top--;
}

/* All levels together may hold no more than there is room for: with no room left, one is full. */
static uint32_t
lowest_full(const struct pint_kll *s)
{
	uint32_t may[PINT_KLL_LEVELS] = { 0 }, h;

	may[s->levels - 1] = s->top;
	for (h = s->levels - 1u; h > 0; h--)
		may[h - 1] = below(may[h]);
	while (h + 1u < s->levels && (uint32_t)s->start[h + 1] - s->start[h] < may[h])
		h++;
	return h;
}

/* Pairs of draws are opposite: their errors cancel or leave one's. */
static uint32_t
draw(struct pint_kll *s, uint32_t h)
{
	uint32_t bit = 1u << h;

	s->turn ^= bit;
	if (!(s->turn & bit))
		return s->odd & bit ? 0 : 1;
	s->random = pint_mix(s->random + 0x9e3779b9u);
	s->odd = (s->odd & ~bit) | (s->random >> 31) << h;
	s->variance += (double)(1ull << 2 * h);
	return s->random >> 31;
}

static int
by_code(const void *a, const void *b)
{
	return *(const uint16_t *)a - *(const uint16_t *)b;
}

/* Half of the level moves to the next one, to be its lower end; of an odd number the smallest
 * stays. The levels below move up into the room that is left. */
static void
compact(struct pint_kll *s, uint32_t h)
{
	uint32_t size = (uint32_t)s->start[h + 1] - s->start[h], stays = size & 1, half = size / 2,
		 kept;
	uint16_t *level = s->codes + s->start[h] + stays, *up = level + half;

	if (h + 1u == s->levels)
		add_level(s);
	qsort(s->codes + s->start[h], size, sizeof(*s->codes), by_code);
	kept = draw(s, h);
	for (uint32_t i = half; i-- > 0;)
		up[i] = level[2 * i + kept];
	memmove(s->codes + s->start[0] + half, s->codes + s->start[0],
		(s->start[h] + stays - s->start[0]) * sizeof(*s->codes));
	s->start[h + 1] = (uint16_t)(s->start[h + 1] - half);
	for (uint32_t i = 0; i <= h; i++)
		s->start[i] = (uint16_t)(s->start[i] + half);
}

static void
insert(struct pint_kll *s, uint32_t h, uint16_t code)
{
	if (!s->start[0])
		compact(s, lowest_full(s));
	memmove(s->codes + s->start[0] - 1, s->codes + s->start[0],
		(size_t)(s->start[h] - s->start[0]) * sizeof(*s->codes));
	for (uint32_t i = 0; i <= h; i++)
		s->start[i]--;
	s->codes[s->start[h]] = code;
}

void
pint_kll_add(struct pint_kll *s, uint16_t code)
{
	if (s->n == UINT32_MAX)
		return;
	s->n++;
	insert(s, 0, code);
}

bool
pint_kll_merge(struct pint_kll *s, const struct pint_kll *from)
{
	if (from->n > UINT32_MAX - s->n)
		return false;
	while (s->levels < from->levels)
		add_level(s);
	for (uint32_t h = 0; h < from->levels; h++)
		for (uint32_t i = from->start[h]; i < from->start[h + 1]; i++)
			insert(s, h, from->codes[i]);
	s->n += from->n;
	s->variance += from->variance;
	return true;
}

uint64_t
pint_kll_rank(const struct pint_kll *s, uint32_t code)
{
	uint64_t rank = 0;

	for (uint32_t h = 0; h < s->levels; h++) {
		uint64_t found = 0;

		for (uint32_t i = s->start[h]; i < s->start[h + 1]; i++)
			found += s->codes[i] <= code;
		rank += found << h;
	}
	return rank;
}

static uint64_t
rank_of(const void *s, uint32_t code)
{
	return pint_kll_rank(s, code);
}

uint32_t
pint_kll_quantile(const struct pint_kll *s, double phi)
{
	return pint_rank_quantile(rank_of, s, PINT_SCALE_BITS, s->n, phi);
}

double
pint_kll_error(const struct pint_kll *s, double doubt)
{
	return pint_rank_error(s->variance, s->n, doubt);
}

double
pint_rank_wanted(uint64_t n, double phi)
{
	return phi > 0 ? ceil(fmin(phi, 1) * (double)n) : 1;
}

uint32_t
pint_rank_quantile(pint_rank *rank, const void *of, uint32_t bits, uint64_t n, double phi)
{
	uint32_t low = 0, high = (1u << bits) - 1;
	double wanted = pint_rank_wanted(n, phi);

	if (!n)
		return 0;
	while (low < high) {
		uint32_t middle = low + (high - low) / 2;

		if ((double)rank(of, middle) >= wanted)
			high = middle;
		else
			low = middle + 1;
	}
	return low;
}

double
pint_rank_error(double variance, uint64_t n, double doubt)
{
	return variance > 0 ? fmin(1, sqrt(2 * variance * log(2 / doubt)) / (double)n) : 0;
}
