/* diag.h - what the user did wrong, collected and printed in one go, in order of place.
 *
 * The user's mistake is diag_error (returns; the caller goes on with something harmless); our
 * own mistake is bug() (never returns). There is no third kind in the compiler.
 *
 * Printed form:
 *   router.p4:12:9: error: no field 'dstAdr' in header ipv4_t
 *      12 |   hdr.ipv4.dstAdr = x;
 *         |            ^~~~~~
 *   hint: did you mean 'dstAddr'?
 */
#ifndef BASE_DIAG_H
#define BASE_DIAG_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "base/source.h"

struct diags;

#define DIAG_LIMIT 20 /* errors printed in one run; the rest are counted */

struct diags *diags_make(struct arena *a, struct sources *s);
struct sources *diags_sources(struct diags *d);

void diag_error(struct diags *d, struct span at, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
void diag_warn(struct diags *d, struct span at, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
/* A second place or a hint for the error or warning reported last. */
void diag_note(struct diags *d, struct span at, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
void diag_hint(struct diags *d, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* "did you mean 'X'?" when one of the candidates is near; nothing otherwise. */
void diag_nearest(struct diags *d, struct str wrong, const struct str *candidates, uint32_t n);

/* Marks the warnings' suppression: same place and text is reported once anyway. */
uint32_t diag_errors(const struct diags *d);
uint32_t diag_warnings(const struct diags *d);
/* Prints everything reported since the last print. */
void diags_print(struct diags *d, FILE *out);

/* Our own bug: prints file, line and the text, and aborts. */
#define bug(...) bug_at(__FILE__, __LINE__, __VA_ARGS__)
_Noreturn void bug_at(const char *file, int line, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

#endif
