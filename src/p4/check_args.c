/* check_args.c - which argument is for which parameter, which overload takes them. */
#include "p4/checker.h"

bool
p4_is_optional(const struct p4_node *param)
{
	return p4_annotation(param, "optional") != NULL;
}

static bool
may_be_omitted(const struct p4_node *param)
{
	return param->u.var.init || p4_is_optional(param);
}

bool
p4_order_args(const struct p4_list *params, const struct p4_list *args, struct p4_node **ret)
{
	bool named = args->n && args->v[0]->name.n;

	if (args->n > params->n)
		return false;
	for (uint32_t i = 0; i < params->n; i++)
		ret[i] = NULL;
	for (uint32_t i = 0; i < args->n; i++) {
		uint32_t k = i;
		if (named != (args->v[i]->name.n > 0))
			return false;
		if (named)
			for (k = 0; k < params->n && !str_eq(params->v[k]->name, args->v[i]->name);)
				k++;
		if (k >= params->n || ret[k])
			return false;
		ret[k] = args->v[i];
	}
	for (uint32_t i = 0; i < params->n; i++)
		if (!ret[i] && !may_be_omitted(params->v[i]))
			return false;
	return true;
}

#define MAX_ARGS 1024

/* Of those that fit, the one with the fewest parameters to fill in. */
int32_t
p4_pick(struct p4_node **decls, uint32_t n, const struct p4_list *args, bool ctor)
{
	struct p4_node *order[MAX_ARGS];
	int32_t best = -1;
	uint32_t best_n = 0;

	for (uint32_t i = 0; i < n; i++) {
		const struct p4_list *params =
			ctor ? p4_ctor_params(decls[i]) : &decls[i]->u.func.params;
		if (params->n > MAX_ARGS || !p4_order_args(params, args, order))
			continue;
		if (best < 0 || params->n < best_n) {
			best = (int32_t)i;
			best_n = params->n;
		} else if (params->n == best_n) {
			best = -2;
			break;
		}
	}
	return best;
}
