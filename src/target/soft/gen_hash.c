/* gen_hash.c - hashes, checksums, digests: the bits of some values one after the other, most significant first, as BMv2
 * lays them out. Fields of invalid headers are left out; the last byte is padded with zeros at its end. */
#include "target/soft/gen.h"

void
gen_leaves_of(struct gen *g, const struct p4_type *t, const char *text, const char *valid, struct gen_leaves *ret)
{
	t = p4_type_strip(t);
	if (gen_is_scalar(t) || t->kind == P4_TY_VARBIT) {
		vec_push(g->a, ret, (struct gen_leaf){ .type = t, .text = text, .valid = valid, .place = text });
		return;
	}
	if (t->kind == P4_TY_STACK) {
		for (uint32_t i = 0; i < t->size; i++)
			gen_leaves_of(g, t->elem, gen_text(g, "%s.v[%u]", text, i), valid, ret);
		return;
	}
	if (t->kind == P4_TY_HEADER && valid)
		valid = gen_text(g, "%s.valid", text);
	if (t->kind != P4_TY_HEADER && t->kind != P4_TY_STRUCT && t->kind != P4_TY_TUPLE && t->kind != P4_TY_UNION) {
		gen_fail(g, t->decl, "a value of this type has no bits");
		return;
	}
	for (uint32_t i = 0; i < gen_nfields(t); i++)
		gen_leaves_of_field(g, t, i, text, valid, ret);
}

void
gen_leaves_of_field(struct gen *g, const struct p4_type *t, uint32_t i, const char *text, const char *valid, struct gen_leaves *ret)
{
	const struct p4_type *ft = p4_type_strip(gen_tuple_elem(t, i));
	const char *place = gen_text(g, "%s.%s", text, gen_field(g, t, i));
	struct gen_place p;

	if (!gen_in_word(t, i, &p)) {
		gen_leaves_of(g, ft, place, valid, ret);
		return;
	}
	vec_push(g->a, ret, (struct gen_leaf){ .type = ft, .text = gen_read_member(g, t, i, text), .valid = valid, .place = place,
					       .word = gen_text(g, "%s.w%u", text, p.unit.first), .shift = p.shift,
					       .word_bits = p.unit.bits });
}

/* Whether leaves' header matters: "" as `valid` means that it may, NULL that it doesn't. */
static void
leaves_of_expr(struct gen *g, const struct p4_node *e, const char **before, struct gen_leaves *ret)
{
	const struct p4_node *header;
	const struct p4_list *items;
	uint32_t n;

	while (e->kind == P4_ARG || e->kind == P4_NAMED_EXPR || (e->kind == P4_CAST && !gen_is_scalar(e->type)))
		e = e->kind == P4_ARG ? e->u.arg.expr : e->kind == P4_CAST ? e->u.cast.a : e->u.named.expr;
	if (!e->is_const && (e->kind == P4_LIST_EXPR || e->kind == P4_STRUCT_EXPR)) {
		items = &e->u.list.items;
		for (uint32_t i = 0; i < items->n; i++)
			leaves_of_expr(g, items->v[i], before, ret);
		return;
	}
	if (gen_is_lvalue(e) && e->kind != P4_SLICE && !gen_const(g, e)) { /* a constructor parameter is no place */
		const char *valid = (header = gen_header_of(e)) ? gen_text(g, "%s.valid", gen_lvalue(g, header)) : "1";

		if (e->kind == P4_MEMBER && e->u.member.what == P4_MEMBER_FIELD)
			gen_leaves_of_field(g, e->u.member.object->type, e->u.member.index, gen_lvalue(g, e->u.member.object), valid, ret);
		else
			gen_leaves_of(g, e->type, gen_lvalue(g, e), valid, ret);
		return;
	}
	if (e->type && p4_type_strip(e->type)->kind == P4_TY_INT) {
		gen_fail(g, e, "a number without width has no bits");
		return;
	}
	n = gen_temp(g);
	*before = gen_text(g, "%s const %s d%u_ = %s;", *before, gen_type(g, e->type), n, gen_expr(g, e));
	gen_leaves_of(g, e->type, gen_text(g, "d%u_", n), NULL, ret);
}

/* Bit by bit: for headers that are missing and for varbits. */
static const char *
put_leaf(struct gen *g, const struct gen_leaf *l, uint32_t n)
{
	uint32_t w = gen_width(l->type);
	const char *text = "";

	if (p4_type_strip(l->type)->kind == P4_TY_VARBIT)
		text = gen_text(g, " ps_bits_bytes(&b%u_, %s.b, %s.bits);", n, l->text, l->text);
	else
		for (uint32_t left = w; left > 0;) {
			uint32_t k = left % 64 ? left % 64 : 64;

			text = gen_text(g, "%s ps_bits_put(&b%u_, %s, %u);", text, n, gen_bits(g, l->type, l->text, left - 1, left - k), k);
			left -= k;
		}
	if (l->valid && strcmp(l->valid, "1") != 0)
		return gen_text(g, " if (%s) {%s }", l->valid, text);
	return text;
}

static const char *
all_valid(struct gen *g, const struct gen_leaves *l)
{
	struct gen_buf cond = { 0 };
	const char *last = NULL;

	for (uint32_t i = 0; i < l->n; i++) {
		const char *v = l->v[i].valid;

		if (!v || strcmp(v, "1") == 0 || (last && strcmp(v, last) == 0))
			continue;
		gen_add(g, &cond, "%s%s", cond.n ? " && " : "", v);
		last = v;
	}
	return cond.n ? cond.p : NULL;
}

/* What a hash is computed of. */
struct material {
	struct gen_leaves leaves;
	const char *before; /* statements that evaluate what is no place in memory */
	const char *slow;   /* bit by bit into b<n>_ */
	const char *cond;   /* all headers valid; NULL: always */
	uint32_t bits;	    /* at most */
	bool varbit;
};

static void
collect(struct gen *g, const struct p4_node *data, uint32_t n, struct material *m)
{
	struct gen_buf slow = { 0 };

	*m = (struct material){ .before = "" };
	leaves_of_expr(g, data, &m->before, &m->leaves);
	for (uint32_t i = 0; i < m->leaves.n; i++) {
		const struct p4_type *t = p4_type_strip(m->leaves.v[i].type);

		m->varbit |= t->kind == P4_TY_VARBIT;
		m->bits += t->kind == P4_TY_VARBIT ? t->width : gen_width(t);
	}
	gen_add(g, &slow, "memset(s%u_, 0, %u);", n, m->bits / 8 + 1);
	for (uint32_t i = 0; i < m->leaves.n; i++)
		gen_add(g, &slow, "%s", put_leaf(g, &m->leaves.v[i], n));
	m->slow = gen_done(&slow);
	m->cond = all_valid(g, &m->leaves);
}

static const char *
buffer(struct gen *g, const struct material *m, uint32_t n, bool payload)
{
	return gen_text(g, " uint8_t s%u_[%u%s] __attribute__((aligned(8))); struct ps_bits b%u_ = { s%u_, 0 };", n, m->bits / 8 + 8,
			payload ? " + PS_MAX_PACKET" : "", n, n);
}

/* The fast statements when all headers are there, else the slow ones. */
static const char *
fast_or_slow(struct gen *g, const struct material *m, const char *fast, const char *slow)
{
	if (!m->cond)
		return fast;
	return gen_text(g, " if (__builtin_expect(%s, 1)) {%s } else {%s }", m->cond, fast, slow);
}

const char *
gen_bit_run(struct gen *g, const struct p4_node *data, uint32_t n, bool payload)
{
	struct material m;
	const char *fast;

	collect(g, data, n, &m);
	if (m.varbit)
		return gen_text(g, "%s%s %s", m.before, buffer(g, &m, n, payload), m.slow);
	fast = gen_text(g, "%s b%u_.n = %u;", gen_write_leaves(g, &m.leaves, gen_text(g, "s%u_", n)), n, m.bits);
	return gen_text(g, "%s%s%s", m.before, buffer(g, &m, n, payload), fast_or_slow(g, &m, fast, m.slow));
}

/* The sum of the chunks, or their CRC-32, left in v<n>_. */
static const char *
chunk_run(struct gen *g, const struct gen_chunks *c, bool crc, uint32_t n)
{
	struct gen_buf text = { 0 };

	if (crc)
		gen_add(g, &text, " uint32_t c%u_ = 0xffffffff;", n);
	else
		gen_add(g, &text, " v%u_ = 0;", n);
	for (uint32_t i = 0; i < c->n; i++) {
		if (crc)
			gen_add(g, &text, " c%u_ = ps_crc32_chunk(c%u_, %s, %u);", n, n, c->v[i].text, (c->v[i].bits + 7) / 8);
		else
			gen_add(g, &text, " v%u_ = ps_sum_add(v%u_, %s);", n, n, c->v[i].text);
	}
	if (crc)
		gen_add(g, &text, " v%u_ = (uint32_t)~c%u_;", n, n);
	else
		gen_add(g, &text, " v%u_ = ps_sum_chunks(v%u_);", n, n);
	return text.p;
}

/* A checksum or CRC-32 of fixed fields never goes through memory: the chunks are used where they are made. */
static const char *
register_run(struct gen *g, const struct p4_node *data, bool crc, uint32_t n)
{
	struct material m;
	struct gen_chunks chunks = { 0 };
	const char *slow;

	collect(g, data, n, &m);
	slow = gen_text(g, "%s %s v%u_ = %s(s%u_, (b%u_.n + 7) / 8);", buffer(g, &m, n, false), m.slow, n,
			crc ? "ps_crc32" : "ps_csum16", n, n);
	if (m.varbit)
		return gen_text(g, "%s uint64_t v%u_; {%s }", m.before, n, slow);
	gen_chunks_of(g, &m.leaves, 0, m.leaves.n, &chunks);
	return gen_text(g, "%s uint64_t v%u_;%s", m.before, n, fast_or_slow(g, &m, chunk_run(g, &chunks, crc, n), slow));
}

/* --- algorithms ------------------------------------------------------------------------------------------------- */

static const char *
hash_function(struct gen *g, const struct p4_node *algorithm)
{
	static const char *const names[][2] = {
		{ "crc32", "ps_crc32" }, { "crc32_custom", "ps_crc32" }, { "crc16", "ps_crc16" }, { "crc16_custom", "ps_crc16" },
		{ "random", "ps_mix" }, { "identity", "ps_identity" }, { "csum16", "ps_csum16" }, { "xor16", "ps_xor16" },
	};
	const struct p4_value *v = gen_const(g, algorithm);

	if (v && v->kind == P4_V_ENUM && v->member)
		for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
			if (str_is(v->member->name, names[i][0]))
				return names[i][1];
	return gen_fail(g, algorithm, "the hash algorithm must be a constant of HashAlgorithm");
}

void
gen_collect_crcs(struct gen *g)
{
	const struct p4_custom_crcs *user = g->o->crcs;

	p4_custom_crcs(g->a, g->p, &g->crcs);
	for (uint32_t i = 0; user && i < g->crcs.n; i++) { /* weaving adds hashes of fixed algorithms only, and moves nothing */
		struct p4_custom_crc *c = &g->crcs.v[i];

		c->name = user->n == g->crcs.n ? user->v[i].name : STR_NONE;
		c->why = user->n == g->crcs.n ? user->v[i].why : "queries have been woven in";
	}
}

static const char *
text_or_null(struct gen *g, struct str s)
{
	return s.n ? gen_quote(g, s) : "NULL";
}

void
gen_crc_infos(struct gen *g)
{
	fprintf(g->info, "static const struct ps_crc_info crcs[] = {\n");
	for (uint32_t i = 0; i < g->crcs.n; i++) {
		const struct p4_custom_crc *c = &g->crcs.v[i];

		fprintf(g->info, "\t{ %s, %s, %u },\n", text_or_null(g, c->name), text_or_null(g, c->why ? str_from(c->why) : STR_NONE), c->width);
	}
	fprintf(g->info, "\t{ NULL, NULL, 0 }\n};\n");
}

/* Among the CRCs with parameters of the control plane's; -1: it is none. */
static int32_t
crc_index(const struct gen *g, const struct p4_node *call)
{
	for (uint32_t i = 0; i < g->crcs.n; i++)
		if (g->crcs.v[i].call == call)
			return (int32_t)i;
	return -1;
}

/* Statements that leave the hash of `data` in v<n>_. */
static const char *
hash_run(struct gen *g, const struct p4_node *call, const struct p4_node *data, const struct p4_node *algorithm, uint32_t n, bool payload)
{
	const char *function = hash_function(g, algorithm), *length = gen_text(g, "(b%u_.n + 7) / 8", n);
	int32_t crc = crc_index(g, call);

	if (crc < 0 && !payload && (strcmp(function, "ps_csum16") == 0 || strcmp(function, "ps_crc32") == 0))
		return register_run(g, data, strcmp(function, "ps_crc32") == 0, n);
	if (payload)
		length = gen_text(g, "ps_with_payload(s%u_, %s, R->pkt)", n, length);
	function = crc < 0 ? gen_text(g, "%s(", function) : gen_text(g, "ps_crc_custom(&R->ctx->crcs[%d], ", crc);
	return gen_text(g, "%s uint64_t v%u_ = %ss%u_, %s);", gen_bit_run(g, data, n, payload), n, function, n, length);
}

static const char *
from_u64(struct gen *g, const struct p4_node *at, const struct p4_type *t, const char *value)
{
	if (!gen_is_scalar(t) || gen_is_wide(t))
		return gen_fail(g, at, "the result of a hash must be a number of at most 128 bits");
	return gen_fit(g, value, gen_width(t));
}

const char *
gen_hash(struct gen *g, const struct p4_node *call)
{
	struct p4_node **a = call->u.call.ordered;
	const char *base, *data, *max, *value;
	uint32_t n = gen_temp(g);

	if (call->u.call.nordered < 5 || !a[0] || !a[3])
		return gen_fail(g, call, "this hash can't be executed");
	base = gen_u64(g, a[2]);
	data = hash_run(g, call, a[3], a[1], n, false);
	max = gen_u64(g, a[4]);
	value = gen_text(g, "ps_hash_range(v%u_, p%u_, m%u_)", n, n, n);
	return gen_text(g, "({ uint64_t p%u_ = %s;%s uint64_t m%u_ = %s; %s (void)0; })", n, base, data, n, max,
			gen_store(g, a[0], from_u64(g, a[0], a[0]->type ? a[0]->type : a[0]->u.arg.expr->type, value)));
}

/* A field that has neighbours in a word is written with them: the deparser takes the word right behind, and a processor hands a load no
 * part of it that is still on its way to memory. */
static const char *
store_checksum(struct gen *g, const struct p4_node *e, const char *value)
{
	const char *fitting = from_u64(g, e, e->type, value), *object;
	struct gen_place p;
	unsigned long long bits;

	while (e->kind == P4_ARG)
		e = e->u.arg.expr;
	if (e->kind != P4_MEMBER || e->u.member.what != P4_MEMBER_FIELD ||
	    !gen_in_word(e->u.member.object->type, e->u.member.index, &p))
		return gen_store(g, e, fitting);
	bits = (1ull << gen_width(e->type)) - 1;
	object = gen_lvalue(g, e->u.member.object);
	return gen_text(g, "{ uint64_t *w_ = &%s.w%u; *w_ = (*w_ & ~(0x%llxull << %u)) | (uint64_t)%s << %u; }", object, p.unit.first, bits,
			p.shift, fitting, p.shift);
}

const char *
gen_checksum(struct gen *g, const struct p4_node *call, bool verify, bool payload)
{
	struct p4_node **a = call->u.call.ordered;
	const struct p4_node *header;
	const char *cond, *data, *value;
	uint32_t n = gen_temp(g);

	if (call->u.call.nordered < 4 || !a[1] || !a[2])
		return gen_fail(g, call, "this checksum can't be executed");
	cond = gen_expr(g, a[0]);
	data = hash_run(g, call, a[1], a[3], n, payload);
	value = gen_text(g, "v%u_", n);
	header = gen_is_lvalue(a[2]) ? gen_header_of(a[2]) : NULL;
	if (!verify)
		return gen_text(g, "({ if (%s) {%s %s } })", cond, data, store_checksum(g, a[2], value));
	if (header) /* BMv2: what is not there is not verified */
		cond = gen_text(g, "%s && %s.valid", cond, gen_lvalue(g, header));
	return gen_text(g, "({ if (%s) {%s if (%s != %s) R->pkt->std.checksum_error = 1; } })", cond, data, value, gen_u64(g, a[2]));
}
