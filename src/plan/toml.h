/* toml.h - a small, strict reader of the part of TOML that targets are described in: comments, [table]s, and `key = value` with
 * whole numbers (also 1_000), strings in double quotes, true and false. Everything else is an error with its place. */
#ifndef PLAN_TOML_H
#define PLAN_TOML_H

#include "base/diag.h"
#include "base/vec.h"

enum toml_kind { TOML_INT, TOML_STRING, TOML_BOOL };

struct toml_entry {
	struct str table, key; /* table "": before the first one */
	enum toml_kind kind;
	uint64_t number; /* INT; BOOL: 0, 1 */
	struct str text; /* STRING */
	struct span key_at, value_at;
};

struct toml {
	VEC(struct toml_entry) entries;
	VEC(struct toml_entry) tables; /* .table, .key_at */
};

/* False after errors in `d`. Lives in `a`. */
bool toml_read(struct arena *a, struct diags *d, const struct source *s, struct toml *ret);

#endif
