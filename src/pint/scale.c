/* scale.c - the marks of scales, from bits and a range. */
#include "packetscope/pint_values.h"

/* growth: how much of a mark the next one is more, 32 fractional bits. */
static uint64_t
multiplied(uint64_t mark, uint64_t growth)
{
	uint64_t more = mark * (growth >> 32) + (mark * (growth & UINT32_MAX) >> 32);

	return mark + (more ? more : 1);
}

static uint64_t
next(const struct pint_range *r, uint64_t mark, uint64_t growth)
{
	mark = r->spacing == PINT_ADDITIVE ? mark + growth : multiplied(mark, growth);
	return mark < r->max ? mark : r->max;
}

static bool
reaches(const struct pint_range *r, uint64_t growth)
{
	uint64_t mark = r->min;

	for (uint32_t c = 1; c < 1u << r->bits && mark < r->max; c++)
		mark = next(r, mark, growth);
	return mark == r->max;
}

/* The least with which the marks reach the range's end; they do with UINT64_MAX. */
static uint64_t
least_growth(const struct pint_range *r)
{
	uint64_t low = 0, high = UINT64_MAX;

	while (low < high) {
		uint64_t middle = low + (high - low) / 2;

		if (reaches(r, middle))
			high = middle;
		else
			low = middle + 1;
	}
	return low;
}

static uint64_t
step(const struct pint_range *r)
{
	uint64_t marks = (1u << r->bits) - 1;

	return (r->max - r->min + marks - 1) / marks;
}

/* The least value that is at least as near to `high` as to `low`: by ratio that is value^2 >= low *
 * high. */
static uint32_t
between(const struct pint_range *r, uint32_t low, uint32_t high)
{
	uint64_t product = (uint64_t)low * high;
	uint32_t from = low + 1;

	if (r->spacing == PINT_ADDITIVE)
		return low + (high - low + 1) / 2;
	while (from < high) {
		uint32_t middle = from + (high - from) / 2;

		if ((uint64_t)middle * middle >= product)
			high = middle;
		else
			from = middle + 1;
	}
	return from;
}

bool
pint_scale_make(struct pint_scale *s, const struct pint_range *range, uint32_t *room)
{
	uint32_t *from, n = 0;
	uint64_t growth, mark = range->min;

	if (!range->bits || range->bits > PINT_SCALE_BITS || range->min >= range->max)
		return false;
	if (range->spacing == PINT_MULTIPLICATIVE && !reaches(range, UINT64_MAX))
		return false;
	growth = range->spacing == PINT_ADDITIVE ? step(range) : least_growth(range);
	from = room + (1u << range->bits);
	for (room[n++] = range->min; mark < range->max; n++)
		room[n] = (uint32_t)(mark = next(range, mark, growth));
	for (uint32_t c = 0; c < n; c++)
		from[c] = !c || range->randomised ? room[c] : between(range, room[c - 1], room[c]);
	*s = (struct pint_scale){ .range = *range, .n = n, .value = room, .from = from };
	return true;
}

static void
worse(struct pint_error *e, uint32_t value, uint32_t decoded)
{
	uint32_t off = value > decoded ? value - decoded : decoded - value;

	if (off > e->absolute)
		e->absolute = off;
	if (value && off > e->relative * value)
		e->relative = (double)off / value;
}

/* The outermost values that a code may stand for are the worst. */
struct pint_error
pint_scale_error(const struct pint_scale *s)
{
	struct pint_error e = { 0 };

	for (uint32_t c = 0; c < s->n; c++) {
		bool last = c + 1 == s->n, spread = s->range.randomised;
		uint32_t low = c && spread ? s->value[c - 1] + 1 : s->from[c];
		uint32_t above = last ? 0 : spread ? s->value[c + 1] : s->from[c + 1];

		worse(&e, low, s->value[c]);
		worse(&e, last ? s->range.max : above - 1, s->value[c]);
	}
	return e;
}
