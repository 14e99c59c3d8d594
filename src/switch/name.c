#include "switch/name.h"

#include <errno.h>

#include "packetscope/program.h"

static bool
ends_in(struct str name, struct str part)
{
	return name.n > part.n && str_ends(name, part) && name.p[name.n - part.n - 1] == '.';
}

int
sw_name_find(const void *list, uint32_t n, sw_name_fn *name, struct str wanted)
{
	int found = -ENOENT;

	for (uint32_t i = 0; i < n; i++)
		if (str_is(wanted, name(list, i)))
			return (int)i;
	for (uint32_t i = 0; wanted.n && i < n; i++)
		if (ends_in(str_from(name(list, i)), wanted)) {
			if (found >= 0)
				return -ENOTUNIQ;
			found = (int)i;
		}
	return found;
}

const char *
sw_table_name(const void *list, uint32_t i)
{
	return ((const struct ps_table_info *)list)[i].name;
}

const char *
sw_action_name(const void *list, uint32_t i)
{
	return ((const struct ps_action_info *)list)[i].name;
}

const char *
sw_register_name(const void *list, uint32_t i)
{
	return ((const struct ps_register_info *)list)[i].name;
}

const char *
sw_counter_name(const void *list, uint32_t i)
{
	return ((const struct ps_counter_info *)list)[i].name;
}

const char *
sw_meter_name(const void *list, uint32_t i)
{
	return ((const struct ps_meter_info *)list)[i].name;
}

const char *
sw_profile_name(const void *list, uint32_t i)
{
	return ((const struct ps_profile_info *)list)[i].name;
}
