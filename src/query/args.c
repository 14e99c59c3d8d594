/* Arguments of operators: sorted by name, and what single ones must be. */
#include "query/check.h"

static struct str *
as_strs(struct checker *c, const char *const *names, uint32_t n)
{
	struct str *list = arena_array(c->arena, struct str, n + 1);

	for (uint32_t i = 0; i < n; i++)
		list[i] = str_from(names[i]);
	return list;
}

static bool
bind_one(struct checker *c, const struct tree_op *op, const struct tree_arg *arg,
	 const char *const *names, uint32_t n, uint32_t positional, struct tree **ret)
{
	uint32_t i = 0;

	if (arg->name.n) {
		while (i < n && !str_is(arg->name, names[i]))
			i++;
		if (i == n) {
			query_unknown(c, arg->name_at, "argument", arg->name, as_strs(c, names, n),
				      n);
			if (str_is(arg->name, "epoch") || str_is(arg->name, "window"))
				diag_hint(c->d, "the length of a query's epochs is set by .window(20ms)");
			return false;
		}
		if (ret[i]) {
			diag_error(c->d, arg->name_at, "'%.*s' is given twice", STRA(arg->name));
			diag_note(c->d, ret[i]->at, "first here");
			return false;
		}
	} else {
		while (i < positional && ret[i])
			i++;
		if (i == positional) {
			diag_error(c->d, arg->value->at,
				   "'%.*s' takes no further argument without a name",
				   STRA(op->name));
			return false;
		}
	}
	ret[i] = arg->value;
	return true;
}

bool
query_bind(struct checker *c, const struct tree_op *op, const char *const *names, uint32_t n,
	   uint32_t positional, struct tree **ret)
{
	bool ok = true;

	for (uint32_t i = 0; i < n; i++)
		ret[i] = NULL;
	if (op->arrow != UINT32_MAX) {
		diag_error(c->d, op->at, "'=>' belongs to map only");
		return false;
	}
	for (uint32_t i = 0; i < op->args.n; i++)
		ok &= bind_one(c, op, &op->args.v[i], names, n, positional, ret);
	return ok;
}

bool
query_constant_int(struct checker *c, struct tree *t, const char *what, uint64_t min, uint64_t max,
		   uint64_t *ret)
{
	struct term v = query_term(c, NULL, t);

	if (v.kind == TERM_ERROR)
		return false;
	if (v.kind != TERM_INT || v.value < min || v.value > max) {
		diag_error(c->d, t->at, "%s is a number of %llu to %llu", what,
			   (unsigned long long)min, (unsigned long long)max);
		return false;
	}
	*ret = (uint64_t)v.value;
	return true;
}

/* func=sum or func='sum' */
bool
query_word(struct checker *c, struct tree *t, struct str *ret)
{
	(void)c;
	if (t->kind == TREE_PATH || t->kind == TREE_CALL)
		*ret = t->text;
	else if (t->kind == TREE_LITERAL && t->token.kind == TOKEN_STRING)
		*ret = t->token.text;
	else
		return false;
	return true;
}
