/* decoder.h - inside the decoders: equations over the hops of one path, and what is known of its
 * values. */
#ifndef PINT_DECODER_H
#define PINT_DECODER_H

#include "packetscope/pint.h"

/* A copy of a digest: `symbol` is the XOR of what the acting hops contributed. */
struct equation {
	uint64_t acting; /* bit i: hop i + 1 */
	uint32_t symbol;
	uint32_t key; /* hashed: the half of the value's hash that depends on the packet; raw: the
			 shift of the fragment */
};

/* Which values each hop may still have: the true ones are always among them, as long as all digests
 * come from one path. */
struct sets {
	uint64_t *bits; /* max_hops times `words` */
	uint32_t count[PINT_HOPS];
	uint32_t only[PINT_HOPS]; /* of hops with one value left: that one's index */
	uint64_t fixed;		  /* these hops */
	uint64_t excluded; /* those whose values were taken from all other hops (simple paths) */
};

#define LEVELS 4 /* guesses on top of each other */

struct pint_decoder {
	struct pint_code code;
	struct pint_options options;
	struct pint_universe universe; /* our own copy; n == 0: none */
	uint32_t words;		       /* of 64 values */
	uint32_t digest_bits, record_bytes, path_bytes;
	double path_bits[PINT_HOPS + 1]; /* log2 of the number of paths of so many hops */
	double doubt_bits[PINT_HOPS + 1]; /* by which a packet makes a path of so many hops surer */

	/* one decoding at a time */
	struct equation *equations;
	uint32_t nequations, room;
	uint32_t hops;
	struct sets levels[LEVELS];
	uint64_t *reach;    /* `words` */
	uint32_t *path;	    /* the first solution: indices of values, or raw values */
	uint32_t solutions; /* more than 1: at least two */
	uint32_t nodes;	    /* guesses left */
	bool gave_up;	    /* not all guesses were tried */
};

static inline uint64_t
all_hops(const struct pint_decoder *d)
{
	return UINT64_MAX >> (64 - d->hops);
}

/* What a hop with this value contributes to the equation: pint_symbol. */
static inline uint32_t
symbol_of(const struct pint_decoder *d, const struct equation *e, uint32_t value)
{
	if (!d->code.fragments)
		return pint_mix(e->key ^ value) >> (32 - d->code.bits);
	return value >> e->key & (UINT32_MAX >> (32 - d->code.bits));
}

/* decoder.c: begins a path, takes a digest (at most max_records), and says what is known: d->path
 * if the answer is PINT_DECODED; PINT_CHANGED if no path fits. */
void pint_begin(struct pint_decoder *d, uint32_t hops);
void pint_take(struct pint_decoder *d, struct pint_digest r);
enum pint_result pint_solve(struct pint_decoder *d);

/* solve.c: the same, without asking whether there are enough digests. */
enum pint_result pint_solve_sets(struct pint_decoder *d);
enum pint_result pint_solve_raw(struct pint_decoder *d);
/* What is known of single hops without guessing, in levels[0]. False: no path fits. */
bool pint_narrow_sets(struct pint_decoder *d);

/* sure.c: d->doubt_bits */
void pint_count_doubt(struct pint_decoder *d);

/* narrow.c: narrows the sets down by all equations and links that see one of the changed hops,
 * until nothing changes any more. False: no path fits. */
bool pint_narrow(struct pint_decoder *d, struct sets *s, uint64_t changed);

#endif
