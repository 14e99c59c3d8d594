/* gen_state.c - what queries keep in the kernel: tables of rows, counters of epochs, rings of tuples.
 *
 * A table has a block of rows for each generation and each CPU, so that no two CPUs write one row. Rows are given to keys in the order in which they come,
 * so those of a closed epoch lie one behind the other, wherever the hashes of their keys led to: slots, of which a block has as many, say which row a key has. */
#include <inttypes.h>

#include "target/linux/gen.h"

#define ROWS_MAX (1u << 24)

static uint32_t
words_of(uint32_t width)
{
	return width <= 32 ? 1 : width <= 64 ? 2 : 4;
}

static uint32_t
nwords(const struct plan_state *s)
{
	uint32_t n = 0;

	vec_each(k, &s->keys)
		n += words_of(ebpf_width(*k));
	return n;
}

static uint32_t
own_values(const struct plan_state *s)
{
	return s->values.n - (s->packed ? 1 : 0);
}

static struct str
name_of(struct gen *g, const struct plan_state *s, const char *what)
{
	return str_fmt(g->a, "%.*s_%s", STRA(s->prefix), what);
}

static struct str
add_register(struct gen *g, const struct plan_state *s, struct str name, const char *map, uint32_t offset, uint32_t bytes, uint32_t count)
{
	struct kernel_register r = { name, name_of(g, s, map), offset, bytes, count, false };

	vec_push(g->a, &g->k->registers, r);
	return name;
}

/* --- declarations ------------------------------------------------------------------------------ */

static void
declare_map(struct gen *g, struct str name, const char *value, uint32_t count)
{
	fprintf(g->out,
		"struct {\n\tPS_UINT(type, PS_MAP_ARRAY);\n\tPS_UINT(map_flags, PS_F_MMAPABLE);\n"
		"\tPS_UINT(max_entries, %u);\n\tPS_TYPE(key, u32);\n\tPS_TYPE(value, %s);\n} %.*s SEC(\".maps\");\n\n",
		count, value, STRA(name));
}

/* The columns of keys and values in an element of `map`, whose keys start at `at` bytes. `values` lie before. */
static void
describe_columns(struct gen *g, const struct plan_state *s, const char *map, uint32_t values_at, uint32_t keys_at, uint32_t count,
		 bool packed, struct manifest_column **ret_keys, struct manifest_column **ret_values)
{
	uint32_t word = 0, slot = 0, i = 0;
	struct manifest_column *keys = arena_array(g->a, struct manifest_column, s->keys.n + 1);
	struct manifest_column *values = arena_array(g->a, struct manifest_column, s->values.n + 1);

	vec_each(k, &s->keys) {
		keys[i].width = ebpf_width(*k);
		keys[i].is_signed = (*k)->type.is_signed && (*k)->type.kind != IR_BOOL;
		for (uint32_t w = 0; w < words_of(keys[i].width); w++, word++)
			vec_push(g->a, &keys[i].words,
				 add_register(g, s, str_fmt(g->a, "%.*s_%s_key%u_%u", STRA(s->prefix), map, i, w), map,
					      keys_at + 4 * word, 4, count));
		i++;
	}
	i = 0;
	vec_each(v, &s->values) {
		values[i].width = v->width;
		if (i || !packed)
			vec_push(g->a, &values[i].words,
				 add_register(g, s, str_fmt(g->a, "%.*s_%s_value%u", STRA(s->prefix), map, i), map,
					      values_at + 8 * slot++, 8, count));
		i++;
	}
	*ret_keys = keys;
	*ret_values = values;
}

/* Where keys are looked up, and how many rows of a block have been given away, for whoever reads them. */
static void
declare_slots(struct gen *g, const struct plan_state *s, uint32_t block, struct str cell)
{
	uint32_t cpus = g->o->facts->cpus, count = s->generations * cpus;
	struct kernel_table t = { .cell = cell, .generations = s->generations, .cpus = cpus, .block = block };

	declare_map(g, name_of(g, s, "slots"), "u64", count * block);
	declare_map(g, name_of(g, s, "claims"), "u64", count);
	t.claims = add_register(g, s, name_of(g, s, "claims"), "claims", 0, 8, count);
	vec_push(g->a, &g->k->tables, t);
}

static void
declare_rows(struct gen *g, const struct plan_state *s, struct manifest_state *m)
{
	uint32_t block = s->rows * s->stages * g->o->facts->cpus, head = s->kind == PLAN_LOST ? 24 : 8;
	uint64_t count = (uint64_t)block * s->generations;
	struct manifest_column *keys, *values;

	if (count > ROWS_MAX) {
		diag_error(g->d, s->query->at, "query %.*s: %u rows for each of %u epochs that may be open and %u CPUs are too many (limit %u)",
			   STRA(s->query->name), s->rows * s->stages, s->generations, g->o->facts->cpus, ROWS_MAX);
		diag_hint(g->d, "fewer rows (--rows), a longer epoch, or a smaller --max-delay");
		return;
	}
	fprintf(g->out, "struct %.*s_row {\n\tu64 cell;\n", STRA(s->prefix));
	if (s->kind == PLAN_LOST)
		fputs("\tu64 out, gone;\n", g->out);
	for (uint32_t i = s->packed; i < s->values.n; i++)
		fprintf(g->out, "\tu64 v%u;\n", i);
	fprintf(g->out, "\tu32 key[%u];\n};\n", nwords(s) ? nwords(s) : 1);
	declare_map(g, name_of(g, s, "rows"), str_cstr(g->a, str_fmt(g->a, "struct %.*s_row", STRA(s->prefix))), (uint32_t)count);
	m->cell = add_register(g, s, name_of(g, s, "cell"), "rows", 0, 8, (uint32_t)count);
	if (s->kind == PLAN_LOST) {
		m->cell_out = add_register(g, s, name_of(g, s, "out"), "rows", 8, 8, (uint32_t)count);
		g->k->registers.v[g->k->registers.n - 1].is_started = true;
	}
	describe_columns(g, s, "rows", head, head + 8 * own_values(s), (uint32_t)count, s->packed, &keys, &values);
	for (uint32_t i = 0; i < s->keys.n; i++)
		vec_push(g->a, &m->keys, keys[i]);
	for (uint32_t i = 0; i < s->values.n; i++)
		vec_push(g->a, &m->values, values[i]);
	m->rows = (uint32_t)count;
	m->stages = 1;
	declare_slots(g, s, block / g->o->facts->cpus, m->cell);
}

static void
declare_counters(struct gen *g, const struct plan_state *s, struct manifest_state *m)
{
	bool lost = s->kind == PLAN_LOST;

	m->epoch_cells = s->epoch_cells;
	if (!s->absent && !lost && (s->mirror || s->kind == PLAN_STREAM))
		return;
	fprintf(g->out, "struct %.*s_epoch {\n\tu64 absent, over_in, over_out;\n};\n", STRA(s->prefix));
	declare_map(g, name_of(g, s, "epochs"), str_cstr(g->a, str_fmt(g->a, "struct %.*s_epoch", STRA(s->prefix))), s->epoch_cells);
	if (s->absent)
		m->absent = add_register(g, s, name_of(g, s, "absent"), "epochs", 0, 8, s->epoch_cells);
	if (lost || !(s->mirror || s->kind == PLAN_STREAM))
		m->overflow_in = add_register(g, s, name_of(g, s, "over_in"), "epochs", 8, 8, s->epoch_cells);
	if (lost)
		m->overflow_out = add_register(g, s, name_of(g, s, "over_out"), "epochs", 16, 8, s->epoch_cells);
}

static void
declare_ring(struct gen *g, const struct plan_state *s, struct manifest_state *m)
{
	struct manifest_column *keys, *values;
	struct kernel_ring r = { .rows = s->ring_rows, .is_stream = s->kind == PLAN_STREAM };

	if (!s->ring_rows)
		return;
	fprintf(g->out, "struct %.*s_tuple {\n\tu64 stamp, epoch;\n", STRA(s->prefix));
	for (uint32_t i = 0; i < s->values.n; i++)
		fprintf(g->out, "\tu64 v%u;\n", i);
	fprintf(g->out, "\tu32 key[%u];\n};\n", nwords(s) ? nwords(s) : 1);
	declare_map(g, name_of(g, s, "ring"), str_cstr(g->a, str_fmt(g->a, "struct %.*s_tuple", STRA(s->prefix))), s->ring_rows);
	declare_map(g, name_of(g, s, "head"), "u64", 1);
	m->ring.rows = s->ring_rows;
	r.sequence = m->ring.sequence = name_of(g, s, "sequence");
	r.head = add_register(g, s, name_of(g, s, "head"), "head", 0, 8, 1);
	r.stamp = add_register(g, s, name_of(g, s, "stamp"), "ring", 0, 8, s->ring_rows);
	m->ring.epoch = add_register(g, s, name_of(g, s, "ring_epoch"), "ring", 8, 8, s->ring_rows);
	vec_push(g->a, &g->k->rings, r);
	describe_columns(g, s, "ring", 16, 16 + 8 * s->values.n, s->ring_rows, false, &keys, &values);
	for (uint32_t i = 0; i < s->keys.n; i++)
		vec_push(g->a, &m->ring.columns, keys[i]);
	for (uint32_t i = 0; i < s->values.n; i++)
		vec_push(g->a, &m->ring.columns, values[i]);
}

/* --- functions --------------------------------------------------------------------------------- */

/* The next row of a block, for a key that has none. Who swaps the slot's word claims it; a program that comes in between, on the same CPU, finds a slot
 * without a row and leaves it: a key must not have two rows. */
static void
write_claim(struct gen *g, const struct plan_state *s)
{
	struct str p = s->prefix;
	uint32_t n = nwords(s), block = s->rows * s->stages;

	fprintf(g->out,
		"PS_INLINE struct %.*s_row *\n%.*s_claim(u64 *slot, u64 word, u32 list, u32 stored, const u32 *key, u32 *ret)\n{\n"
		"\tu64 *claims = ps_lookup(&%.*s_claims, &list);\n\tstruct %.*s_row *row;\n\tu32 n;\n\n"
		"\tif (!claims || (word && (s32)((u32)(word >> 32) - stored) > 0))\n\t\treturn NULL;\n"
		"\tif (__sync_val_compare_and_swap(slot, word, (u64)stored << 32) != word)\n\t\treturn NULL;\n"
		"\tn = ps_epoch_count(claims, stored);\n\t*ret = list * %u + n;\n\trow = n < %u ? ps_lookup(&%.*s_rows, ret) : NULL;\n"
		"\tif (!row)\n\t\treturn NULL;\n",
		STRA(p), STRA(p), STRA(p), STRA(p), block, block, STRA(p));
	for (uint32_t i = 0; i < n; i++)
		fprintf(g->out, "\trow->key[%u] = key[%u];\n", i, i);
	if (s->kind == PLAN_LOST)
		fputs("\trow->out = row->gone = (u64)stored << 32;\n", g->out);
	for (uint32_t i = s->packed; i < s->values.n; i++)
		fprintf(g->out, "\trow->v%u = 0;\n", i);
	fputs("\trow->cell = (u64)stored << 32;\n\t*(volatile u64 *)slot = (u64)stored << 32 | (n + 1);\n\treturn row;\n}\n\n", g->out);
}

static void
write_find(struct gen *g, const struct plan_state *s)
{
	struct str p = s->prefix;
	uint32_t n = nwords(s), cpus = g->o->facts->cpus, block = s->rows * s->stages;

	fprintf(g->out,
		"/* The key's row in the epoch, found or claimed; NULL when its places are taken. */\n"
		"PS_INLINE struct %.*s_row *\n%.*s_find(u64 epoch, const u32 *key, u32 *ret, int *ret_fresh)\n{\n"
		"\tu32 stored = (u32)epoch + %u, list = (u32)(epoch %% %u) * %u + ps_cpu(), from = list * %u;\n"
		"\tu64 hash = ps_hash(key, %u);\n\n"
		"#pragma clang loop unroll(full)\n\tfor (u32 stage = 0; stage < %u; stage++) {\n"
		"\t\tu32 i = from + stage * %u + (u32)(hash >> (stage * 11)) %% %u;\n"
		"\t\tu64 *slot = ps_lookup(&%.*s_slots, &i), word;\n\t\tstruct %.*s_row *row;\n\n"
		"\t\tif (!slot)\n\t\t\treturn NULL;\n\t\tword = *(volatile u64 *)slot;\n"
		"\t\tif ((u32)(word >> 32) != stored) {\n\t\t\t*ret_fresh = 1;\n"
		"\t\t\treturn %.*s_claim(slot, word, list, stored, key, ret);\n\t\t}\n"
		"\t\t*ret = from + (u32)word - 1;\n\t\trow = (u32)word ? ps_lookup(&%.*s_rows, ret) : NULL;\n"
		"\t\tif (!row)\n\t\t\treturn NULL;\n\t\tif (1",
		STRA(p), STRA(p), s->generations, s->generations, cpus, block, n, s->stages, s->rows, s->rows, STRA(p), STRA(p), STRA(p), STRA(p));
	for (uint32_t i = 0; i < n; i++)
		fprintf(g->out, " && row->key[%u] == key[%u]", i, i);
	fputs(")\n\t\t\treturn row;\n\t}\n\treturn NULL;\n}\n\n", g->out);
}

static const char *
values_text(struct gen *g, const struct plan_state *s, bool declare)
{
	struct str text = STR_NONE;

	for (uint32_t i = 0; i < s->values.n; i++)
		text = str_fmt(g->a, "%.*s, %sv%u", STRA(text), declare ? "u64 " : "", i);
	return str_cstr(g->a, text);
}

static void
write_push(struct gen *g, const struct plan_state *s)
{
	struct str p = s->prefix;

	if (!s->ring_rows)
		return;
	fprintf(g->out,
		"/* A whole tuple, for the controller. */\n"
		"PS_INLINE void\n%.*s_push(u64 epoch, const u32 *key%s)\n{\n"
		"\tu32 zero = 0, i;\n\tu64 *head = ps_lookup(&%.*s_head, &zero), number;\n\tstruct %.*s_tuple *r;\n\n"
		"\tif (!head)\n\t\treturn;\n\tnumber = __sync_fetch_and_add(head, 1);\n\ti = (u32)(number %% %u);\n"
		"\tr = ps_lookup(&%.*s_ring, &i);\n\tif (!r)\n\t\treturn;\n"
		"\t__sync_lock_test_and_set(&r->stamp, 0);\n\tr->epoch = (u32)epoch + %u;\n",
		STRA(p), values_text(g, s, true), STRA(p), STRA(p), s->ring_rows, STRA(p), s->generations);
	for (uint32_t i = 0; i < s->values.n; i++)
		fprintf(g->out, "\tr->v%u = v%u;\n", i, i);
	for (uint32_t i = 0; i < nwords(s); i++)
		fprintf(g->out, "\tr->key[%u] = key[%u];\n", i, i);
	fputs("\t__sync_lock_test_and_set(&r->stamp, number + 1);\n}\n\n", g->out);
}

/* Rows belong to a CPU. `alone`: and only one tracepoint's program writes them, which nothing can come between. */
static void
write_merge(struct gen *g, const struct plan_value *v, uint32_t i, bool packed, bool alone)
{
	const char *sign = v->merge == IR_MERGE_MIN ? "<" : ">";

	if (v->merge == IR_MERGE_SUM && packed)
		fprintf(g->out, alone ? "\trow->cell += v%u;\n" : "\t__sync_fetch_and_add(&row->cell, v%u);\n", i);
	else if (v->merge == IR_MERGE_SUM && alone)
		fprintf(g->out, "\trow->v%u += v%u;\n", i, i);
	else if (v->merge == IR_MERGE_SUM)
		fprintf(g->out, "\t__sync_fetch_and_add(&row->v%u, v%u);\n", i, i);
	else if (packed)
		fprintf(g->out, "\tif (fresh || v%u %s (u32)row->cell)\n\t\trow->cell = row->cell >> 32 << 32 | v%u;\n", i, sign, i);
	else
		fprintf(g->out, "\tif (fresh || v%u %s row->v%u)\n\t\trow->v%u = v%u;\n", i, sign, i, i, i);
}

static void
write_overflow(struct gen *g, const struct plan_state *s, const char *indent, const char *member)
{
	fprintf(g->out, "%su32 cell = (u32)(epoch %% %u);\n%sstruct %.*s_epoch *e = ps_lookup(&%.*s_epochs, &cell);\n\n"
		"%sif (e)\n%s\tps_epoch_count(&e->%s, (u32)epoch + %u);\n",
		indent, s->epoch_cells, indent, STRA(s->prefix), STRA(s->prefix), indent, indent, member, s->generations);
}

static void
write_add(struct gen *g, const struct plan_state *s)
{
	struct str p = s->prefix;
	uint32_t i = 0;

	fprintf(g->out, "PS_INLINE void\n%.*s_add(u64 epoch, const u32 *key%s)\n{\n", STRA(p), values_text(g, s, true));
	if (s->kind == PLAN_STREAM) {
		fprintf(g->out, "\t%.*s_push(epoch, key%s);\n}\n\n", STRA(p), values_text(g, s, false));
		return;
	}
	fprintf(g->out, "\tu32 at = 0;\n\tint fresh = 0;\n\tstruct %.*s_row *row = %.*s_find(epoch, key, &at, &fresh);\n\n\tif (!row) {\n", STRA(p),
		STRA(p));
	if (s->mirror)
		fprintf(g->out, "\t\t%.*s_push(epoch, key%s);\n", STRA(p), values_text(g, s, false));
	else
		write_overflow(g, s, "\t\t", "over_in");
	fputs("\t\treturn;\n\t}\n", g->out);
	vec_each(v, &s->values) {
		write_merge(g, v, i, s->packed && i == 0, s->at >= IR_AT_DEQ);
		i++;
	}
	fputs("\t(void)fresh;\n}\n\n", g->out);
}

/* A packet more or less that was offered. */
static void
write_correction(struct gen *g, const struct plan_state *s, const char *name, int by)
{
	struct str p = s->prefix;

	fprintf(g->out,
		"PS_INLINE void\n%.*s_%s(u64 epoch, u32 number)\n{\n\tu32 at = number - 1;\n"
		"\tstruct %.*s_row *row = number && number != ~0u ? ps_lookup(&%.*s_rows, &at) : NULL;\n\n"
		"\tif (row && (u32)(row->cell >> 32) == (u32)epoch + %u)\n\t\t__sync_fetch_and_add(&row->cell, %d);\n}\n\n",
		STRA(p), name, STRA(p), STRA(p), s->generations, by);
}

/* A lost query's row number + 1, ~0 for the epoch's overflow. */
static void
write_lost(struct gen *g, const struct plan_state *s)
{
	struct str p = s->prefix;

	fprintf(g->out,
		"PS_INLINE u32\n%.*s_offer(u64 epoch, const u32 *key)\n{\n\tu32 at = 0;\n\tint fresh = 0;\n"
		"\tstruct %.*s_row *row = %.*s_find(epoch, key, &at, &fresh);\n\n\tif (!row) {\n",
		STRA(p), STRA(p), STRA(p));
	write_overflow(g, s, "\t\t", "over_in");
	fputs("\t\treturn ~0u;\n\t}\n\t__sync_fetch_and_add(&row->cell, 1);\n\treturn at + 1;\n}\n\n", g->out);
	for (int side = 0; side < 2; side++) {
		const char *name = side ? "lose" : "start", *member = side ? "gone" : "out";

		fprintf(g->out, "PS_INLINE void\n%.*s_%s(u64 epoch, u32 number)\n{\n", STRA(p), name);
		if (side == 0) {
			fputs("\tif (number == ~0u) {\n", g->out);
			write_overflow(g, s, "\t\t", "over_out");
			fputs("\t\treturn;\n\t}\n", g->out);
		}
		fprintf(g->out,
			"\tu32 at = number - 1;\n\tstruct %.*s_row *row = number && number != ~0u ? ps_lookup(&%.*s_rows, &at) : NULL;\n\n"
			"\tif (row && (u32)(row->%s >> 32) == (u32)epoch + %u)\n\t\t__sync_fetch_and_add(&row->%s, 1);\n}\n\n",
			STRA(p), STRA(p), member, s->generations, member);
	}
	write_correction(g, s, "evict", -1);
	if (g->o->mark)
		write_correction(g, s, "again", 1);
}

static void
gen_one(struct gen *g, const struct plan_state *s)
{
	static const enum manifest_kind kinds[] = { MANIFEST_REDUCE, MANIFEST_DISTINCT, MANIFEST_LOST, MANIFEST_STREAM };
	struct manifest_state m = { .query = s->query->index, .name = s->query->name, .kind = kinds[s->kind], .window_ns = s->window_ns,
				    .generations = s->generations };

	if (s->kind == PLAN_LOST && (s->mirror || s->packets.n)) {
		diag_error(g->d, s->query->at, "query %.*s: the kernel %s", STRA(s->query->name),
			   s->packets.n ? "doesn't name lost packets one by one" : "keeps losses without a row as a total (overflow = total)");
		return;
	}
	fprintf(g->out, "/* --- query %.*s --- */\n\n", STRA(s->query->name));
	if (s->kind != PLAN_STREAM)
		declare_rows(g, s, &m);
	declare_counters(g, s, &m);
	declare_ring(g, s, &m);
	if (s->kind != PLAN_STREAM) {
		write_claim(g, s);
		write_find(g, s);
	}
	write_push(g, s);
	if (s->kind == PLAN_LOST)
		write_lost(g, s);
	else
		write_add(g, s);
	vec_push(g->a, &g->m->states, m);
}

void
ebpf_states(struct gen *g)
{
	vec_each(s, &g->plan->states)
		gen_one(g, s);
}

/* The packet's epoch: most queries have the same, which is the tick. */
static const char *
epoch_of(struct gen *g, const struct plan_state *s)
{
	if (s->window_ns == g->k->tick_ns)
		return "tick";
	return str_cstr(g->a, str_fmt(g->a, "time_in / %llu", (unsigned long long)s->window_ns));
}

/* --- use --------------------------------------------------------------------------------------- */

static void
write_keys(struct gen *g, const struct plan_state *s, enum ir_instant at)
{
	uint32_t word = 0, k = 0;

	fprintf(g->out, "\t\tu32 key[%u];\n\n", nwords(s) ? nwords(s) : 1);
	vec_each(e, &s->keys) {
		uint32_t width = ebpf_width(*e), n = words_of(width);

		fprintf(g->out, "\t\t%s k%u = ", ebpf_type(width), k);
		ebpf_value(g, *e, at);
		fputs(";\n", g->out);
		for (uint32_t w = 0; w < n; w++)
			fprintf(g->out, "\t\tkey[%u] = (u32)(k%u >> %u);\n", word++, k, 32 * (n - 1 - w));
		k++;
	}
}

void
ebpf_count(struct gen *g, const struct plan_state *s, enum ir_instant at)
{
	struct str p = s->prefix;

	g->query = s->query->name;
	g->at = s->query->at;
	fprintf(g->out, "\t/* %.*s */\n", STRA(s->query->name));
	fputs("\tif (", g->out);
	if (s->guard)
		ebpf_truth(g, s->guard, at);
	else
		fputc('1', g->out);
	fprintf(g->out, ") {\n\t\tu64 epoch = %s;\n", epoch_of(g, s));
	write_keys(g, s, at);
	/* even an arrival: its processor may stand still for longer than epochs are waited for */
	fprintf(g->out, "\t\tif (ps_is_late(epoch, %" PRIu64 "ull))\n\t\t\tps_count(port_in, PS_N_LATE);\n\t\telse\n\t", s->window_ns);
	if (s->kind == PLAN_LOST) {
		fprintf(g->out, "\t\tt->row%u = %.*s_offer(epoch, key);\n", s->index, STRA(p));
	} else {
		fprintf(g->out, "\t\t%.*s_add(epoch, key", STRA(p));
		vec_each(v, &s->values) {
			fputs(", ", g->out);
			if (v->expr)
				ebpf_value(g, v->expr, at);
			else
				fputc('1', g->out);
		}
		fputs(");\n", g->out);
	}
	fputs("\t}\n", g->out);
	if (!s->absent)
		return;
	fputs("\tif (", g->out);
	ebpf_truth(g, s->absent, at);
	fprintf(g->out, ") {\n\t\tu64 epoch = %s;\n", epoch_of(g, s));
	write_overflow(g, s, "\t\t", "absent");
	fputs("\t}\n", g->out);
}

void
ebpf_lost_out(struct gen *g, const char *what, const char *indent)
{
	vec_each(s, &g->plan->states)
		if (s->kind == PLAN_LOST)
			fprintf(g->out, "%sif (t->row%u && !ps_is_late(%s, %" PRIu64 "ull))\n%s\t%.*s_%s(%s, t->row%u);\n", indent, s->index,
				epoch_of(g, s), s->window_ns, indent, STRA(s->prefix), what, epoch_of(g, s), s->index);
}

void
ebpf_carry(struct gen *g, enum ir_instant at)
{
	vec_each(t, &g->plan->tags) {
		if (!t->expr || t->born != at)
			continue;
		g->query = STR_NONE;
		g->at = (struct span){ 0, 0 };
		fprintf(g->out, "\tt->c%u = ", t->index);
		ebpf_value(g, t->expr, at);
		fputs(";\n", g->out);
	}
}
