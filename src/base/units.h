/* units.h - numbers with units as people write them: 20ms, 64KB, 10Mbps, 1000pps.
 *
 * A number is digits with an optional fraction (`1.5ms`); what it stands for must be a whole
 * number of the smallest unit, so nothing is ever rounded. KB, MB and GB are powers of 1000, KiB,
 * MiB and GiB powers of 1024; upper and lower case are the same, except that durations are lower
 * case. All return false, and set nothing, when the text is wrong or the value exceeds 64 bits. */
#ifndef BASE_UNITS_H
#define BASE_UNITS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/str.h"

struct arena;

enum units { UNITS_PACKETS, UNITS_BYTES, UNITS_BITS };

/* A plain number: 1000. */
bool units_number(struct str s, uint64_t *ret);
/* A plain number with a fraction, times `scale`: 1.1 with scale 1000 is 1100. */
bool units_decimal(struct str s, uint64_t scale, uint64_t *ret);
/* ns, us, ms, s, min or h; a plain 0 needs no unit. */
bool units_duration_ns(struct str s, uint64_t *ret);
/* Bytes: 1500, 1500B, 64KB, 2MiB. */
bool units_size(struct str s, uint64_t *ret);
/* How much a queue holds: 40 or 40packets (or `packet`, `p`), or a size with its unit. */
bool units_amount(struct str s, uint64_t *ret, enum units *ret_unit);
/* Per second: 1000 or 1000pps, 5kpps (packets), 10Mbps, 1Gbps (bits). */
bool units_rate(struct str s, uint64_t *ret, enum units *ret_unit);

/* The shortest exact spelling: 1500000 is 1500us, 0 is 0s. */
struct str units_duration_text(struct arena *a, uint64_t ns);

#endif
