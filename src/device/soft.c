/* soft.c - registers and clocks of the embedded switch. */
#include "device/soft.h"

#include <errno.h>

static int
soft_find(void *self, struct str name, uint32_t *ret)
{
	struct soft_device *s = self;
	int index = sw_register_index(s->sw, name);

	if (index < 0)
		return index;
	*ret = (uint32_t)index;
	return 0;
}

/* Cells are native integers of 1, 2, 4 or 8 bytes. */
static int
soft_read(void *self, uint32_t reg, uint32_t from, uint32_t n, uint64_t *ret)
{
	struct soft_device *s = self;
	const struct ps_register_info *info = &sw_program(s->sw)->registers[reg];
	const uint8_t *cells = sw_register_cells(s->sw, reg);

	if (info->cell > 8)
		return -EINVAL;
	if (from > info->size || n > info->size - from)
		return -ERANGE;
	if (info->cell == 8) {
		memcpy(ret, cells + (size_t)from * 8, (size_t)n * 8);
		return 0;
	}
	for (uint32_t i = 0; i < n; i++) {
		ret[i] = 0;
		memcpy(&ret[i], cells + (size_t)(from + i) * info->cell, info->cell);
	}
	return 0;
}

static int
soft_write(void *self, uint32_t reg, uint32_t index, uint64_t value)
{
	struct soft_device *s = self;

	return sw_register_write(s->sw, reg, index, &value);
}

static int
soft_arrived(void *self, uint64_t *ret)
{
	const struct soft_device *s = self;
	uint64_t returned = sw_returned(s->sw);

	*ret = returned > s->arrived ? returned : s->arrived;
	return 0;
}

static int
soft_watermark(void *self, uint64_t *ret)
{
	*ret = sw_watermark(((struct soft_device *)self)->sw);
	return 0;
}

static bool
soft_is_empty(void *self)
{
	struct sw_counts n;

	sw_counts(((struct soft_device *)self)->sw, &n);
	return n.queued == 0;
}

struct device
soft_device(struct soft_device *s)
{
	static const struct device_ops ops = { .find = soft_find, .read = soft_read, .write = soft_write,
						.arrived = soft_arrived, .watermark = soft_watermark,
						.is_empty = soft_is_empty };

	return (struct device){ &ops, s };
}
