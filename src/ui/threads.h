/* threads.h - a run on several threads. Pieces of the input go to workers in turns; their outputs are written in the order of the
 * pieces, so that they are those of one thread, to the byte.
 */
#ifndef UI_THREADS_H
#define UI_THREADS_H

#include "ui/run_burst.h"

#define THREADS_MOST 64

/* How many threads of those asked for can run; says on stderr what hinders more than one. */
uint32_t threads_allowed(const struct session *s, bool has_queries, int asked);
/* As run_burst_drive. */
void threads_drive(struct run_burst *b, uint32_t nthreads);

#endif
