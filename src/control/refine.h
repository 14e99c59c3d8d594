/* refine.h - the sets of prefixes that a switch has for a query with `refine`. Lives in the run's arena. */
#ifndef CONTROL_REFINE_H
#define CONTROL_REFINE_H

#include "device/device.h"
#include "ir/eval.h"
#include "manifest/manifest.h"

struct refine {
	const struct manifest_state *m;
	struct device dev;
	struct ir_eval *eval;
	const struct ir_node *node;
	uint32_t on, member; /* registers */
	uint64_t next;	     /* the first epoch without a set */
	uint32_t stored;     /* while a set is being written: its epoch, as the switch keeps it */
	int error;
};

/* For a state whose manifest has `refine`. False after an error in `d`. */
bool refine_open(struct refine *r, struct diags *d, struct device dev, struct ir_eval *eval, const struct manifest_state *m, const struct ir_query *q);
/* Writes the sets of this epoch and the next, as far as the rows of epochs below `known` tell. 0 or -errno. */
int refine_advance(struct refine *r, uint64_t now, uint64_t known);

#endif
