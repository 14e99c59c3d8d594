/* load.h - table entries and the rest of the control plane's files, onto the embedded switch. Files are read before
 * the program is compiled, because the queues' rates and depths tell how long packets may wait. */
#ifndef UI_LOAD_H
#define UI_LOAD_H

#include "switch/entries.h"
#include "ui/run_options.h"

struct load {
	struct sw_commands commands;
};

/* Reads all entries files; false after errors in c->diags. */
bool load_read(struct load *l, struct compilation *c, const char **paths);
bool load_has_rate(const struct load *l, const struct run_args *args);
/* The longest that a packet may wait in any queue, ns, by the settings of files and options. */
uint64_t load_max_delay(const struct load *l, const struct run_args *args);
/* Applies all commands, or none. Tells the woven program the sizes of multicast groups. */
bool load_apply(struct load *l, struct compilation *c, struct sw *sw);
/* What commands of a woven program must not mention; lives with the compilation. */
struct sw_hidden *load_hidden(struct compilation *c);
/* Tells the woven program the sizes of all multicast groups. False: group *ret_group, which has members, is beyond those it counts. */
bool load_group_sizes(const struct manifest *m, struct sw *sw, uint32_t *ret_group);

#endif
