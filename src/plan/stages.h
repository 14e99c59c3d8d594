/* stages.h - where the user's own program sits in a switch's stages: its tables, and the code outside of tables, as logical tables in
 * order, each behind those that it depends on. Queries get what it leaves.
 *
 * Dependencies (RMT's): a table that matches on, or is guarded by, what an earlier one writes comes in a later stage (match); so does one
 * that writes or reads in its actions what an earlier one's actions write (action); one that writes what an earlier one reads, or
 * runs only depending on the earlier one's result, may share its stage but not come before it (reverse, successor). Tables of which a
 * packet meets only one don't depend on each other.
 */
#ifndef PLAN_STAGES_H
#define PLAN_STAGES_H

#include "plan/model.h"
#include "plan/partition.h"
#include "plan/program.h"

enum stages_dependency { STAGES_NONE, STAGES_SUCCESSOR, STAGES_REVERSE, STAGES_ACTION, STAGES_MATCH };
extern const char *const stages_dependency_words[];

struct stages_item {
	struct str name; /* control-plane name of a table; "CONTROL:LINE" for code outside of tables */
	bool is_table;
	uint32_t key_bits, entries;
	const char *match; /* "exact", "lpm", "ternary"; "" without keys */
	uint64_t sram_bits, tcam_bits, hash_bits;
	uint32_t units;		 /* counters, meters, registers */
	uint64_t register_bits;
	uint32_t first, last;	 /* stages; large tables span several */
	enum stages_dependency why; /* what put it behind `behind` */
	int32_t behind;		 /* item; -1: none */
};

struct stages_pipe {
	VEC(struct stages_item) items;
	uint32_t used; /* stages */
	struct part_stage *left; /* of each stage; the same for both pipelines when they share */
	uint32_t nstages;
};

struct stages {
	struct stages_pipe pipes[PART_PIPES];
	uint32_t header_bits, metadata_bits; /* what the program's own packets take of the PHV */
	bool fits;
	struct str problem; /* the first thing that does not fit: a sentence */
};

void stages_place(struct arena *a, const struct plan_program *p, const struct plan_model *m, struct stages *ret);

#endif
