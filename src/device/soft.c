/* soft.c - registers and clocks of the embedded switch. */
#include "device/soft.h"

#include <errno.h>
#include <stdlib.h>

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
read_cells(const struct soft_register *r, uint32_t from, uint32_t n, uint64_t *ret)
{
	if (r->cell > 8)
		return -EINVAL;
	if (from > r->size || n > r->size - from)
		return -ERANGE;
	if (r->cell == 8 && r->stride == 8) {
		memcpy(ret, r->cells + (size_t)from * 8, (size_t)n * 8);
		return 0;
	}
	for (uint32_t i = 0; i < n; i++) {
		ret[i] = 0;
		memcpy(&ret[i], r->cells + (size_t)(from + i) * r->stride, r->cell);
	}
	return 0;
}

static void
look_into(const struct soft_register *r, uint32_t n, struct device_cells *ret)
{
	*ret = (struct device_cells){ r->cell <= 8 && n <= r->size ? r->cells : NULL, r->cell, r->stride };
}

static struct soft_register
register_of(struct soft_device *s, uint32_t reg)
{
	const struct ps_register_info *info = &sw_program(s->sw)->registers[reg];

	return (struct soft_register){ sw_register_cells(s->sw, reg), info->size, info->cell, info->stride };
}

static void
soft_look(void *self, uint32_t reg, uint32_t n, struct device_cells *ret)
{
	struct soft_register r = register_of(self, reg);

	look_into(&r, n, ret);
}

static int
soft_read(void *self, uint32_t reg, uint32_t from, uint32_t n, uint64_t *ret)
{
	struct soft_register r = register_of(self, reg);

	return read_cells(&r, from, n, ret);
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
						.is_empty = soft_is_empty, .look = soft_look };

	return (struct device){ &ops, s };
}

/* --- parts --- */

static int
part_find(void *self, struct str name, uint32_t *ret)
{
	struct soft_part *p = self;
	const struct ps_register_info *info;
	void *cells;
	int e = sw_image_register(p->image, name, &cells, &info);

	if (e < 0)
		return e;
	if (p->n == p->cap) {
		uint32_t cap = p->cap ? p->cap * 2 : 16;
		struct soft_register *v = realloc(p->v, cap * sizeof(*v));

		if (!v)
			return -ENOMEM;
		p->v = v;
		p->cap = cap;
	}
	p->v[p->n] = (struct soft_register){ cells, info->size, info->cell, info->stride };
	*ret = p->n++;
	return 0;
}

static int
part_read(void *self, uint32_t reg, uint32_t from, uint32_t n, uint64_t *ret)
{
	return read_cells(&((struct soft_part *)self)->v[reg], from, n, ret);
}

static void
part_look(void *self, uint32_t reg, uint32_t n, struct device_cells *ret)
{
	look_into(&((struct soft_part *)self)->v[reg], n, ret);
}

static int
part_write(void *self, uint32_t reg, uint32_t index, uint64_t value)
{
	const struct soft_register *r = &((struct soft_part *)self)->v[reg];

	if (index >= r->size)
		return -ERANGE;
	memcpy(r->cells + (size_t)index * r->stride, &value, r->cell);
	return 0;
}

static int
part_arrived(void *self, uint64_t *ret)
{
	return soft_arrived(((struct soft_part *)self)->of, ret);
}

static int
part_watermark(void *self, uint64_t *ret)
{
	return soft_watermark(((struct soft_part *)self)->of, ret);
}

struct device
soft_part_device(struct soft_part *p)
{
	static const struct device_ops ops = { .find = part_find, .read = part_read, .write = part_write,
						.arrived = part_arrived, .watermark = part_watermark,
						.look = part_look };

	return (struct device){ &ops, p };
}

void
soft_part_close(struct soft_part *p)
{
	free(p->v);
	*p = (struct soft_part){ NULL };
}
