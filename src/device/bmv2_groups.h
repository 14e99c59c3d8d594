/* bmv2_groups.h - sizes of multicast groups, for the woven program. For the bmv2*.c files only. */
#ifndef DEVICE_BMV2_GROUPS_H
#define DEVICE_BMV2_GROUPS_H

#include "device/bmv2_internal.h"

/* How many copies each group makes, by the JSON text in which the switch describes its groups (written to). `sizes` has n cells, for
 * groups 0 to n - 1. False when the text is not one, or has a group beyond n with copies (its number is in *ret_group; else 0). */
bool bmv2_group_sizes(char *text, size_t len, uint32_t *sizes, uint32_t n, uint32_t *ret_group);

/* Writes the sizes into the manifest's register when the groups are others than last time; adds to *ret. 0 or -errno. */
int bmv2_fill_groups(struct bmv2 *b, uint32_t *ret);

#endif
