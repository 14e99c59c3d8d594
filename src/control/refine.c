/* refine.c - tells the switch which prefixes are worth a closer look: the keys of a coarser query's rows, two epochs before. */
#include "control/refine.h"

#include <errno.h>

#include "base/diag.h"

static bool
find(struct refine *r, struct diags *d, struct str name, uint32_t *ret)
{
	int e = r->dev.ops->find(r->dev.self, name, ret);

	if (e < 0)
		diag_error(d, (struct span){ 0, 0 }, "the device has no register '%.*s'", STRA(name));
	return e == 0;
}

bool
refine_open(struct refine *r, struct diags *d, struct device dev, struct ir_eval *eval, const struct manifest_state *m, const struct ir_query *q)
{
	uint32_t words = 0;

	*r = (struct refine){ .m = m, .dev = dev, .eval = eval, .node = ir_refinement(q) };
	vec_each(k, &m->keys)
		words += (k->width + 31) / 32;
	if (!r->node || r->node->on_right.n != m->keys.n || words != m->refine.factors.n) {
		diag_error(d, (struct span){ 0, 0 }, "the manifest's query '%.*s' is not refined in the way that its registers are", STRA(m->name));
		return false;
	}
	return find(r, d, m->refine.on, &r->on) && find(r, d, m->refine.member, &r->member);
}

/* As weave/refine.c has it; what is cut off is 0 in the coarser query's keys. */
static uint32_t
hash_of(const struct refine *r, const struct ir_value *keys)
{
	const struct manifest_refine *m = &r->m->refine;
	uint32_t hash = 0, word = 0;

	for (uint32_t i = 0; i < r->m->keys.n; i++)
		for (uint32_t n = (r->m->keys.v[i].width + 31) / 32; n-- > 0; word++)
			hash += (uint32_t)((ir_u128)keys[i].i >> 32 * n) * m->factors.v[word];
	return (hash ^ hash >> 16) * m->mix;
}

static void
write_member(void *user, const struct ir_value *keys)
{
	struct refine *r = user;
	uint32_t cells = r->m->refine.cells;
	uint64_t index = (uint64_t)hash_of(r, keys) * cells >> 32;

	if (r->error == 0)
		r->error = r->dev.ops->write(r->dev.self, r->member, (r->stored & 1) * cells + (uint32_t)index, r->stored);
}

/* The set is valid once `on` says so: its members are there by then. */
static int
write_set(struct refine *r, uint64_t epoch)
{
	r->stored = (uint32_t)(epoch + r->m->generations);
	r->error = 0;
	ir_eval_members(r->eval, r->node, epoch, write_member, r);
	if (r->error == 0)
		r->error = r->dev.ops->write(r->dev.self, r->on, r->stored & 1, r->stored);
	return r->error;
}

int
refine_advance(struct refine *r, uint64_t now, uint64_t known)
{
	uint64_t epoch = now / r->m->window_ns, last = epoch + 1;
	int e = 0;

	if (r->next < epoch)
		r->next = epoch;
	for (; e == 0 && r->next <= last && r->next < known + IR_REFINE_LAG; r->next++)
		e = write_set(r, r->next);
	return e;
}
