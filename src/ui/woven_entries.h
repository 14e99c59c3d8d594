/* woven_entries.h - files of table entries for a woven program on a switch that is not ours: with the parameters that the weaver added to
 * actions (docs/manifest.md, "Extras"), which the embedded switch fills in by itself. */
#ifndef UI_WOVEN_ENTRIES_H
#define UI_WOVEN_ENTRIES_H

#include "ui/compile.h"

/* Writes the files (commands of simple_switch_CLI, or a runtime.json of the P4 tutorials: then it is the only one) with those parameters.
 * Handles are counted as a switch without entries gives them out. False after errors in c->diags. */
bool woven_entries_write(FILE *out, struct compilation *c, const char **paths);

#endif
