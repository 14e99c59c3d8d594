/* gen_packet.c - between packet bytes and headers. A header of fixed layout is read and written in chunks of up to 8
 * bytes at constant offsets; fields are shifted out of, or into, the chunks. */
#include "target/soft/gen.h"

/* --- reading --------------------------------------------------------------------------------------------------- */

/* A run of `bits` bits of the packet, loaded into c<number>_<i>. */
struct run {
	uint32_t number, bits;
};

static uint32_t
chunk_bits(const struct run *r, uint32_t i)
{
	uint32_t bytes = (r->bits + 7) / 8 - 8 * i;

	return bytes >= 8 ? 64 : bytes * 8;
}

static const char *
load_chunks(struct gen *g, const struct run *r, const char *base)
{
	struct gen_buf text = { 0 };

	for (uint32_t i = 0; i * 64 < r->bits; i++)
		gen_add(g, &text, " uint64_t c%u_%u = ps_load(%s + %u, %u);", r->number, i, base, i * 8, chunk_bits(r, i) / 8);
	return gen_done(&text);
}

/* n (at most 64) bits from bit `pos` on. */
static const char *
piece(struct gen *g, const struct run *r, uint32_t pos, uint32_t n)
{
	uint32_t i = pos / 64, n1, n2;

	if ((pos + n - 1) / 64 == i) {
		uint32_t shift = chunk_bits(r, i) - pos % 64 - n;

		if (n == 64)
			return gen_text(g, "c%u_%u", r->number, i);
		return gen_text(g, "(c%u_%u >> %u & 0x%llxull)", r->number, i, shift, (1ull << n) - 1);
	}
	n1 = 64 - pos % 64;
	n2 = n - n1;
	return gen_text(g, "((c%u_%u & 0x%llxull) << %u | c%u_%u >> %u)", r->number, i, (1ull << n1) - 1, n2, r->number, i + 1,
			chunk_bits(r, i + 1) - n2);
}

/* The assignment of one scalar from bit `pos` on. */
static const char *
read_leaf(struct gen *g, const struct run *r, const struct gen_leaf *leaf, uint32_t pos)
{
	uint32_t w = gen_width(leaf->type);
	const char *text = "";

	if (w == 0)
		return "";
	if (w <= 64)
		return gen_text(g, " %s = (%s)%s;", leaf->place, gen_type(g, leaf->type), piece(g, r, pos, w));
	if (w <= 128)
		return gen_text(g, " %s = PS_U128(%s, %s);", leaf->place, piece(g, r, pos, w - 64), piece(g, r, pos + w - 64, 64));
	for (uint32_t i = 0; i < gen_words(w); i++) {
		uint32_t hi = 64 * i + 63 < w ? 64 * i + 63 : w - 1;

		text = gen_text(g, "%s %s.w[%u] = %s;", text, leaf->place, i, piece(g, r, pos + w - 1 - hi, hi - 64 * i + 1));
	}
	return text;
}

static bool
is_varbit(const struct gen_leaf *l)
{
	return p4_type_strip(l->type)->kind == P4_TY_VARBIT;
}

/* Leaves from..to of a header, which start at `base`. */
static const char *
read_leaves(struct gen *g, const struct gen_leaves *l, uint32_t from, uint32_t to, const char *base)
{
	struct run r = { gen_temp(g), 0 };
	uint32_t pos = 0;
	struct gen_buf text = { 0 };

	for (uint32_t i = from; i < to; i++)
		r.bits += gen_width(l->v[i].type);
	gen_add(g, &text, "%s", load_chunks(g, &r, base));
	for (uint32_t i = from; i < to; i++) {
		gen_add(g, &text, "%s", read_leaf(g, &r, &l->v[i], pos));
		pos += gen_width(l->v[i].type);
	}
	return gen_done(&text);
}

/* The width of the first n leaves that are no varbit. */
static uint32_t
fixed_bits(const struct gen_leaves *l, uint32_t n)
{
	uint32_t bits = 0;

	for (uint32_t i = 0; i < n; i++)
		if (!is_varbit(&l->v[i]))
			bits += gen_width(l->v[i].type);
	return bits;
}

static uint32_t
find_varbit(const struct gen_leaves *l)
{
	for (uint32_t i = 0; i < l->n; i++)
		if (is_varbit(&l->v[i]))
			return i;
	return l->n;
}

/* Fields from..to - 1 of the header `object`, which stand behind `base` in a packet; none a varbit. */
struct stretch {
	const struct p4_type *type;
	uint32_t from, to;
	const char *object, *base;
};

static uint32_t
varbit_field(const struct p4_type *t)
{
	uint32_t i = 0;

	while (i < t->nfields && p4_type_strip(t->fields[i].type)->kind != P4_TY_VARBIT)
		i++;
	return i;
}

static struct gen_leaves
leaves_of_unit(struct gen *g, const struct stretch *s, const struct gen_unit *u)
{
	struct gen_leaves l = { 0 };

	for (uint32_t i = u->first; i < u->end; i++)
		gen_leaves_of_field(g, s->type, i, s->object, NULL, &l);
	return l;
}

static uint32_t
stretch_bits(const struct stretch *s)
{
	uint32_t bits = 0;

	for (uint32_t i = s->from; i < s->to; i++)
		bits += gen_emit_max(s->type->fields[i].type);
	return bits;
}

static bool
is_slow(uint32_t bytes)
{
	return bytes != 1 && bytes != 2 && bytes != 4 && bytes < 8;
}

static const char *
read_unit(struct gen *g, const struct stretch *s, const struct gen_unit *u, uint32_t at, bool has_room)
{
	const char *base = gen_text(g, "%s + %u", s->base, at);
	struct gen_leaves l;

	if (u->is_word && is_slow(u->bits / 8) && has_room)
		return gen_text(g, " %s.w%u = ps_load(%s, 8) >> %u;", s->object, u->first, base, 64 - u->bits);
	if (u->is_word)
		return gen_text(g, " %s.w%u = ps_load(%s, %u);", s->object, u->first, base, u->bits / 8);
	l = leaves_of_unit(g, s, u);
	if (l.n == 1 && is_slow(u->bits / 8) && has_room)
		return gen_text(g, " %s = ps_load(%s, 8) >> %u;", l.v[0].place, base, 64 - u->bits);
	return read_leaves(g, &l, 0, l.n, base);
}

/* A field or word of 3, 5, 6 or 7 bytes is taken from 8 at once where the header has them. */
static const char *
read_stretch(struct gen *g, const struct stretch *s)
{
	uint32_t at = 0, bytes = stretch_bits(s) / 8;
	struct gen_buf text = { 0 };
	struct gen_unit u;

	for (uint32_t i = s->from; i < s->to; i = u.end) {
		u = gen_unit_at(s->type, i);
		gen_add(g, &text, "%s", read_unit(g, s, &u, at, at + 8 <= bytes));
		at += u.bits / 8;
	}
	return gen_done(&text);
}

static const char *
extract_fixed(struct gen *g, const struct p4_type *t, uint32_t n)
{
	struct stretch s = { t, 0, t->nfields, gen_text(g, "(*h%u_)", n), gen_text(g, "b%u_", n) };
	uint32_t bits = stretch_bits(&s);

	return gen_text(g, " if (R->pkt->len - R->off < %u) %s const uint8_t *b%u_ = R->pkt->data + R->off;%s R->off += %u;",
			bits / 8, gen_reject(g, "PacketTooShort"), n, read_stretch(g, &s), bits / 8);
}

/* With a varbit of run-time size: what stands before it, itself, what follows. Checks in BMv2's order. */
static const char *
extract_variable(struct gen *g, const struct p4_type *t, const struct gen_leaves *l, uint32_t at, uint32_t n, const char *size)
{
	const char *object = gen_text(g, "(*h%u_)", n), *base = gen_text(g, "b%u_", n);
	struct stretch front = { t, 0, varbit_field(t), object, base }, back = { t, front.to + 1, t->nfields, object, base };
	uint32_t bits = fixed_bits(l, l->n), before = fixed_bits(l, at) / 8, max = p4_type_strip(l->v[at].type)->width;
	const char *v = l->v[at].text, *text;

	text = gen_text(g, " uint64_t n%u_ = %s; if (n%u_ %% 8) %s if (R->pkt->len - R->off < %u + n%u_ / 8) %s if (n%u_ > %u) %s", n,
			size, n, gen_reject(g, "ParserInvalidArgument"), bits / 8, n, gen_reject(g, "PacketTooShort"), n, max,
			gen_reject(g, "HeaderTooShort"));
	text = gen_text(g, "%s const uint8_t *b%u_ = R->pkt->data + R->off;%s", text, n,
			read_stretch(g, &front));
	text = gen_text(g, "%s %s.bits = (uint32_t)n%u_; memcpy(%s.b, b%u_ + %u, n%u_ / 8); b%u_ += %u + n%u_ / 8;", text, v, n, v,
			n, before, n, n, before, n);
	return gen_text(g, "%s%s R->off += %u + (uint32_t)n%u_ / 8;", text, read_stretch(g, &back), bits / 8, n);
}

static bool
check_layout(struct gen *g, const struct p4_node *at, const struct p4_type *t, const struct gen_leaves *l)
{
	uint32_t v = find_varbit(l);

	if (fixed_bits(l, l->n) % 8 != 0 || (v < l->n && fixed_bits(l, v) % 8 != 0))
		gen_fail(g, at, "header '%.*s' does not consist of whole bytes", STRA(t->decl->name));
	else
		return true;
	return false;
}

/* The stack whose .next an extraction fills: `s.next`, or `s.next.member` in a stack of unions. */
static const struct p4_node *
next_of(const struct p4_node *e)
{
	while (e->kind == P4_MEMBER && e->u.member.what == P4_MEMBER_FIELD)
		e = e->u.member.object;
	return e->kind == P4_MEMBER && e->u.member.what == P4_MEMBER_STACK_NEXT ? e->u.member.object : NULL;
}

const char *
gen_extract(struct gen *g, const struct p4_node *call)
{
	const struct p4_node *e = call->u.call.nordered ? call->u.call.ordered[0] : NULL;
	const struct p4_type *t = NULL;
	struct gen_leaves l = { 0 };
	uint32_t n = gen_temp(g), v;
	const char *text, *after = "";
	const struct p4_node *next;

	while (e && e->kind == P4_ARG)
		e = e->u.arg.expr;
	if (e && e->kind == P4_DONTCARE)
		e = NULL;
	t = e ? p4_type_strip(e->type) : call->u.call.nbound ? p4_type_strip(call->u.call.bound[0]) : NULL;
	if (g->fn->kind != GEN_JOB_PARSER)
		return gen_fail(g, call, "extract is only defined in parsers");
	if (!t || t->kind != P4_TY_HEADER)
		return gen_fail(g, call, "only headers can be extracted");
	next = e ? next_of(e) : NULL;
	if (e)
		text = gen_text(g, "({ %s *h%u_ = &%s;", gen_type(g, t), n, gen_lvalue(g, e));
	else
		text = gen_text(g, "({ %s t%u_, *h%u_ = &t%u_;", gen_type(g, t), n, n, n);
	gen_leaves_of(g, t, gen_text(g, "(*h%u_)", n), NULL, &l);
	if (!check_layout(g, call, t, &l))
		return "0";
	v = find_varbit(&l);
	if ((v < l.n) != (call->u.call.nordered > 1))
		return gen_fail(g, call, v < l.n ? "a header with a varbit field needs its size as second argument" :
						   "header '%.*s' has no varbit field", STRA(t->decl->name));
	text = gen_text(g, "%s%s", text, v < l.n ? extract_variable(g, t, &l, v, n, gen_u64(g, call->u.call.ordered[1])) :
						   extract_fixed(g, t, n));
	if (e)
		after = gen_stored(g, e);
	if (next)
		after = gen_text(g, "%s %s.next++;", after, gen_lvalue(g, next));
	return gen_text(g, "%s h%u_->valid = 1;%s (void)0; })", text, n, after);
}

const char *
gen_lookahead(struct gen *g, const struct p4_node *call)
{
	const struct p4_type *t = p4_type_strip(call->type);
	struct gen_leaves l = { 0 };
	uint32_t n = gen_temp(g), bits;
	const char *text;

	if (g->fn->kind != GEN_JOB_PARSER)
		return gen_fail(g, call, "lookahead is only defined in parsers");
	gen_leaves_of(g, t, gen_text(g, "t%u_", n), NULL, &l);
	if (find_varbit(&l) < l.n)
		return gen_fail(g, call, "lookahead of a varbit can't be executed");
	bits = fixed_bits(&l, l.n);
	text = gen_text(g, "({ if (R->pkt->len - R->off < %u) %s %s t%u_ = %s; const uint8_t *b%u_ = R->pkt->data + R->off;%s",
			(bits + 7) / 8, gen_reject(g, "PacketTooShort"), gen_type(g, t), n, gen_zero(g, t), n,
			read_leaves(g, &l, 0, l.n, gen_text(g, "b%u_", n)));
	if (t->kind == P4_TY_HEADER)
		text = gen_text(g, "%s t%u_.valid = 1;", text, n);
	return gen_text(g, "%s t%u_; })", text, n);
}

const char *
gen_advance(struct gen *g, const struct p4_node *call)
{
	uint32_t n = gen_temp(g);

	if (g->fn->kind != GEN_JOB_PARSER)
		return gen_fail(g, call, "advance is only defined in parsers");
	return gen_text(g, "({ uint32_t n%u_ = (uint32_t)%s; if (n%u_ %% 8) %s if (R->pkt->len - R->off < n%u_ / 8) %s R->off += n%u_ / 8; })",
			n, gen_u64(g, call->u.call.ordered[0]), n, gen_reject(g, "ParserInvalidArgument"), n,
			gen_reject(g, "PacketTooShort"), n);
}

/* --- writing --------------------------------------------------------------------------------------------------- */

/* How many bits the leaves from *i on have that are neighbours in one word, or the one leaf's; *i becomes the last of them. */
static uint32_t
neighbours(const struct gen_leaves *l, uint32_t *i, uint32_t to)
{
	uint32_t bits = gen_width(l->v[*i].type);

	for (; l->v[*i].word && *i + 1 < to; ++*i) {
		const struct gen_leaf *a = &l->v[*i], *b = a + 1;

		if (!b->word || strcmp(a->word, b->word) || a->shift != b->shift + gen_width(b->type))
			break;
		bits += gen_width(b->type);
	}
	return bits;
}

/* Bits hi..lo of neighbours, the last of which is `l`. */
static const char *
bits_of(struct gen *g, const struct gen_leaf *l, bool alone, uint32_t hi, uint32_t lo)
{
	uint32_t n = hi - lo + 1, shift = l->shift + lo;

	if (alone)
		return gen_bits(g, l->type, l->text, hi, lo);
	if (n == 64 || shift + n == l->word_bits) /* nothing is above */
		return gen_text(g, shift ? "(%s >> %u)" : "%s", l->word, shift);
	return gen_text(g, "(%s >> %u & 0x%llxull)", l->word, shift, (1ull << n) - 1);
}

void
gen_chunks_of(struct gen *g, const struct gen_leaves *l, uint32_t from, uint32_t to, struct gen_chunks *ret)
{
	const char *chunk = "0";
	uint32_t used = 0;

	for (uint32_t i = from; i < to; i++) {
		uint32_t first = i;

		for (uint32_t left = neighbours(l, &i, to); left > 0;) {
			uint32_t room = 64 - used, n = left < room ? left : room;

			chunk = gen_text(g, "%s | %s << %u", chunk, bits_of(g, &l->v[i], i == first, left - 1, left - n), room - n);
			used += n;
			left -= n;
			if (used < 64)
				continue;
			vec_push(g->a, ret, (struct gen_chunk){ chunk, 64 });
			used = 0, chunk = "0";
		}
	}
	if (used)
		vec_push(g->a, ret, (struct gen_chunk){ chunk, used });
}

/* Stores leaves from..to behind `base`. */
static const char *
write_leaves(struct gen *g, const struct gen_leaves *l, uint32_t from, uint32_t to, const char *base)
{
	struct gen_chunks chunks = { 0 };
	struct gen_buf text = { 0 };

	gen_chunks_of(g, l, from, to, &chunks);
	for (uint32_t i = 0; i < chunks.n; i++) {
		uint32_t bytes = (chunks.v[i].bits + 7) / 8;

		gen_add(g, &text, " ps_store(%s + %u, (%s) >> %u, %u);", base, 8 * i, chunks.v[i].text, 64 - 8 * bytes, bytes);
	}
	return gen_done(&text);
}

const char *
gen_write_leaves(struct gen *g, const struct gen_leaves *l, const char *base)
{
	return write_leaves(g, l, 0, l->n, base);
}

static const char *
write_unit(struct gen *g, const struct stretch *s, const struct gen_unit *u, uint32_t at, bool has_room)
{
	const char *base = gen_text(g, "%s + %u", s->base, at);
	struct gen_leaves l;

	if (u->is_word && is_slow(u->bits / 8) && has_room)
		return gen_text(g, " ps_store(%s, %s.w%u << %u, 8);", base, s->object, u->first, 64 - u->bits);
	if (u->is_word)
		return gen_text(g, " ps_store(%s, %s.w%u, %u);", base, s->object, u->first, u->bits / 8);
	l = leaves_of_unit(g, s, u);
	if (l.n == 1 && is_slow(u->bits / 8) && has_room)
		return gen_text(g, " ps_store(%s, (uint64_t)%s << %u, 8);", base, l.v[0].text, 64 - u->bits);
	return write_leaves(g, &l, 0, l.n, base);
}

/* In order, because where 8 bytes are written for less, what follows is written over the rest. */
static const char *
write_stretch(struct gen *g, const struct stretch *s)
{
	uint32_t at = 0, bytes = stretch_bits(s) / 8;
	struct gen_buf text = { 0 };
	struct gen_unit u;

	for (uint32_t i = s->from; i < s->to; i = u.end) {
		u = gen_unit_at(s->type, i);
		gen_add(g, &text, "%s", write_unit(g, s, &u, at, at + 8 <= bytes));
		at += u.bits / 8;
	}
	return gen_done(&text);
}

/* One header, h<n>_, when it is valid; backward: R->out moves before the bytes are written. */
static const char *
emit_header(struct gen *g, const struct p4_node *at, const struct p4_type *t, const char *h)
{
	struct gen_leaves l = { 0 };
	uint32_t n = gen_temp(g), v, before;
	const char *size, *write, *p = gen_text(g, "h%u_", n), *o = gen_text(g, "o%u_", n);

	gen_leaves_of(g, t, gen_text(g, "(*%s)", p), NULL, &l);
	if (!check_layout(g, at, t, &l))
		return "";
	v = find_varbit(&l);
	if (v == l.n) {
		size = gen_text(g, "%u", fixed_bits(&l, l.n) / 8);
		write = write_stretch(g, &(struct stretch){ t, 0, t->nfields, gen_text(g, "(*%s)", p), o });
	} else {
		const char *bytes = gen_text(g, "(%s.bits / 8)", l.v[v].text);

		before = fixed_bits(&l, v) / 8;
		size = gen_text(g, "(%u + %s)", fixed_bits(&l, l.n) / 8, bytes);
		write = gen_text(g, "%s memcpy(%s + %u, %s.b, %s);%s",
				 write_stretch(g, &(struct stretch){ t, 0, varbit_field(t), gen_text(g, "(*%s)", p), o }), o, before, l.v[v].text, bytes,
				 write_stretch(g, &(struct stretch){ t, varbit_field(t) + 1, t->nfields, gen_text(g, "(*%s)", p),
							       gen_text(g, "(%s + %u + %s)", o, before, bytes) }));
	}
	return gen_text(g, " { const %s *%s = &%s; if (%s->valid) { %s uint8_t *%s = R->out;%s %s } }", gen_type(g, t), p, h, p,
			g->fn->backward ? gen_text(g, "R->out -= %s;", size) : "", o, write,
			g->fn->backward ? "" : gen_text(g, "R->out += %s;", size));
}

/* All headers of a value, in order; in reverse order when written backward. */
static const char *
emit_value(struct gen *g, const struct p4_node *at, const struct p4_type *t, const char *h)
{
	uint32_t n;
	struct gen_buf text = { 0 };
	const char *i;

	t = p4_type_strip(t);
	if (t->kind == P4_TY_HEADER)
		return emit_header(g, at, t, h);
	if (t->kind == P4_TY_STACK) {
		n = gen_temp(g);
		i = g->fn->backward ? gen_text(g, "%s.v[%u - i%u_]", h, t->size - 1, n) : gen_text(g, "%s.v[i%u_]", h, n);
		return gen_text(g, " for (uint32_t i%u_ = 0; i%u_ < %u; i%u_++) {%s }", n, n, t->size, n, emit_value(g, at, t->elem, i));
	}
	if (t->kind != P4_TY_STRUCT && t->kind != P4_TY_UNION && t->kind != P4_TY_TUPLE)
		return gen_fail(g, at, "only headers and structs of headers can be emitted");
	n = gen_nfields(t);
	for (uint32_t k = 0; k < n; k++) {
		uint32_t f = g->fn->backward ? n - 1 - k : k;

		gen_add(g, &text, "%s", emit_value(g, at, gen_tuple_elem(t, f), gen_text(g, "%s.%s", h, gen_field(g, t, f))));
	}
	return gen_done(&text);
}

const char *
gen_emit(struct gen *g, const struct p4_node *call)
{
	const struct p4_node *e = call->u.call.ordered[0];
	uint32_t n = gen_temp(g);

	while (e->kind == P4_ARG)
		e = e->u.arg.expr;
	if (g->fn->loop)
		return gen_fail(g, call, "emit in a loop can't be executed");
	if (e->kind == P4_LIST_EXPR || e->kind == P4_STRUCT_EXPR || !gen_is_lvalue(e))
		return gen_text(g, "({ %s e%u_ = %s;%s (void)0; })", gen_type(g, e->type), n, gen_expr(g, e),
				emit_value(g, e, e->type, gen_text(g, "e%u_", n)));
	return gen_text(g, "({%s (void)0; })", emit_value(g, e, e->type, gen_lvalue(g, e)));
}

uint32_t
gen_emit_max(const struct p4_type *t)
{
	uint32_t sum = 0;

	t = p4_type_strip(t);
	if (t->kind == P4_TY_STACK)
		return t->size * gen_emit_max(t->elem);
	if (t->kind == P4_TY_VARBIT)
		return t->width;
	if (t->kind != P4_TY_STRUCT && t->kind != P4_TY_UNION && t->kind != P4_TY_TUPLE && t->kind != P4_TY_HEADER)
		return gen_is_scalar(t) ? gen_width(t) : 0;
	for (uint32_t i = 0; i < gen_nfields(t); i++) {
		uint32_t bits = gen_emit_max(gen_tuple_elem(t, i));

		if (t->kind != P4_TY_UNION)
			sum += bits;
		else if (bits > sum)
			sum = bits; /* one member at a time */
	}
	return sum;
}
