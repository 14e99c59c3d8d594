/* model.h - a model of a switch: how many stages its pipelines have and what each of them holds. Read from a file
 * (targets/NAME.toml); numbers that a file leaves out are unlimited. */
#ifndef PLAN_MODEL_H
#define PLAN_MODEL_H

#include "base/diag.h"
#include "base/source.h"

#define MODEL_UNLIMITED UINT64_MAX

struct plan_model {
	struct str name, text;
	bool shared; /* ingress and egress use the same stages' resources, each of them all stages */
	/* numbers; MODEL_UNLIMITED where there is no limit */
	uint64_t ingress_stages, egress_stages;
	uint64_t tables, stateful_units, register_bits, hash_bits, sram_bits, tcam_bits; /* of a stage */
	uint64_t one_register_bits; /* of one array */
	uint64_t phv_bits;	    /* headers, metadata and tags of a packet together */
	bool prefixes_in_sram;	    /* longest-prefix tables are looked up by an algorithm, not in TCAM */
};

/* A target by its name (a file of the installed ones), or a file's path: what contains a '/' or ends in ".toml". False after
 * errors in `d`. */
bool plan_model_read(struct arena *a, struct diags *d, struct str name, struct plan_model *ret);
/* The same from a text. */
bool plan_model_parse(struct arena *a, struct diags *d, const struct source *s, struct plan_model *ret);
/* Is there anything that a plan could run into? */
bool plan_model_limits(const struct plan_model *m);

#endif
