/* reading.h - what the readers of entries share. Inside the switch only. */
#ifndef SWITCH_READING_H
#define SWITCH_READING_H

#include "base/vec.h"
#include "switch/entries.h"

#define SW_ENTRIES_ERRORS 500 /* after so many a file is given up */

/* cli.c, runtime_json.c: errors are reported, right commands are added. */
void sw_cli_read(struct arena *a, struct diags *d, const struct source *text, struct sw_commands *ret);
void sw_runtime_json_read(struct arena *a, struct diags *d, const struct source *text, struct sw_commands *ret);

/* --- value.c --- */

/* Writes the value of `arg` as a native integer of `size` bytes with `width` bits. `what` is for messages:
 * "parameter 'port'". False: reported. */
bool sw_value(struct arena *a, struct diags *d, struct sw_arg arg, uint32_t width, bool is_signed, const char *what,
	void *to, uint32_t size);
/* A number from 0 to max. */
bool sw_number(struct arena *a, struct diags *d, struct sw_arg arg, uint64_t max, const char *what, uint64_t *ret);
/* A meter's RATE:BURST, rate as a decimal fraction. */
bool sw_rate_value(struct diags *d, struct sw_arg arg, struct sw_rate *ret);

#endif
