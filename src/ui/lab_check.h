/* lab_check.h - what queries, witnesses and the generator say of the same packets, compared to the packet. */
#ifndef UI_LAB_CHECK_H
#define UI_LAB_CHECK_H

#include "ui/kernel.h"
#include "ui/lab.h"

struct lab_check {
	uint64_t sent[LAB_KEYS];
	/* by the queries, all epochs together */
	uint64_t in[LAB_KEYS], filtered[LAB_KEYS], lost[LAB_KEYS], out[LAB_KEYS], rewritten[LAB_KEYS];
	uint64_t open_epochs; /* epochs that were reported as incomplete */
	uint64_t overflow;
	uint64_t unknown; /* rows of keys that nobody sent */
	uint64_t cells, wrong_cells; /* (epoch, key): in = filtered + lost + out */
	struct lab_cell *cell; /* by epoch and key */
	uint32_t ncells;
	/* by others */
	uint64_t nft_filtered, nft_arrived;
	struct kernel_witness w;
};

/* The queries whose rows lab_check_result takes. */
struct str lab_check_queries(struct arena *a, const struct lab_options *o);
/* A kernel's on_result: takes rows of the queries above. */
bool lab_check_result(struct lab_check *c, const struct ir_result *r);
/* Prints one line of figures; false when something differs, after saying what. */
bool lab_check_tell(struct lab_check *c, const struct lab_options *o, FILE *out, FILE *err);
void lab_check_fini(struct lab_check *c);

#endif
