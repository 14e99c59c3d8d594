/* gen_extern.c - v1model's and core's extern functions and methods. */
#include "target/soft/gen.h"

/* One call: its node, its arguments by parameter. */
struct args {
	const struct p4_node *call;
	struct p4_node **v;
	uint32_t n;
};

static const struct p4_node *
arg(const struct args *a, uint32_t i)
{
	const struct p4_node *e = i < a->n ? a->v[i] : NULL;

	while (e && e->kind == P4_ARG)
		e = e->u.arg.expr;
	return e && e->kind == P4_DONTCARE ? NULL : e;
}

/* --- functions ---------------------------------------------------------------------------------------------------- */

static const char *
ext_mark_to_drop(struct gen *g, const struct args *a)
{
	const char *std = arg(a, 0) ? gen_lvalue(g, arg(a, 0)) : "R->pkt->std";

	return gen_text(g, "ps_mark_to_drop(R, &%s, sizeof(struct phv), %u)", std, gen_line_of(g, a->call));
}

static const char *
ext_random(struct gen *g, const struct args *a)
{
	uint32_t n = gen_temp(g);
	const struct p4_type *t = arg(a, 0) ? arg(a, 0)->type : NULL;

	if (!t || !gen_is_scalar(t) || gen_width(t) > 64)
		return gen_fail(g, a->call, "random numbers have at most 64 bits");
	gen_touch(g, "random()", true);
	return gen_text(g, "({ uint64_t l%u_ = %s, h%u_ = %s; if (l%u_ <= h%u_) { %s } })", n, gen_u64(g, arg(a, 1)), n,
			gen_u64(g, arg(a, 2)), n, n,
			gen_store(g, arg(a, 0), gen_fit(g, gen_text(g, "R->ctx->random(R->ctx->sw, l%u_, h%u_)", n, n), gen_width(t))));
}

static const char *
ext_digest(struct gen *g, const struct args *a)
{
	uint32_t n = gen_temp(g);
	const char *receiver = gen_u64(g, arg(a, 0));

	gen_touch(g, "digest()", true);
	return gen_text(g, "({ uint32_t r%u_ = (uint32_t)%s; %s R->ctx->digest(R->ctx->sw, r%u_, s%u_, (b%u_.n + 7) / 8); })", n,
			receiver, gen_bit_run(g, arg(a, 1), n, false), n, n, n);
}

static const char *
ext_hash(struct gen *g, const struct args *a)
{
	return gen_hash(g, a->call);
}

static const char *
ext_checksum(struct gen *g, const struct args *a)
{
	struct str name = a->call->u.call.target->name;

	return gen_checksum(g, a->call, str_starts(name, STR("verify")), str_ends(name, STR("payload")));
}

static const char *
clone_with(struct gen *g, const struct args *a, const char *list)
{
	g->comes_back = true;
	return gen_text(g, "({ R->pkt->clone_session = (uint32_t)%s; R->pkt->clone_list = %s; R->pkt->requests |= PS_CLONE; (void)0; })", gen_u64(g, arg(a, 1)), list);
}

static const char *
ext_clone(struct gen *g, const struct args *a)
{
	return clone_with(g, a, "PS_NO_REQUEST");
}

static const char *
ext_clone_list(struct gen *g, const struct args *a)
{
	return clone_with(g, a, gen_list_index(g, arg(a, 2), "PS_NO_REQUEST"));
}

static const char *
ext_clone_data(struct gen *g, const struct args *a)
{
	return clone_with(g, a, gen_list_of_data(g, a->call, arg(a, 2), "PS_NO_REQUEST"));
}

/* resubmit and recirculate, by list or with data. */
static const char *
ext_again(struct gen *g, const struct args *a)
{
	struct str name = a->call->u.call.target->name;
	bool resubmit = str_starts(name, STR("resubmit"));
	const char *list = "PS_EMPTY_LIST";

	g->comes_back = true;
	if (str_ends(name, STR("field_list")))
		list = gen_list_index(g, arg(a, 0), "PS_EMPTY_LIST");
	else if (arg(a, 0))
		list = gen_list_of_data(g, a->call, arg(a, 0), "PS_EMPTY_LIST");
	return gen_text(g, "({ R->pkt->%s = %s; R->pkt->requests |= %s; (void)0; })", resubmit ? "resubmit_list" : "recirculate_list", list,
			resubmit ? "PS_RESUBMIT" : "PS_RECIRCULATE");
}

static const char *
ext_truncate(struct gen *g, const struct args *a)
{
	return gen_text(g, "({ R->pkt->truncate = (uint32_t)%s; R->pkt->requests |= PS_TRUNCATE; (void)0; })", gen_u64(g, arg(a, 0)));
}

static const char *
ext_assert(struct gen *g, const struct args *a)
{
	bool assumption = str_is(a->call->u.call.target->name, "assume");

	gen_touch(g, "assert()", true);
	return gen_text(g, "({ if (!(%s)) R->ctx->assertion(R->ctx->sw, %u, %s); })", gen_expr(g, arg(a, 0)),
			gen_line_of(g, a->call), assumption ? "true" : "false");
}

static const char *
ext_verify(struct gen *g, const struct args *a)
{
	if (g->fn->kind != GEN_JOB_PARSER)
		return gen_fail(g, a->call, "verify is only defined in parsers");
	return gen_text(g, "({ if (!(%s)) { R->error = %s; goto reject; } })", gen_expr(g, arg(a, 0)), gen_expr(g, arg(a, 1)));
}

static const char *
ext_static_assert(struct gen *g, const struct args *a)
{
	(void)g, (void)a;
	return "1"; /* the checker has looked at it */
}

/* --- log_msg ---------------------------------------------------------------------------------------------------- */

static void
log_values(struct gen *g, const struct p4_node *e, struct gen_leaves *l)
{
	while (e->kind == P4_ARG || e->kind == P4_NAMED_EXPR || (e->kind == P4_CAST && !gen_is_scalar(e->type)))
		e = e->kind == P4_ARG ? e->u.arg.expr : e->kind == P4_CAST ? e->u.cast.a : e->u.named.expr;
	if (e->kind == P4_LIST_EXPR || e->kind == P4_STRUCT_EXPR) {
		for (uint32_t i = 0; i < e->u.list.items.n; i++)
			log_values(g, e->u.list.items.v[i], l);
		return;
	}
	gen_leaves_of(g, e->type, gen_expr(g, e), NULL, l);
}

static const char *
log_value(struct gen *g, const struct p4_node *at, const struct gen_leaf *l)
{
	uint32_t w = gen_width(l->type);

	if (!gen_is_scalar(l->type) || w > 128)
		return gen_fail(g, at, "a value of more than 128 bits can't be logged");
	if (gen_is_signed(l->type))
		return gen_text(g, " ps_text_signed(&t_, ps_sext128(%s, %u));", l->text, w);
	return gen_text(g, " ps_text_number(&t_, %s);", l->text);
}

/* \" and \\ as the characters that they stand for. */
static struct str
unescape(struct gen *g, struct str s)
{
	char *p = arena_alloc(g->a, s.n + 1);
	uint32_t n = 0;

	for (uint32_t i = 0; i < s.n; i++) {
		if (s.p[i] == '\\' && i + 1 < s.n && (s.p[i + 1] == '"' || s.p[i + 1] == '\\'))
			i++;
		p[n++] = s.p[i];
	}
	return (struct str){ p, n };
}

static const char *
ext_log_msg(struct gen *g, const struct args *a)
{
	const struct p4_value *v = gen_const(g, arg(a, 0));
	struct gen_leaves l = { 0 };
	struct str s;
	uint32_t from = 0, used = 0;
	const char *text = "({ struct ps_text t_ = { 0 };";

	if (arg(a, 0)->kind != P4_STRING && (!v || v->kind != P4_V_STRING))
		return gen_fail(g, a->call, "log_msg needs a constant text");
	s = arg(a, 0)->kind == P4_STRING ? arg(a, 0)->u.string : v->s;
	s = unescape(g, s);
	if (arg(a, 1))
		log_values(g, arg(a, 1), &l);
	for (uint32_t i = 0; i + 1 < s.n; i++) {
		if (s.p[i] != '{' || s.p[i + 1] != '}' || used >= l.n)
			continue;
		text = gen_text(g, "%s ps_text_add(&t_, %s);%s", text, gen_quote(g, str_sub(s, from, i)), log_value(g, a->call, &l.v[used]));
		used++;
		from = ++i + 1;
	}
	gen_touch(g, "log_msg()", true);
	return gen_text(g, "%s ps_text_add(&t_, %s); R->ctx->log(R->ctx->sw, t_.s); })", text, gen_quote(g, str_sub(s, from, s.n)));
}

const char *
gen_extern_call(struct gen *g, const struct p4_node *call)
{
	static const struct {
		const char *name;
		uint32_t least; /* arguments */
		const char *(*run)(struct gen *g, const struct args *a);
	} externs[] = {
		{ "mark_to_drop", 0, ext_mark_to_drop }, { "random", 3, ext_random }, { "digest", 2, ext_digest },
		{ "hash", 5, ext_hash }, { "verify_checksum", 4, ext_checksum }, { "update_checksum", 4, ext_checksum },
		{ "verify_checksum_with_payload", 4, ext_checksum }, { "update_checksum_with_payload", 4, ext_checksum },
		{ "clone", 2, ext_clone }, { "clone_preserving_field_list", 3, ext_clone_list }, { "clone3", 3, ext_clone_data },
		{ "resubmit", 0, ext_again }, { "resubmit_preserving_field_list", 1, ext_again },
		{ "recirculate", 0, ext_again }, { "recirculate_preserving_field_list", 1, ext_again },
		{ "truncate", 1, ext_truncate }, { "assert", 1, ext_assert }, { "assume", 1, ext_assert },
		{ "verify", 2, ext_verify }, { "static_assert", 1, ext_static_assert }, { "log_msg", 1, ext_log_msg },
	};
	const struct p4_node *target = call->u.call.target;
	struct args a = { call, call->u.call.ordered, call->u.call.nordered };

	for (size_t i = 0; i < sizeof(externs) / sizeof(externs[0]); i++) {
		if (!str_is(target->name, externs[i].name))
			continue;
		for (uint32_t k = 0; k < externs[i].least; k++)
			if (!arg(&a, k))
				return gen_fail(g, call, "%s needs all its arguments", externs[i].name);
		return externs[i].run(g, &a);
	}
	return gen_fail(g, call, "the switch doesn't know the extern function '%.*s'", STRA(target->name));
}

/* --- methods ---------------------------------------------------------------------------------------------------- */

static const char *
method_counter(struct gen *g, const struct args *a, const struct gen_object *o)
{
	uint32_t n = gen_temp(g);

	if (o->direct)
		return "(void)0"; /* counted when its table hits, as BMv2 does */
	return gen_text(g, "({ uint64_t i%u_ = %s; if (i%u_ < %u) { struct ps_counter_cell *c%u_ = &R->ctx->counters[%u][i%u_]; "
			"c%u_->packets++; c%u_->bytes += R->pkt->std.packet_length; } })", n, gen_distance(g, arg(a, 0)), n, o->size, n,
			o->index, n, n, n);
}

static const char *
method_meter(struct gen *g, const struct args *a, const struct gen_object *o)
{
	const struct p4_node *result = arg(a, o->direct ? 0 : 1);
	uint32_t n = gen_temp(g);
	const char *color;

	if (!result || !gen_is_scalar(result->type) || gen_is_wide(result->type))
		return gen_fail(g, a->call, "a meter's color must be a number");
	gen_touch(g, gen_text(g, "meter %.*s", STRA(o->inst->path)), true);
	if (o->direct)
		return gen_text(g, "({ %s (void)0; })", gen_store(g, result, gen_fit(g, "R->color", gen_width(result->type))));
	color = gen_text(g, "R->ctx->meter(R->ctx->sw, %u, (uint32_t)i%u_, R->pkt->std.packet_length)", o->index, n);
	return gen_text(g, "({ uint64_t i%u_ = %s; if (i%u_ < %u) { %s } })", n, gen_distance(g, arg(a, 0)), n, o->size,
			gen_store(g, result, gen_fit(g, color, gen_width(result->type))));
}

static const char *
method_packet(struct gen *g, const struct p4_node *call, struct str name)
{
	if (str_is(name, "extract"))
		return gen_extract(g, call);
	if (str_is(name, "lookahead"))
		return gen_lookahead(g, call);
	if (str_is(name, "advance"))
		return gen_advance(g, call);
	if (str_is(name, "emit"))
		return gen_emit(g, call);
	return str_is(name, "length") ? "R->pkt->len" : NULL;
}

static const char *
method_checksum16(struct gen *g, const struct args *a)
{
	uint32_t n = gen_temp(g);

	return gen_text(g, "({%s (uint16_t)ps_csum16(s%u_, (b%u_.n + 7) / 8); })", gen_bit_run(g, arg(a, 0), n, false), n, n);
}

const char *
gen_method_call(struct gen *g, const struct p4_node *call)
{
	const struct p4_node *target = call->u.call.target, *owner = target->u.func.owner;
	struct args a = { call, call->u.call.ordered, call->u.call.nordered };
	struct gen_object *o = NULL;
	const char *r = NULL;

	if (!owner)
		return gen_fail(g, call, "this method can't be executed");
	if (str_is(owner->name, "packet_in") || str_is(owner->name, "packet_out"))
		r = method_packet(g, call, target->name);
	else if (str_is(owner->name, "Checksum16"))
		r = method_checksum16(g, &a);
	else if (call->u.call.object)
		o = gen_object_of(g, call->u.call.object);
	if (r)
		return r;
	if (o && o->kind == GEN_REGISTER && arg(&a, 0) && arg(&a, 1))
		return gen_register(g, call, o, arg(&a, 0), arg(&a, 1));
	if (o && o->kind == GEN_COUNTER)
		return method_counter(g, &a, o);
	if (o && o->kind == GEN_METER)
		return method_meter(g, &a, o);
	return gen_fail(g, call, "the switch doesn't know %.*s.%.*s", STRA(owner->name), STRA(target->name));
}
