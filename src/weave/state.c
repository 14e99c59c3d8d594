/* state.c - one query's state as P4: a table's row (state_table.c), and
 * something exact for what found no room (docs/semantics.md, "State"). */
#include "weave/state.h"

void
state_comment(FILE *out, const struct gen *g, const char *what)
{
	struct str name = g->s->query->name;

	if (name.n)
		fprintf(out, "// query %.*s: %s\n", STRA(name), what);
	else
		fprintf(out, "// query %u: %s\n", g->s->query->index, what);
}

struct str
state_declare(struct gen *g, const char *suffix, uint32_t width, uint32_t cells, struct str *ret)
{
	struct weaver *w = g->w;
	struct str prefix = str_sub(g->s->prefix, 2, g->s->prefix.n); /* after "ps" */
	struct str name = weave_fresh(
		w, str_fmt(w->a, "%.*s%.*s%s", STRA(w->n.prefix), STRA(prefix), suffix));

	if (!g->declared)
		state_comment(g->r->locals.f, g,
			g->at == IR_AT_DEQ && g->s->kind == PLAN_LOST ? "registers behind the queue"
								      : "registers");
	g->declared = true;
	fprintf(g->r->locals.f, "register<bit<%u>%s>(32w%u) %.*s;\n", width,
		w->indexed_registers ? ", bit<32>" : "", cells, STRA(name));
	*ret = str_fmt(w->a, "%.*s.%.*s", STRA(g->r->inst->path), STRA(name));
	return name;
}

uint32_t
state_words_of(uint32_t width)
{
	return (width + 31) / 32;
}

uint32_t
state_key_width(const struct ir_expr *e)
{
	return e->type.kind == IR_BOOL ? 1 : e->type.width;
}

/* What reads and writes registers behind the queue is an action: BMv2 runs the egress of its ports
 * in several threads, and locks the registers of an action for as long as it runs. An @atomic block
 * of a control is not enough there. Ingress has one thread. */
void
state_begin_action(struct gen *g)
{
	if (!g->r->egress)
		return;
	g->outside = g->out;
	text_open(&g->action);
	g->out = g->action.f;
}

void
state_end_action(struct gen *g, const char *suffix, const char *what)
{
	struct weaver *w = g->w;
	struct str prefix = str_sub(g->s->prefix, 2, g->s->prefix.n), body, name; /* after "ps" */

	if (!g->r->egress)
		return;
	body = text_close(&g->action, w->a);
	g->out = g->outside;
	name = weave_fresh(w,
			   str_fmt(w->a, "%.*s%.*s%s", STRA(w->n.prefix), STRA(prefix), suffix));
	state_comment(g->r->actions.f, g, what);
	fprintf(g->r->actions.f, "action %.*s() {\n%.*s}\n", STRA(name), STRA(body));
	fprintf(g->out, "%.*s();\n", STRA(name));
}

/* --- pieces ------------------------------------------------------------------------------------
 */

void
state_epoch(struct gen *g)
{
	struct weaver *w = g->w;

	fprintf(g->out, "bit<32> %.*s = ", STRA(w->n.epoch));
	weave_divide(g->out, str_cstr(w->a, g->r->time), 48, g->s->window_ns / w->plan->target->tick_ns, 32);
	fprintf(g->out, " + 32w%u;\n", g->s->generations);
}

void
state_key_word(const struct gen *g, FILE *out, uint32_t key, uint32_t i)
{
	uint32_t width = state_key_width(g->s->keys.v[key]), n = state_words_of(width);
	uint32_t lo = 32 * (n - 1 - i), hi = lo + 31 < width - 1 ? lo + 31 : width - 1;
	struct str name = g->w->n.key;

	if (n == 1)
		fprintf(out, "%.*s%u", STRA(name), key);
	else if (hi - lo == 31)
		fprintf(out, "%.*s%u[%u:%u]", STRA(name), key, hi, lo);
	else
		fprintf(out, "((bit<32>)%.*s%u[%u:%u])", STRA(name), key, hi, lo);
}

void
state_keys(struct gen *g)
{
	struct weaver *w = g->w;

	for (uint32_t i = 0; i < g->s->keys.n; i++) {
		const struct ir_expr *e = g->s->keys.v[i];
		uint32_t width = state_key_width(e);

		fprintf(g->out, "bit<%u> %.*s%u = ", width <= 32 ? 32 : width, STRA(w->n.key), i);
		if (width < 32)
			fputs("(bit<32>)(", g->out);
		weave_bits(w, g->out, e, g->at, width);
		fputs(width < 32 ? ");\n" : ";\n", g->out);
		g->nwords += state_words_of(width);
	}
}

/* Value i of the packet at hand, where a row gets it. */
void
state_value(const struct gen *g, FILE *out, uint32_t i)
{
	const struct plan_value *v = &g->s->values.v[i];

	if (v->by_key && !g->apart)
		weave_bits(g->w, out, v->expr, g->at, v->width);
	else
		fprintf(out, "%.*s%u", STRA(g->w->n.value), i);
}

static void
print_values(struct gen *g)
{
	for (uint32_t i = 0; i < g->s->values.n; i++) {
		const struct plan_value *v = &g->s->values.v[i];

		if (v->by_key)
			continue;
		fprintf(g->out, "bit<%u> %.*s%u = ", v->width, STRA(g->w->n.value), i);
		if (v->expr)
			weave_bits(g->w, g->out, v->expr, g->at, v->width);
		else
			fprintf(g->out, "%uw1", v->width);
		fputs(";\n", g->out);
	}
}

struct manifest_column
state_declare_words(struct gen *g, const char *what, uint32_t number, uint32_t width, bool is_signed,
	      uint32_t cells, struct str *names)
{
	struct manifest_column c = { .width = width, .is_signed = is_signed };
	uint32_t n = state_words_of(width);

	for (uint32_t i = 0; i < n; i++) {
		char suffix[48];
		struct str path;

		if (n == 1)
			snprintf(suffix, sizeof(suffix), "_%s%u", what, number);
		else
			snprintf(suffix, sizeof(suffix), "_%s%u_%u", what, number, i);
		names[i] = state_declare(g, suffix, 32, cells, &path);
		vec_push(g->w->a, &c.words, path);
	}
	return c;
}

struct manifest_column
state_declare_value(struct gen *g, const char *what, uint32_t i, uint32_t cells, struct str *ret_name)
{
	const struct plan_value *v = &g->s->values.v[i];
	struct manifest_column c = { .width = v->width,
				     .is_signed = v->expr && v->expr->type.is_signed };
	struct str path;
	char suffix[32];

	snprintf(suffix, sizeof(suffix), "_%s%u", what, i);
	*ret_name = state_declare(g, suffix, v->width, cells, &path);
	vec_push(g->w->a, &c.words, path);
	return c;
}

/* A packet that was inside for longer than the generations last finds its cell taken by a newer epoch, and leaves it alone:
 * its own epoch is reported as incomplete. */
void
state_counter(struct gen *g, struct str reg, const char *index, const char *amount, bool inside)
{
	const struct names *n = &g->w->n;
	FILE *out = g->out;

	if (!inside)
		fprintf(out, "@atomic {\nbit<64> %.*s;\n", STRA(n->cell));
	fprintf(out, "%.*s.read(%.*s, %s);\n", STRA(reg), STRA(n->cell), index);
	fprintf(out,
		"if (%.*s == 0 || (int<32>)(%.*s - %.*s[63:32]) > 32s0) { %.*s = %.*s ++ 32w0; }\n",
		STRA(n->cell), STRA(n->epoch), STRA(n->cell), STRA(n->cell), STRA(n->epoch));
	fprintf(out, "if (%.*s[63:32] == %.*s) { %.*s.write(%s, %.*s + %s); }\n", STRA(n->cell),
		STRA(n->epoch), STRA(reg), index, STRA(n->cell), amount);
	if (!inside)
		fputs("}\n", out);
}

const char *
state_epoch_index(const struct gen *g)
{
	struct str s = str_fmt(g->w->a, "((%.*s - 32w%u) & 32w%u)", STRA(g->w->n.epoch),
			       g->s->generations, g->s->epoch_cells - 1);

	return str_cstr(g->w->a, s);
}

/* --- ring --------------------------------------------------------------------------------------
 */

void
state_declare_ring(struct gen *g, const char *copies, struct ring_names *ret)
{
	uint32_t rows = g->s->ring_rows;
	struct str names[4];

	g->m->ring.rows = rows;
	ret->sequence = state_declare(g, "_ring_next", 32, 1, &g->m->ring.sequence);
	ret->epoch = state_declare(g, "_ring_epoch", 32, rows, &g->m->ring.epoch);
	for (uint32_t i = 0; i < g->s->keys.n; i++) {
		const struct ir_expr *e = g->s->keys.v[i];
		struct manifest_column c =
			state_declare_words(g, "ring", i, state_key_width(e), e->type.is_signed, rows, names);

		vec_push(g->w->a, &g->m->ring.columns, c);
		for (uint32_t k = 0; k < state_words_of(state_key_width(e)); k++)
			vec_push(g->w->a, &ret->words, names[k]);
	}
	for (uint32_t i = 0; i < g->s->values.n; i++) {
		struct manifest_column c = state_declare_value(g, "ring_value", i, rows, names);

		vec_push(g->w->a, &g->m->ring.columns, c);
		vec_push(g->w->a, &ret->words, names[0]);
	}
	if (copies) {
		vec_push(g->w->a, &g->m->ring.columns,
			 state_declare_words(g, "ring_copies", 0, 32, false, rows, names));
		vec_push(g->w->a, &ret->words, names[0]);
	}
}

void
state_ring(struct gen *g, const struct ring_names *ring, const char *copies, const char *keep_number, bool old)
{
	const struct names *n = &g->w->n;
	uint32_t word = 0;
	FILE *out = g->out;

	fprintf(out, "bit<32> %.*s;\n", STRA(n->sequence));
	fprintf(out, "%.*s.read(%.*s, 32w0);\n", STRA(ring->sequence), STRA(n->sequence));
	fprintf(out, "%.*s.write(32w0, %.*s + 32w1);\n", STRA(ring->sequence), STRA(n->sequence));
	if (keep_number)
		fprintf(out, "%s\n", keep_number);
	fprintf(out, "%.*s = %.*s & 32w%u;\n", STRA(n->sequence), STRA(n->sequence),
		g->s->ring_rows - 1);
	fprintf(out, "%.*s.write(%.*s, %.*s%s);\n", STRA(ring->epoch), STRA(n->sequence),
		STRA(old ? n->cell : n->epoch), old ? "[63:32]" : "");
	for (uint32_t i = 0; i < g->s->keys.n; i++)
		for (uint32_t k = 0; k < state_words_of(state_key_width(g->s->keys.v[i])); k++) {
			fprintf(out, "%.*s.write(%.*s, ", STRA(ring->words.v[word]),
				STRA(n->sequence));
			if (old)
				fprintf(out, "%.*s%u", STRA(n->old), word);
			else
				state_key_word(g, out, i, k);
			fputs(");\n", out);
			word++;
		}
	for (uint32_t i = 0; i < g->s->values.n; i++) {
		fprintf(out, "%.*s.write(%.*s, ", STRA(ring->words.v[word + i]), STRA(n->sequence));
		if (!old)
			state_value(g, out, i);
		else if (i == 0 && g->s->packed)
			fprintf(out, "%.*s[31:0]", STRA(n->cell));
		else
			fprintf(out, "%.*s_%.*s%u", STRA(n->old), STRA(STR("value")), i);
		fputs(");\n", out);
	}
	if (copies)
		fprintf(out, "%.*s.write(%.*s, %s);\n", STRA(ring->words.v[word + g->s->values.n]),
			STRA(n->sequence), copies);
}

/* Columns that are in the ring only. */
void
state_stream_columns(struct gen *g)
{
	vec_each (k, &g->s->keys)
		vec_push(g->w->a, &g->m->keys,
			 (struct manifest_column){ .width = state_key_width(*k),
						   .is_signed = (*k)->type.is_signed });
	vec_each (v, &g->s->values)
		vec_push(g->w->a, &g->m->values,
			 (struct manifest_column){ .width = v->width,
						   .is_signed = v->expr && v->expr->type.is_signed });
}

/* --- kinds -------------------------------------------------------------------------------------
 */

/* Every tuple goes into the ring: streams, and queries whose table is the controller's. */
static void
print_tuples(struct gen *g)
{
	struct ring_names ring = { 0 };
	bool refined;

	state_stream_columns(g);
	state_declare_ring(g, NULL, &ring);
	state_epoch(g);
	state_keys(g);
	refined = state_begin_refined(g);
	print_values(g);
	fputs("@atomic {\n", g->out);
	state_ring(g, &ring, NULL, NULL, false);
	fputs("}\n", g->out);
	state_end_refined(g, refined);
}

static void
print_aggregate(struct gen *g)
{
	struct table_names t = { 0 };
	struct ring_names ring = { 0 };
	struct str overflow = { 0 };
	bool refined;

	state_declare_table(g, &t);
	if (g->s->mirror)
		state_declare_ring(g, NULL, &ring);
	else
		overflow = state_declare(g, "_overflow", 64, g->s->epoch_cells, &g->m->overflow_in);
	state_epoch(g);
	state_keys(g);
	refined = state_begin_refined(g);
	print_values(g);
	state_hash(g);
	fputs("@atomic {\n", g->out);
	state_find(g, &t);
	state_found(g, &t, &ring, overflow);
	fputs("}\n", g->out);
	state_end_refined(g, refined);
}

static const char *const kind_words[] = { "aggregate", "distinct keys", "what is sent to the queue", "tuples" };

/* NULL: in any case. */
static void
print_if(struct gen *g, const struct ir_expr *e)
{
	if (e) {
		fputs("if (", g->out);
		weave_expr(g->w, g->out, e, g->at);
		fputs(") ", g->out);
	}
	fputs("{\n", g->out);
}

static void
print_leave_out(struct gen *g)
{
	struct str reg = state_declare(g, "_absent", 64, g->s->epoch_cells, &g->m->absent);

	state_comment(g->out, g, "a key or value is absent");
	state_begin_action(g);
	state_epoch(g);
	state_counter(g, reg, state_epoch_index(g), "1", false);
	state_end_action(g, "_leave_out", "a key or value is absent");
}

static void
print_update(struct gen *g, struct str tag)
{
	state_begin_action(g);
	if (g->s->kind == PLAN_LOST)
		state_lost_in(g, tag);
	else if (!g->s->stages || g->s->kind == PLAN_STREAM)
		print_tuples(g);
	else
		print_aggregate(g);
	state_end_action(g, "_update", kind_words[g->s->kind]);
}

/* With something that may be absent: guard and absence begin with the filters, which are asked once, unless the guard comes as one bit. */
static void
print_either(struct gen *g, struct str tag)
{
	const struct ir_expr *guard = g->s->guard, *absent = g->s->absent;
	uint32_t carried;
	bool nested = guard->op == IR_AND && absent->op == IR_AND && guard->a == absent->a &&
		      plan_read(g->w->plan, guard, g->at, &carried) == PLAN_READ_COMPUTE;

	if (nested)
		print_if(g, guard->a);
	print_if(g, nested ? guard->b : guard);
	print_update(g, tag);
	fputs("} else ", g->out);
	print_if(g, nested || (absent->op == IR_NOT && absent->a == guard) ? NULL : absent);
	print_leave_out(g);
	fputs(nested ? "}\n}\n" : "}\n", g->out);
}

static void
print_guarded(struct gen *g)
{
	struct str tag = { 0 };

	state_comment(g->out, g, kind_words[g->s->kind]);
	if (g->s->kind == PLAN_LOST) {
		tag = str_fmt(g->w->a, "%.*s_tag%d", STRA(g->w->n.prefix), g->s->row_tag);
		fprintf(g->out, "bit<%u> %.*s = 0;\n", g->s->row_bits, STRA(tag));
	}
	if (g->s->absent) {
		print_either(g, tag);
		return;
	}
	print_if(g, g->s->guard);
	print_update(g, tag);
	fputs("}\n", g->out);
}

/* Whoever has the table counts its packets, and those that a key is absent from, where that is seen. */
static void
print_part(struct gen *g)
{
	const struct plan_part *part = &g->s->part;

	state_stream_columns(g);
	g->m->part = (struct manifest_part){ .any = true, .state = part->state, .mark = part->mark, .absent = part->absent };
	vec_each (k, &part->keys)
		vec_push(g->w->a, &g->m->part.keys, (struct manifest_part_key){ k->key, k->lo });
	vec_each (v, &part->values)
		vec_push(g->w->a, &g->m->part.values, *v);
	if (g->s->absent) {
		print_if(g, g->s->absent);
		print_leave_out(g);
		fputs("}\n", g->out);
	}
}

struct gen
state_gen(struct weaver *w, const struct plan_state *s, struct manifest_state *m, enum ir_instant at)
{
	struct role *r = &w->roles[at >= IR_AT_DEQ];
	bool before = at == IR_AT_IN || at == IR_AT_DEQ;

	r->any = true;
	return (struct gen){
		.w = w, .s = s, .m = m, .r = r, .out = before ? r->pre.f : r->post.f, .at = at
	};
}

void
weave_state(struct weaver *w, const struct plan_state *s)
{
	static const enum manifest_kind kinds[] = { MANIFEST_REDUCE, MANIFEST_DISTINCT,
						    MANIFEST_LOST, MANIFEST_STREAM };
	struct manifest_state m = { .query = s->query->index,
				    .name = s->query->name,
				    .kind = kinds[s->kind],
				    .window_ns = s->window_ns,
				    .generations = s->generations,
				    .epoch_cells = s->epoch_cells };
	struct gen g = state_gen(w, s, &m, s->at);

	w->at = s->query->at;
	w->query = s->query->name;
	if (s->kind != PLAN_STREAM) {
		m.rows = s->rows;
		m.stages = s->stages;
		m.replaces = s->replaces;
	}
	if (s->values.n > 8)
		bug("%u values", s->values.n);
	m.raw = s->raw;
	m.from = s->split;
	for (uint32_t i = 0; s->raw && i < s->keys.n; i++)
		vec_push(w->a, &m.fields, s->keys.v[i]->field->index);
	if (s->part.any)
		print_part(&g);
	else
		print_guarded(&g);
	if (s->kind == PLAN_LOST) {
		g = state_gen(w, s, &m, IR_AT_DEQ);
		state_lost_out(&g);
	}
	vec_push(w->a, &w->m->states, m);
}
