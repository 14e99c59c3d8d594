#include "base/random.h"

__extension__ typedef unsigned __int128 u128;

/* splitmix64 turns a seed of any quality into a good state. */
static uint64_t
splitmix(uint64_t *state)
{
	uint64_t z = *state += 0x9e3779b97f4a7c15u;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
	z = (z ^ z >> 27) * 0x94d049bb133111ebu;
	return z ^ z >> 31;
}

void
random_init(struct random *r, uint64_t seed, uint64_t stream)
{
	uint64_t state = splitmix(&seed) + stream * 0xd1342543de82ef95u;

	for (int i = 0; i < 4; i++)
		r->s[i] = splitmix(&state);
}

static uint64_t
rotate(uint64_t v, int bits)
{
	return v << bits | v >> (64 - bits);
}

uint64_t
random_u64(struct random *r)
{
	uint64_t result = rotate(r->s[1] * 5, 7) * 9, t = r->s[1] << 17;

	r->s[2] ^= r->s[0];
	r->s[3] ^= r->s[1];
	r->s[1] ^= r->s[2];
	r->s[0] ^= r->s[3];
	r->s[2] ^= t;
	r->s[3] = rotate(r->s[3], 45);
	return result;
}

/* The high half of a product: its bias is n in 2^64, which no capture can show. */
uint64_t
random_below(struct random *r, uint64_t n)
{
	return (uint64_t)((u128)random_u64(r) * n >> 64);
}

bool
random_percent(struct random *r, uint32_t percent)
{
	return random_below(r, 100) < percent;
}

/* Von Neumann's method, which only compares: a logarithm may differ between machines. Draw
 * numbers while they fall; after a run of odd length the first one is the fraction, and every run
 * of even length adds one to the whole part. */
uint64_t
random_exponential(struct random *r)
{
	for (uint64_t whole = 0;; whole++) {
		uint64_t first = random_u64(r), last = first, next, length = 1;

		while ((next = random_u64(r)) < last) {
			last = next;
			length++;
		}
		if (length % 2)
			return whole << 32 | first >> 32;
	}
}
