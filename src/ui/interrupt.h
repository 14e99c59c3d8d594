/* interrupt.h - SIGINT and SIGTERM end a command in order: it looks now and then, finishes what it has
 * begun and reports it. The one thing of a process that is global, as signals are. */
#ifndef UI_INTERRUPT_H
#define UI_INTERRUPT_H

#include <stdbool.h>

/* From now on a signal only sets the flag. A reader of our output that went away is an error of
 * writing, not the end of the process. Waiting calls (poll, nanosleep) return early, reads and writes go on. */
void interrupt_catch(void);
/* As a signal would. */
void interrupt(void);
bool interrupted(void);

#endif
