/* pint_digest.c - the packet's number, its set of queries, and what this hop does to each query's part of the digest. It is what
 * include/packetscope/pint.h, pint_values.h and pint_tag.h do, to the bit. */
#include "weave/pint_inside.h"

#define PUT(...) pint_put(p, &p->egress, out, __VA_ARGS__)

void
pint_functions(struct pint *p)
{
	struct p4_list made = { 0 }, *decls = &p->w.tree->u.program.decls;
	uint32_t at = 0;
	struct text t;
	struct str text;

	text_open(&t);
	/* 0 mixed is 0. Behind a condition a compiler that puts expressions where their names stood leaves them alone: else each mixing doubles three
	 * times what was mixed. */
	pint_put(p, &p->egress, t.f, "// for queries over network(): hashes that all switches and the collector know\nbit<32> $_mix(in bit<32> x) {\nbit<32> mixed = 0;\n");
	fputs("if (x != 0) {\nbit<32> a = x ^ (x >> 16);\nbit<32> b = a * 0x7feb352d;\nbit<32> c = b ^ (b >> 15);\nbit<32> d = c * 0x846ca68b;\n", t.f);
	fputs("mixed = d ^ (d >> 16);\n}\nreturn mixed;\n}\n", t.f);
	pint_put(p, &p->egress, t.f, "bit<32> $_hash(in bit<32> seed, in bit<32> a, in bit<32> b) {\nreturn $_mix($_mix(seed ^ a) ^ b);\n}\n");
	if (p->loads)
		pint_load_shared(p, t.f);
	text = text_close(&t, p->w.a);
	if (!p4_parse_decls(p->w.a, p->w.d, STR("woven code"), text, &made))
		bug("no hash functions");
	while (decls->v[at]->kind != P4_CONTROL || p4_is_system(decls->v[at], p->w.d))
		at++;
	weave_splice(&p->w, decls, at, &made);
}

/* --- pid ------------------------------------------------------------------------------------------ */

/* The fields of one header, one behind the other, in words of 32 bits. */
static void
put_header_words(struct pint *p, FILE *out, uint32_t from, uint32_t to)
{
	const struct plan_program *pp = p->plan.program;
	const struct plan_header *h = &pp->headers.v[p->identity.v[from].header];
	uint32_t bits = 0, words;
	const char *sep = "";

	for (uint32_t i = from; i < to; i++)
		bits += p->identity.v[i].width;
	words = (bits + 31) / 32;
	PUT("if ($h.%.*s.isValid()) {\nbit<%u> $_words = ", STRA(h->path), 32 * words);
	if (bits < 32 * words)
		fprintf(out, "%uw0 ++ ", 32 * words - bits);
	for (uint32_t i = from; i < to; i++, sep = " ++ ") {
		const struct plan_identity *f = &p->identity.v[i];
		const struct p4_type_field *field = &h->type->fields[f->field];

		PUT("%s", sep);
		if (field->type->kind == P4_TY_BIT)
			PUT("$h.%.*s.%.*s", STRA(h->path), STRA(field->name));
		else
			PUT("(bit<%u>)$h.%.*s.%.*s", f->width, STRA(h->path), STRA(field->name));
	}
	fputs(";\n", out);
	for (uint32_t i = words; i-- > 0;)
		PUT("$_pid = $_mix($_pid ^ $_words[%u:%u]);\n", 32 * i + 31, 32 * i);
	fputs("}\n", out);
}

void
pint_number(struct pint *p, FILE *out)
{
	uint32_t n = p->identity.n;

	PUT("// the packet's number\n$_pid = 32w0x%08x;\n", pint_seed(PINT_PID, 0, 0));
	for (uint32_t i = 0, to; i < n; i = to) {
		for (to = i; to < n && p->identity.v[to].header == p->identity.v[i].header; to++)
			;
		put_header_words(p, out, i, to);
	}
}

/* --- sets ----------------------------------------------------------------------------------------- */

/* `lo`N: the lowest bit of query N's part; 255: the packet doesn't carry it. */
static void
put_sets(struct pint *p, FILE *out)
{
	vec_each (q, &p->m->queries)
		PUT("bit<8> $_lo%u = 255;\n", (uint32_t)(q - p->m->queries.v));
	if (p->m->sets.n > 1)
		PUT("bit<32> $_set = $_hash(0x%08x, $_pid, 0);\n", pint_seed(PINT_SET, 0, 0));
	vec_each (s, &p->m->sets) {
		bool last = s == p->m->sets.v + p->m->sets.n - 1;

		PUT("%s", s == p->m->sets.v ? "" : "else ");
		if (!last)
			PUT("if ($_set <= 32w0x%08x) ", s->last);
		fputs("{\n", out);
		vec_each (part, &s->parts)
			PUT("$_lo%u = %u;\n", part->query, part->lo);
		fputs("}\n", out);
	}
}

/* --- who acts ------------------------------------------------------------------------------------- */

static bool
is_constant(const uint32_t *thresholds)
{
	for (uint32_t i = 1; i < PINT_HOPS; i++)
		if (thresholds[i] != thresholds[0])
			return false;
	return true;
}

/* Thresholds that differ from hop to hop are columns of one table by hop. */
struct columns {
	VEC(const uint32_t *) all;
};

static uint32_t
column_of(struct pint *p, struct columns *c, const uint32_t *thresholds)
{
	for (uint32_t i = 0; i < c->all.n; i++)
		if (memcmp(c->all.v[i], thresholds, sizeof(uint32_t) * PINT_HOPS) == 0)
			return i;
	vec_push(p->w.a, &c->all, thresholds);
	return c->all.n - 1;
}

/* A threshold as an expression. */
static struct str
threshold(struct pint *p, struct columns *c, const uint32_t *thresholds)
{
	if (is_constant(thresholds))
		return str_fmt(p->w.a, "32w0x%08x", thresholds[0]);
	return str_fmt(p->w.a, "%.*s_share%u", STRA(p->w.n.prefix), column_of(p, c, thresholds));
}

static void
put_hops_table(struct pint *p, const struct columns *c)
{
	FILE *out = p->w.roles[1].actions.f;

	PUT("// for queries over network(): with which probability (of 2^32) hops write into a digest\naction $_shares_are(");
	for (uint32_t i = 0; i < c->all.n; i++)
		fprintf(out, "%sbit<32> s%u", i ? ", " : "", i);
	fputs(") {\n", out);
	for (uint32_t i = 0; i < c->all.n; i++) {
		PUT("$_share%u = s%u;\n", i, i);
		pint_put(p, &p->egress, p->w.roles[1].locals.f, "bit<32> $_share%u = 0;\n", i);
	}
	PUT("}\ntable $_shares {\nkey = { $_hop: exact; }\nactions = { $_shares_are; NoAction; }\n");
	PUT("const default_action = NoAction();\nconst entries = {\n");
	for (uint32_t hop = 0; hop < PINT_HOPS; hop++) {
		PUT("%u: $_shares_are(", hop + 1);
		for (uint32_t i = 0; i < c->all.n; i++)
			fprintf(out, "%s0x%08x", i ? ", " : "", c->all.v[i][hop]);
		fputs(");\n", out);
	}
	fputs("}\n}\n", out);
}

/* --- paths ---------------------------------------------------------------------------------------- */

/* The variables `replace` and `either` of one copy. */
static void
put_layers(struct pint *p, FILE *out, const struct pint_code *code, uint32_t copy, struct columns *c)
{
	const struct pint_schedule *s = &code->schedule;

	if (s->layers > 1)
		PUT("$_layer = $_hash(0x%08x, $_pid, 0);\n", code->layer_seed[copy]);
	for (uint32_t i = 0; i < s->layers; i++) {
		struct str replace = threshold(p, c, s->replace[i]), either = threshold(p, c, s->either[i]);

		PUT("%s", i ? "else " : "");
		if (i + 1 < s->layers)
			PUT("if ($_layer < 0x%08x) ", s->share[i]);
		PUT("{ $_replace = %.*s; $_either = %.*s; }\n", STRA(replace), STRA(either));
	}
}

/* What the hop contributes, from `value` (bit<32>). */
static void
put_symbol(struct pint *p, FILE *out, const struct pint_code *code, uint32_t copy)
{
	if (!code->fragments) {
		PUT("$_symbol = $_hash(0x%08x, $_pid, $_word)", code->value_seed[copy]);
		fprintf(out, code->bits < 32 ? " >> %u;\n" : ";\n", 32 - code->bits);
		return;
	}
	if (code->fragments > 1) {
		PUT("$_symbol = $_hash(0x%08x, $_pid, 0);\n", code->fragment_seed[copy]);
		PUT("$_symbol = $_word >> (((bit<64>)$_symbol * 64w%u)[39:32] * 8w%u);\n", code->fragments, code->bits);
	} else {
		PUT("$_symbol = $_word;\n");
	}
	if (code->bits < 32)
		PUT("$_symbol = $_symbol & 0x%08x;\n", UINT32_MAX >> (32 - code->bits));
}

/* What the hop has to say becomes the variable `word`, or `code`. */
static void
put_said(struct pint *p, FILE *out, uint32_t i)
{
	PUT("bit<64> $_value;\n");
	pint_value(p, out, i, "value");
	if (p->m->queries.v[i].kind == NETWORK_QUANTILE)
		pint_code(p, out, i);
	else
		PUT("bit<32> $_word = $_value[31:0];\n");
}

/* One copy needs to know it only where it acts; targets have tables applied in one place. */
static void
put_copy(struct pint *p, FILE *out, uint32_t i, const struct pint_code *code, uint32_t copy, struct columns *c)
{
	uint32_t mask = UINT32_MAX >> (32 - code->bits);

	put_layers(p, out, code, copy, c);
	PUT("$_act = $_hash(0x%08x, $_pid, (bit<32>)$_hop);\nif ($_act < $_either) {\n", code->act_seed[copy]);
	if (code->copies == 1)
		put_said(p, out, i);
	if (p->m->queries.v[i].kind == NETWORK_QUANTILE)
		PUT("$_symbol = $_code;\n");
	else
		put_symbol(p, out, code, copy);
	PUT("if ($_act < $_replace) { $_digest = $_digest & ~(32w0x%08x << ($_lo%u + %u)); }\n", mask, i, copy * code->bits);
	PUT("$_digest = $_digest ^ ($_symbol << ($_lo%u + %u));\n}\n", i, copy * code->bits);
}

static void
put_path(struct pint *p, FILE *out, uint32_t i, struct columns *c)
{
	const struct pint_code *code = &p->m->queries.v[i].path;

	if (code->copies > 1)
		put_said(p, out, i);
	for (uint32_t copy = 0; copy < code->copies; copy++)
		put_copy(p, out, i, code, copy, c);
}

/* --- one value of all hops -------------------------------------------------------------------------- */

static void
put_fold(struct pint *p, FILE *out, uint32_t i)
{
	const struct network_query *q = &p->m->queries.v[i];
	uint32_t mask = UINT32_MAX >> (32 - q->bits);

	PUT("bit<64> $_value;\nbit<32> $_before = $_digest >> $_lo%u & 0x%08x;\n", i, mask);
	if (q->kind == NETWORK_MIN)
		PUT("if ($_fresh == 1) { $_before = %u; }\n", pint_code_last(p, i));
	pint_value(p, out, i, "value");
	if (q->kind == NETWORK_SUM)
		pint_sum(p, out, i);
	pint_code(p, out, i);
	if (q->kind != NETWORK_SUM)
		PUT("if ($_code %c $_before) { $_code = $_before; }\n", q->kind == NETWORK_MAX ? '<' : '>');
	PUT("$_digest = $_digest & ~(32w0x%08x << $_lo%u) | $_code << $_lo%u;\n", mask, i, i);
}

/* --- a tag ------------------------------------------------------------------------------------------ */

/* Compares and replaces. A tag is all of the digest. */
static void
put_tag(struct pint *p, FILE *out, uint32_t i)
{
	const struct network_query *q = &p->m->queries.v[i];
	uint32_t bucket = PINT_TAG_BUCKET_LO, last = PINT_TAG_SIGNAL_LO - 1;

	PUT("bit<64> $_value;\n");
	pint_value(p, out, i, "value");
	pint_code(p, out, i);
	PUT("if ($_digest[31:%u] == 0 || $_code[%u:0] %c $_digest[%u:%u]) {\n", PINT_TAG_SIGNAL_LO, PINT_TAG_BUCKET_BITS - 1,
	    q->kind == NETWORK_MAX ? '>' : '<', last, bucket);
	PUT("$_digest = 3w%u ++ $_code[%u:0] ++ $_id[%u:0] ++ $s.egress_port;\n}\n", network_signal(q->value), PINT_TAG_BUCKET_BITS - 1,
	    PINT_TAG_SWITCH_BITS - 1);
}

/* --- all ------------------------------------------------------------------------------------------ */

static void
put_query(struct pint *p, FILE *out, uint32_t i, struct columns *c)
{
	const struct network_query *q = &p->m->queries.v[i];
	const struct ir_net_query *asked = p->n->plan->network->queries.v[i];
	bool is_path = q->kind == NETWORK_STATIC || q->kind == NETWORK_QUANTILE;

	PUT("// query %.*s\nif ($_lo%u != 255", STRA(q->name), i);
	if (is_path)
		PUT(" && $_hop - 1 < %u", PINT_HOPS);
	if (asked->filter) {
		fputs(" && ", out);
		pint_truth(p, out, asked->filter);
	}
	fputs(") {\n", out);
	if (q->kind != NETWORK_STATIC)
		pint_code_table(p, i);
	if (is_path)
		put_path(p, out, i, c);
	else if (q->is_tag)
		put_tag(p, out, i);
	else
		put_fold(p, out, i);
	fputs("}\n", out);
}

void
pint_digest(struct pint *p, FILE *out)
{
	struct columns c = { 0 };
	struct text queries;
	struct str text;

	text_open(&queries);
	for (uint32_t i = 0; i < p->m->queries.n; i++)
		put_query(p, queries.f, i, &c);
	text = text_close(&queries, p->w.a);
	put_sets(p, out);
	if (c.all.n) {
		put_hops_table(p, &c);
		PUT("$_shares.apply();\n");
	}
	PUT("bit<32> $_layer;\nbit<32> $_act;\nbit<32> $_symbol;\nbit<32> $_replace;\nbit<32> $_either;\n%.*s", STRA(text));
}
