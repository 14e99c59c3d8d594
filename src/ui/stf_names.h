/* stf_names.h - names and values of a test, as its language reads them, become those of the switch's commands. */
#ifndef UI_STF_NAMES_H
#define UI_STF_NAMES_H

#include "base/big.h"
#include "ui/stf_parse.h"

/* The command that an `add` or `setdefault` stands for. Names that aren't found stay as they are: who carries the command out
 * reports them. False: something else is wrong, and reported. */
bool stf_resolve(struct arena *a, struct diags *d, const struct ps_program *p, const struct stf_statement *s,
		 struct sw_command *ret);
/* Its table; -1: there is none. */
int stf_table(const struct ps_program *p, struct str name);
/* 12, 0x1f, 0b1, 0o7, -3; false after an error. */
bool stf_number(struct arena *a, struct diags *d, struct sw_arg arg, struct big *ret);

#endif
