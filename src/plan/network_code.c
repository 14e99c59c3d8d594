/* network_code.c - how the values of queries over network() are coded. */
#include "plan/network_inside.h"

#define PORT_BITS 9	     /* v1model's */
#define SMALL_BITS 16	     /* values of so few bits can all be tried */
#define DEFAULT_TIME 1000000000 /* ns */
#define DEFAULT_NUMBER 65535
#define LOAD_SHIFT 16 /* of link.utilization */
#define TAG_LOAD 4    /* the most that tags tell of it */

static uint32_t
value_bits(const struct ir_net_query *q)
{
	if (q->type.kind == IR_PORT)
		return PORT_BITS;
	return q->type.width > 32 ? 32 : q->type.width;
}

/* Values that fit are sent as they are; hashes need to know what they may be; all others are cut into pieces. */
static bool
code_static(struct diags *d, const struct ir_net_query *q, uint32_t hops, struct network_query *ret)
{
	bool hashed = q->value == IR_NET_SWITCH_ID || (ret->value_bits > q->bits && ret->value_bits <= SMALL_BITS);

	if (pint_code_make(&ret->path, PINT_SEARCHED, hops, q->bits, ret->copies, hashed ? 0 : ret->value_bits, ret->number))
		return true;
	diag_error(d, q->bits_at, "%u bits are too few for values of %u bits", q->bits, ret->value_bits);
	return false;
}

/* In the unit that switches count in. */
static uint64_t
largest(const struct ir_net_query *q, uint32_t tick_ns)
{
	uint64_t most = q->largest;

	if (q->type.kind == IR_PORT)
		return (1u << PORT_BITS) - 1;
	if (q->type.kind == IR_TIME)
		return (most ? most : DEFAULT_TIME) / (tick_ns ? tick_ns : 1);
	if (most)
		return most;
	return q->value == IR_NET_FIELD && q->type.width < 16 ? (1u << q->type.width) - 1 : DEFAULT_NUMBER;
}

/* Of a tag about link.utilization. */
static uint32_t
tag_most(const struct ir_net_query *q)
{
	uint64_t most = q->largest ? q->largest : TAG_LOAD;

	return most > UINT32_MAX >> LOAD_SHIFT ? UINT32_MAX : (uint32_t)most << LOAD_SHIFT;
}

static bool
code_number(struct arena *a, struct diags *d, const struct ir_net_query *q, uint32_t tick_ns, struct network_query *ret)
{
	uint64_t most = largest(q, tick_ns);
	uint32_t bits = network_code_bits(ret);
	struct pint_scale scale;

	ret->range = (struct pint_range){ PINT_MULTIPLICATIVE, q->kind == IR_NET_SUM, (uint8_t)bits, 0, 0 };
	if (q->value == IR_NET_UTILIZATION) {
		ret->range = q->is_tag ? PINT_TAG_LOAD_RANGE(tag_most(q)) : PINT_LOAD_RANGE((uint8_t)bits);
		ret->range.randomised = q->kind != IR_NET_QUANTILE && !q->is_tag;
		if (q->kind == IR_NET_SUM)
			ret->range.min = 0;
		most = q->largest ? q->largest << LOAD_SHIFT : ret->range.max;
	}
	ret->range.max = most > UINT32_MAX ? UINT32_MAX : (uint32_t)most;
	if (bits == 1)
		ret->range.spacing = PINT_ADDITIVE;
	if (most && pint_scale_make(&scale, &ret->range, arena_array(a, uint32_t, PINT_SCALE_WORDS(bits))))
		return true;
	diag_error(d, q->bits_at, "'%.*s' can't be told in %u bit%s up to this largest value", STRA(q->value_text), bits,
		   bits == 1 ? "" : "s");
	return false;
}

bool
plan_network_code(struct arena *a, struct diags *d, const struct ir_net_query *q, const struct plan_program *p, uint32_t hops,
		  struct network_query *ret)
{
	ret->value_bits = value_bits(q);
	if (q->theta > 0 && q->bits < ret->value_bits && (q->type.kind == IR_PORT || (q->field && q->field->kind == IR_F_HEADER))) {
		diag_error(d, q->bits_at, "'%.*s' has %u bits: with fewer, values can't be told apart", STRA(q->value_text), ret->value_bits);
		return false;
	}
	if (q->kind == IR_NET_STATIC)
		return code_static(d, q, hops, ret);
	if (!code_number(a, d, q, p->schema.tick_ns, ret))
		return false;
	return q->kind != IR_NET_QUANTILE ||
	       pint_code_make(&ret->path, PINT_BASELINE, hops, q->bits, ret->copies, q->bits, ret->number);
}
