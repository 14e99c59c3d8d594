/* pint_values.h - values in a few bits per packet: what switches and collectors compute alike
 * (PINT).
 *
 * The encoder's half is inline and integers only, as P4 can do it: additions, subtractions,
 * multiplications and shifts of bit<64>, comparisons, and look-ups in tables that were made before.
 * A woven program computes the same to the bit. Scales, links and logarithms are made by the
 * compiler or a collector (there is floating point in these). Nothing here does I/O or has state of
 * its own; memory is the caller's throughout, nothing is allocated. docs/pint.md tells how it all
 * fits together.
 */
#ifndef PACKETSCOPE_PINT_VALUES_H
#define PACKETSCOPE_PINT_VALUES_H

#include "packetscope/pint.h"

#ifdef __cplusplus
extern "C" {
#endif

/* --- scales: values as codes --- */

/* A scale has up to 2^bits marks, value[0] = min to value[n - 1] = max, ascending; a code is the
 * number of a mark. A value is clamped to the scale first: codes saturate, they never wrap. Then c
 * is the largest code with from[c] <= value (0 if there is none).
 *
 * Nearest: that is the code; from[c] is where value[c] becomes the nearest mark, by ratio when
 * marks are multiplicative, by difference when additive.
 *
 * Randomised: from[c] is value[c] itself; the code is c + 1 iff random * (value[c + 1] - value[c])
 * < (value - value[c]) * 2^32, which fits 64 bits. Its mean is the value (to less than 2^-32 of the
 * distance of the marks).
 *
 * Multiplicative marks are (1 + eps)^2 apart, the smallest eps that reaches max, but never less
 * than 1: small values have marks of their own, and with min = 0 so has zero. The nearest mark is
 * within a factor of 1 + eps, a randomised one of (1 + eps)^2. Additive marks are `step` apart, the
 * smallest that reaches max: the nearest is within step / 2, a randomised one within step. */
enum pint_spacing { PINT_MULTIPLICATIVE, PINT_ADDITIVE };

struct pint_range {
	enum pint_spacing spacing;
	bool randomised;
	uint8_t bits;	   /* 1 to PINT_SCALE_BITS */
	uint32_t min, max; /* min < max */
};

#define PINT_SCALE_BITS 16
#define PINT_SCALE_WORDS(bits) ((size_t)2 << (bits))

struct pint_scale {
	struct pint_range range;
	uint32_t n; /* codes in use: at most 2^bits, fewer when each value has its own */
	const uint32_t *value, *from;
};

/* `room`, PINT_SCALE_WORDS(bits) words, is kept by the scale. False: the numbers are impossible (a
 * multiplicative scale of one bit from 0 reaches 1 and no further). The same range makes the same
 * scale everywhere: there are only integers in it. */
bool pint_scale_make(struct pint_scale *s, const struct pint_range *range, uint32_t *room);

/* The worst that a code does to a value from min to max: |decoded - value| / value (values of 0
 * left out), and |decoded - value|. */
struct pint_error {
	double relative;
	uint32_t absolute;
};
struct pint_error pint_scale_error(const struct pint_scale *s);

static inline uint32_t
pint_clamp(const struct pint_scale *s, uint64_t value)
{
	if (value < s->range.min)
		return s->range.min;
	return value > s->range.max ? s->range.max : (uint32_t)value;
}

/* random: hash(ROUND, pid, hop); a nearest code doesn't look at it. */
static inline uint32_t
pint_scale_code(const struct pint_scale *s, uint64_t value, uint32_t random)
{
	uint32_t v = pint_clamp(s, value), c = 0;
	uint64_t gap, above;

	for (uint32_t step = 1u << (s->range.bits - 1); step; step /= 2)
		if (c + step < s->n && s->from[c + step] <= v)
			c += step;
	if (!s->range.randomised || c + 1 == s->n)
		return c;
	gap = s->value[c + 1] - s->value[c];
	above = v - s->value[c];
	return c + (random * gap < above << 32);
}

/* Codes that no encoder writes are max. */
static inline uint32_t
pint_scale_value(const struct pint_scale *s, uint32_t code)
{
	return s->value[code < s->n ? code : s->n - 1];
}

/* --- one value of all hops --- */

/* What a packet's digest says of the values on its way. The sum is counted as Morris does: the
 * digest is the code of a sum, to which a hop adds its value and rounds anew; with a randomised
 * scale from 0 its mean is the sum, as long as that is below max. */
enum pint_fold { PINT_MAX, PINT_MIN, PINT_SUM };

/* What the source writes before the first hop. */
static inline uint32_t
pint_fold_start(const struct pint_scale *s, enum pint_fold fold)
{
	return fold == PINT_MIN ? s->n - 1 : 0;
}

/* The digest as a hop with this value leaves it. */
static inline uint32_t
pint_fold_add(const struct pint_scale *s, enum pint_fold fold, uint32_t digest, uint64_t value,
	      uint32_t random)
{
	uint32_t code;

	if (fold == PINT_SUM)
		return pint_scale_code(
			s, (uint64_t)pint_scale_value(s, digest) + pint_clamp(s, value), random);
	code = pint_scale_code(s, value, random);
	if (fold == PINT_MAX)
		return code > digest ? code : digest;
	return code < digest ? code : digest;
}

/* --- how busy a link is --- */

/* HPCC's utilisation U of an egress port, an average over about one base round trip T of the
 * network, moved on by each packet that leaves the queue, tau after the one before (at most T):
 *
 *     U <- (T - tau)/T * U  +  queue * tau / (rate * T^2)  +  bytes / (rate * T)
 *
 * `bytes` are the previous packet's. It is computed as
 *
 *     q = queue / (rate * T),   U <- U + (q - U) * tau/T + bytes / (rate * T)
 *
 * where only the product in the middle has two operands that vary: its logarithms are looked up by
 * the place of the leading bit and the 8 bits behind it. The error is a fraction of the step, not
 * of U: it doesn't add up. Below 0.55 % of |q - U|, see docs/pint.md.
 *
 * U has 32 fractional bits and saturates at PINT_LOAD_MAX; a value of a query has 16 (65536: the
 * link is just full). */

#define PINT_LOG_BITS 8
#define PINT_LOG_STEPS (1u << PINT_LOG_BITS)

/* For mantissas 1.m with m cut to 8 bits, in the middle of what was cut: */
struct pint_logs {
	uint32_t log[PINT_LOG_STEPS]; /* 2^16 * log2(1.m) */
	uint32_t exp[PINT_LOG_STEPS]; /* 2^16 * 2^(0.m) */
};
void pint_logs_make(struct pint_logs *l);

#define PINT_LOAD_MAX ((1ull << 47) - 1)
#define PINT_TIME_BITS 48

/* What a port of one rate computes with. */
struct pint_link {
	uint32_t factor; /* n bytes are n * factor >> shift of U; below 2^24, or shift is 0 */
	uint32_t shift;
	uint64_t limit;	     /* so many bytes or more are PINT_LOAD_MAX; at most 2^40 */
	uint32_t period;     /* T in ticks of the switch's clock */
	uint32_t period_log; /* 2^16 * log2(period) */
};

/* tick_ns: 1000 where clocks count microseconds. T is rounded to ticks, and is at least one. False:
 * rate or T is 0 or more than 2^32 ticks, or the port sends less than two bytes or more than 2^40
 * in T. */
bool pint_link_make(struct pint_link *l, uint64_t bits_per_second, uint64_t period_ns,
		    uint32_t tick_ns);

/* A port's state, zero at first. */
struct pint_load {
	uint64_t use;	/* U */
	uint64_t last;	/* the last packet's time, PINT_TIME_BITS */
	uint32_t bytes; /* and its length */
};

/* 2^16 * log2(x), nearly; x > 0 */
static inline uint32_t
pint_log(const struct pint_logs *l, uint64_t x)
{
	uint32_t place = 63 - (uint32_t)__builtin_clzll(x);

	return place << 16 | l->log[x << (63 - place) << 1 >> (64 - PINT_LOG_BITS)];
}

/* 2^(log / 2^16), nearly, rounded down; log < 47 * 2^16 + 2^16 */
static inline uint64_t
pint_exp(const struct pint_logs *l, uint32_t log)
{
	return (uint64_t)l->exp[(log & 0xffff) >> (16 - PINT_LOG_BITS)] << (log >> 16) >> 16;
}

static inline uint64_t
pint_link_share(const struct pint_link *k, uint64_t bytes)
{
	return bytes >= k->limit ? PINT_LOAD_MAX : bytes * k->factor >> k->shift;
}

/* distance * tau / T, nearly, tau taken as T when it is more; never more than distance */
static inline uint64_t
pint_load_step(const struct pint_logs *l, const struct pint_link *k, uint64_t distance,
	       uint64_t tau)
{
	uint64_t step;
	uint32_t log;

	if (tau >= k->period)
		return distance;
	if (!tau || !distance)
		return 0;
	log = pint_log(l, distance) + pint_log(l, tau);
	step = log < k->period_log ? 0 : pint_exp(l, log - k->period_log);
	return step < distance ? step : distance;
}

/* A packet of `bytes` leaves the queue at `now` (ticks, modulo 2^48: a clock that goes back is a
 * long pause), `queue` bytes stay behind. Returns the utilisation with 16
 * fractional bits, to be coded. */
static inline uint32_t
pint_load_packet(const struct pint_logs *l, const struct pint_link *k, struct pint_load *p,
		 uint64_t now, uint64_t queue, uint32_t bytes)
{
	uint64_t tau = (now - p->last) & ((1ull << PINT_TIME_BITS) - 1);
	uint64_t target = pint_link_share(k, queue), use = p->use;

	if (target >= use)
		use += pint_load_step(l, k, target - use, tau);
	else
		use -= pint_load_step(l, k, use - target, tau);
	use += pint_link_share(k, p->bytes);
	p->use = use < PINT_LOAD_MAX ? use : PINT_LOAD_MAX;
	p->last = now & ((1ull << PINT_TIME_BITS) - 1);
	p->bytes = bytes;
	return (uint32_t)(p->use >> 16);
}

/* 8 bits for this range are marks 5 % apart (HPCC-PINT's base): from 1/512 to 512. */
#define PINT_LOAD_RANGE(b)                                                                      \
	((struct pint_range){ PINT_MULTIPLICATIVE, .randomised = true, .bits = (b), .min = 128, \
			      .max = 512u << 16 })

/* --- quantiles in bounded space: KLL (Karnin, Lang, Liberty: Optimal Quantile Approximation in
 * Streams, 2016) --- */

/* Levels of codes; one of level h stands for 2^h values. When `room` codes are there, the lowest
 * level that is full is sorted, every other one of its codes moves up (whether the odd or the even
 * ones is drawn, and the next time the other way round), the others go. A level may hold 2/3 of
 * what the next higher one may. Up to `room` values nothing is lost. */
#define PINT_KLL_LEVELS 32
#define PINT_KLL_ROOM_MIN 64
#define PINT_KLL_ROOM_MAX 65535

struct pint_kll {
	uint32_t n;	    /* values so far; no more are taken after 2^32 - 1 */
	uint32_t random;    /* the state of the drawing */
	uint32_t turn, odd; /* by level: the second of a pair of draws, and what was drawn */
	double variance;    /* bound of the variance of a value's rank */
	uint16_t room;
	uint16_t top; /* what the top level may hold */
	uint16_t levels;
	uint16_t start[PINT_KLL_LEVELS + 1]; /* of each level in `codes`; free room is in front */
	uint16_t codes[];
};

size_t pint_kll_bytes(uint32_t room);
/* Makes an empty sketch in memory of that many bytes (aligned for double); room is clamped to what
 * is possible. */
void pint_kll_init(struct pint_kll *s, uint32_t room, uint32_t seed);
void pint_kll_add(struct pint_kll *s, uint16_t code);
/* Adds what the other has seen, as if all had been added here. False, nothing done: they are more
 * than 2^32 - 1. */
bool pint_kll_merge(struct pint_kll *s, const struct pint_kll *from);
/* About how many values are <= code. */
uint64_t pint_kll_rank(const struct pint_kll *s, uint32_t code);
/* The smallest code with a rank of at least phi * n, 0 < phi <= 1; 0 of nothing. */
uint32_t pint_kll_quantile(const struct pint_kll *s, double phi);
/* Ranks are wrong by more than this fraction of n with a probability of at most `doubt`, each
 * (Hoeffding's bound over the draws that were made, not an estimate). 0: the sketch is exact. */
double pint_kll_error(const struct pint_kll *s, double doubt);

/* --- what is kept of a flow: per hop, all values or those of a sliding window --- */

enum pint_store {
	PINT_COUNTS, /* one counter per code: exact */
	PINT_SKETCH, /* KLL */
};

/* A window slides by quarters: it holds what came in the last 3/4 of its length to its whole
 * length. */
#define PINT_PANES 4

/* How each flow of a query is kept. */
struct pint_recording {
	enum pint_store store;
	uint32_t bits, hops;
	uint32_t panes; /* PINT_PANES, or 1 without a window */
	uint64_t pane;	/* length of one */
	uint32_t room;	/* of a KLL */
	size_t pane_bytes;
	size_t bytes; /* of a flow */
};

/* The most exact way of recording codes of `bits` bits of up to `hops` hops in at most `space`
 * bytes per flow (0: 4 KiB per hop). `window` is measured as times are given to pint_recording_add:
 * ns, or numbers of values; 0: none. False: the numbers are impossible (ret->bytes is 0), or space
 * is less than ret->bytes, the least that there must be. */
bool pint_recording_make(struct pint_recording *ret, uint32_t bits, uint32_t hops, uint64_t window,
			 size_t space);
/* `flow` has r->bytes bytes, aligned as malloc does. */
void pint_recording_init(const struct pint_recording *r, void *flow, uint32_t seed);
/* Hops from 1, times ascending (earlier ones count as the latest). Codes of hops that there is no
 * room for are left out: false. */
bool pint_recording_add(const struct pint_recording *r, void *flow, uint32_t hop, uint64_t at,
			uint32_t code);
/* What of a hop is recorded: how many values; about how many are <= code; which is the smallest
 * code with phi of them below or equal; the bound of the ranks' errors as of pint_kll_error. Of
 * hops that are not there: nothing. */
uint64_t pint_recording_count(const struct pint_recording *r, const void *flow, uint32_t hop);
uint64_t pint_recording_rank(const struct pint_recording *r, const void *flow, uint32_t hop,
			     uint32_t code);
uint32_t pint_recording_quantile(const struct pint_recording *r, const void *flow, uint32_t hop,
				 double phi);
/* The value of which phi of the hop's values are below or equal, by codes of the nearest marks of
 * `s` (which has r->bits): it lies among the values of the quantile's code, as far up as the
 * quantile is among those of this code. NAN of nothing. */
double pint_recording_value(const struct pint_recording *r, const void *flow, uint32_t hop,
			    double phi, const struct pint_scale *s);
double pint_recording_error(const struct pint_recording *r, const void *flow, uint32_t hop,
			    double doubt);
/* Codes that at least a share of `theta` of a hop's values have, ascending, at most `n`; returns
 * how many. A sketch may be wrong by twice its error. */
uint32_t pint_recording_frequent(const struct pint_recording *r, const void *flow, uint32_t hop,
				 double theta, uint32_t *ret_codes, uint32_t n);

#ifdef __cplusplus
}
#endif
#endif
