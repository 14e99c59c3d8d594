/* json_tree.h - a tree of JSON with the places of everything, so that mistakes in it can be shown. It lives in the arena; its
 * texts do too, or in the source. */
#ifndef BASE_JSON_TREE_H
#define BASE_JSON_TREE_H

#include "base/diag.h"
#include "base/json.h"

struct arena;

struct json_name {
	struct str text;
	struct span at;
};

struct json_tree {
	enum json_kind kind;
	struct span at;
	struct str text;	   /* numbers, booleans: as written; strings: without escapes */
	struct json_tree **items;  /* of an array, or an object's values */
	struct json_name *names;   /* of an object's members */
	uint32_t n, cap, names_cap;
};

/* NULL: reported. */
struct json_tree *json_tree_read(struct arena *a, struct diags *d, const struct source *text);
/* "an object" */
const char *json_kind_name(enum json_kind kind);
/* False: reported; `what` begins the message. */
bool json_expect(struct diags *d, const struct json_tree *j, enum json_kind kind, const char *what);
/* The value of an object's member; NULL: there is none. */
struct json_tree *json_find(const struct json_tree *j, const char *name);
/* The same, but its absence is reported. */
struct json_tree *json_require(struct diags *d, const struct json_tree *j, const char *name, const char *what);
/* Reports members that are unknown or come twice. Names with '_' in front, and "comment", are remarks. At most 8 are known. */
void json_check_members(struct diags *d, const struct json_tree *j, const char *const *known, uint32_t n, const char *what);

#endif
