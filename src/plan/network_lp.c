/* network_lp.c - the linear program: over the largest sets of queries that fit the budget, each with its share of the packets.
 *
 *	sum of x_S = 1,   for each query q: sum of x_S with q in S = f_q (1 + even) + more_q,   all of them >= 0
 *
 * A small dense simplex of our own rather than a solver: there are at most 17 rows, it is the same on every machine, and it works where no
 * solver is installed. Three aims one after the other, each among the best for those before: nobody lacks anything; `even`, by which all get more in
 * proportion, is large; the sum of all shares is. */
#include <math.h>
#include <stdlib.h>

#include "plan/network.h"

#define EPS 1e-9
#define ROWS_MAX (IR_NETWORK_QUERIES + 1)
#define PIVOTS_DANTZIG 2000 /* after these, the rule that can't go round in circles */
#define WHOLE 4294967296.0

struct simplex {
	uint32_t n;	     /* queries; rows 0..n-1 are theirs, row n is the packets' */
	uint32_t nsets, columns;
	uint32_t *sets;	     /* columns 0..nsets-1 */
	double *cells;	     /* (n + 1) rows of columns + 1: the last one is the right-hand side */
	double *gain;	     /* of the aim, per column */
	bool *barred;	     /* columns that stay 0 */
	uint32_t basis[ROWS_MAX];
};

/* Columns behind the sets. */
static uint32_t
more(const struct simplex *s, uint32_t q)
{
	return s->nsets + q;
}

static uint32_t
lacking(const struct simplex *s, uint32_t q)
{
	return s->nsets + s->n + q;
}

static uint32_t
idle(const struct simplex *s) /* packets that carry nothing */
{
	return s->nsets + 2 * s->n;
}

static uint32_t
even(const struct simplex *s)
{
	return s->nsets + 2 * s->n + 1;
}

static double *
row(const struct simplex *s, uint32_t r)
{
	return s->cells + (size_t)r * (s->columns + 1);
}

static uint32_t
weight(const struct plan_network_need *needs, uint32_t n, uint32_t set)
{
	uint32_t bits = 0;

	for (uint32_t q = 0; q < n; q++)
		bits += set >> q & 1 ? needs[q].bits : 0;
	return bits;
}

static bool
is_largest(const struct plan_network_need *needs, uint32_t n, uint32_t budget, uint32_t set)
{
	uint32_t bits = weight(needs, n, set);

	if (bits > budget)
		return false;
	for (uint32_t q = 0; q < n; q++)
		if (!(set >> q & 1) && bits + needs[q].bits <= budget)
			return false;
	return true;
}

static void
find_sets(struct arena *a, struct simplex *s, const struct plan_network_need *needs, uint32_t budget)
{
	for (uint32_t pass = 0; pass < 2; pass++) {
		s->nsets = 0;
		for (uint32_t set = 1; set < 1u << s->n; set++)
			if (is_largest(needs, s->n, budget, set)) {
				if (pass)
					s->sets[s->nsets] = set;
				s->nsets++;
			}
		if (!pass)
			s->sets = arena_array(a, uint32_t, s->nsets + 1);
	}
}

static void
fill(struct arena *a, struct simplex *s, const struct plan_network_need *needs)
{
	s->columns = even(s) + 1;
	s->cells = arena_array(a, double, (size_t)(s->n + 1) * (s->columns + 1));
	s->gain = arena_array(a, double, s->columns);
	s->barred = arena_array(a, bool, s->columns);
	for (uint32_t q = 0; q < s->n; q++) {
		double *r = row(s, q), share = (double)needs[q].share / WHOLE;

		for (uint32_t i = 0; i < s->nsets; i++)
			r[i] = s->sets[i] >> q & 1;
		r[more(s, q)] = -1;
		r[lacking(s, q)] = 1;
		r[even(s)] = -share;
		r[s->columns] = share;
		s->basis[q] = lacking(s, q);
	}
	for (uint32_t i = 0; i < s->nsets; i++)
		row(s, s->n)[i] = 1;
	row(s, s->n)[idle(s)] = row(s, s->n)[s->columns] = 1;
	s->basis[s->n] = idle(s);
}

static void
pivot(struct simplex *s, uint32_t at, uint32_t column)
{
	double *p = row(s, at), by = p[column];

	for (uint32_t c = 0; c <= s->columns; c++)
		p[c] /= by;
	for (uint32_t i = 0; i <= s->n; i++) {
		double *r = row(s, i), factor = r[column];

		if (i == at || factor == 0)
			continue;
		for (uint32_t c = 0; c <= s->columns; c++)
			r[c] -= factor * p[c];
		r[column] = 0;
	}
	s->basis[at] = column;
}

/* What a unit of the column adds to the aim. */
static double
worth(const struct simplex *s, uint32_t column)
{
	double w = s->gain[column];

	for (uint32_t i = 0; i <= s->n; i++)
		w -= s->gain[s->basis[i]] * row(s, i)[column];
	return w;
}

static bool
entering(const struct simplex *s, bool first, uint32_t *ret)
{
	double best = EPS;
	bool found = false;

	for (uint32_t c = 0; c < s->columns && !(found && first); c++) {
		double w = s->barred[c] ? 0 : worth(s, c);

		if (w > best + EPS) {
			best = w;
			*ret = c;
			found = true;
		}
	}
	return found;
}

/* Of equal ones the one whose column is first. */
static bool
leaving(const struct simplex *s, uint32_t column, uint32_t *ret)
{
	double least = INFINITY;

	for (uint32_t i = 0; i <= s->n; i++) {
		const double *r = row(s, i);
		double ratio;

		if (r[column] <= EPS)
			continue;
		ratio = r[s->columns] / r[column];
		if (ratio < least - EPS || (ratio < least + EPS && s->basis[i] < s->basis[*ret])) {
			least = ratio < least ? ratio : least;
			*ret = i;
		}
	}
	return least < INFINITY;
}

/* To the best for the gains; what would make it worse from here on is barred. */
static void
improve(struct simplex *s)
{
	uint32_t column = 0, at = 0;

	for (uint32_t i = 0; entering(s, i > PIVOTS_DANTZIG, &column) && leaving(s, column, &at); i++)
		pivot(s, at, column);
	for (uint32_t c = 0; c < s->columns; c++)
		s->barred[c] |= worth(s, c) < -EPS;
}

static double
value(const struct simplex *s, uint32_t column)
{
	for (uint32_t i = 0; i <= s->n; i++)
		if (s->basis[i] == column)
			return row(s, i)[s->columns];
	return 0;
}

static bool
is_lacking(const struct simplex *s, uint32_t column)
{
	return column >= lacking(s, 0) && column < idle(s);
}

/* Nobody lacks anything, and from here on nobody may: such columns leave the basis, where they are 0. */
static void
forbid_lacking(struct simplex *s)
{
	for (uint32_t i = 0; i <= s->n; i++)
		for (uint32_t c = 0; is_lacking(s, s->basis[i]) && c < s->columns; c++)
			if (!is_lacking(s, c) && fabs(row(s, i)[c]) > EPS)
				pivot(s, i, c);
	for (uint32_t c = 0; c < s->columns; c++) {
		s->barred[c] = is_lacking(s, c);
		s->gain[c] = 0;
	}
}

static bool
solve(struct simplex *s)
{
	double lack = 0;

	for (uint32_t q = 0; q < s->n; q++)
		s->gain[lacking(s, q)] = -1;
	s->barred[even(s)] = true;
	improve(s);
	for (uint32_t q = 0; q < s->n; q++)
		lack += value(s, lacking(s, q));
	if (lack > EPS * 10)
		return false;
	forbid_lacking(s);
	s->gain[even(s)] = 1;
	improve(s);
	s->gain[even(s)] = 0;
	for (uint32_t q = 0; q < s->n; q++)
		s->gain[more(s, q)] = 1;
	improve(s);
	return true;
}

/* Shares as whole numbers that make 2^32: what rounding leaves goes to the largest. */
static uint32_t
take(const struct simplex *s, struct plan_network_mix *ret)
{
	uint32_t n = 0, largest = 0;
	int64_t left = (int64_t)1 << 32;

	for (uint32_t i = 0; i < s->nsets; i++) {
		int64_t share = llround(value(s, i) * WHOLE);

		if (share <= 0)
			continue;
		ret[n] = (struct plan_network_mix){ s->sets[i], (uint64_t)share };
		left -= share;
		if (ret[n].share > ret[largest].share)
			largest = n;
		n++;
	}
	if (n)
		ret[largest].share = (uint64_t)((int64_t)ret[largest].share + left);
	return n;
}

uint32_t
plan_network_mix(struct arena *a, const struct plan_network_need *needs, uint32_t n, uint32_t budget, struct plan_network_mix *ret)
{
	struct simplex s = { .n = n };

	if (!n || n > IR_NETWORK_QUERIES)
		return 0;
	for (uint32_t q = 0; q < n; q++)
		if (needs[q].bits > budget)
			return 0;
	find_sets(a, &s, needs, budget);
	fill(a, &s, needs);
	return solve(&s) ? take(&s, ret) : 0;
}
