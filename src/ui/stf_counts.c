/* Counters, registers and reasons of drops, against a number or for show. */
#include "ui/stf_run.h"

#include "switch/table.h"
#include "ui/stf_names.h"

static bool
holds(enum stf_compare op, int sign)
{
	switch (op) {
	case STF_EQ:
		return sign == 0;
	case STF_NE:
		return sign != 0;
	case STF_LT:
		return sign < 0;
	case STF_LE:
		return sign <= 0;
	case STF_GT:
		return sign > 0;
	case STF_GE:
		return sign >= 0;
	}
	bug("comparison %d", (int)op);
}

static const char *
op_text(enum stf_compare op)
{
	static const char *const texts[] = { [STF_EQ] = "==", [STF_NE] = "!=", [STF_LT] = "<",
					     [STF_LE] = "<=", [STF_GT] = ">",  [STF_GE] = ">=" };

	return texts[op];
}

static void
error(struct stf_run *r, struct sw_arg at, const char *what)
{
	diag_error(r->c->diags, at.at, "%s '%.*s'", what, STRA(at.text));
	r->failed_to_run = true;
}

/* `sign_bits`: width of a signed number, which may be written as its bits (0xff is -1 of 8 bits); else 0. */
static void
check(struct stf_run *r, const struct stf_statement *s, struct big have, uint32_t sign_bits, const char *what)
{
	struct big want;

	if (!stf_number(r->arena, r->c->diags, s->number, &want)) {
		r->failed_to_run = true;
		return;
	}
	if (sign_bits)
		want = big_wrap_signed(r->arena, want, sign_bits);
	if (holds(s->compare, big_cmp(have, want)))
		return;
	stf_failure(r, s, "%s: %.*s, expected %s %.*s", what, STRA(big_text(r->arena, have, 10)), op_text(s->compare),
		    STRA(s->number.text));
}

/* --- counters --- */

/* A direct counter's cell, by the entry's handle. */
static bool
entry_cell(struct stf_run *r, uint32_t counter, uint32_t handle, uint32_t *ret)
{
	for (uint32_t t = 0; t < r->program->ntables; t++) {
		const struct ps_entry *e;

		if (r->program->tables[t].direct_counter != (int32_t)counter)
			continue;
		e = sw_table_entry(sw_table(r->soft.sw, t), handle);
		if (e)
			*ret = e->counter;
		return e != NULL;
	}
	return false;
}

static bool
label_handle(const struct stf_run *r, struct str name, uint32_t *ret)
{
	if (name.n && name.p[0] == '$')
		name = str_sub(name, 1, name.n);
	vec_each(l, &r->labels) {
		struct str label = l->name.n && l->name.p[0] == '$' ? str_sub(l->name, 1, l->name.n) : l->name;

		if (!str_eq(label, name))
			continue;
		*ret = l->handle;
		return true;
	}
	return false;
}

static bool
cell_number(struct stf_run *r, const struct stf_statement *s, uint32_t *ret)
{
	struct big v;

	if (label_handle(r, s->index.text, ret))
		return true;
	if (s->index.text.p[0] < '0' || s->index.text.p[0] > '9') {
		error(r, s->index, "no entry has the name");
		return false;
	}
	if (!stf_number(r->arena, r->c->diags, s->index, &v))
		return false;
	if (big_fits_u64(v) && big_u64(v) < UINT32_MAX) {
		*ret = (uint32_t)big_u64(v);
		return true;
	}
	error(r, s->index, "no such cell:");
	return false;
}

static void
counter(struct stf_run *r, const struct stf_statement *s)
{
	int index = sw_counter_index(r->soft.sw, s->name.text);
	struct ps_counter_cell have;
	uint32_t cell;
	char what[300];

	if (index < 0) {
		error(r, s->name, "no counter");
		return;
	}
	if (!cell_number(r, s, &cell)) {
		r->failed_to_run = true;
		return;
	}
	if ((r->program->counters[index].size == 0 && !entry_cell(r, (uint32_t)index, cell, &cell)) ||
	    sw_counter_read(r->soft.sw, (uint32_t)index, cell, &have) < 0) {
		error(r, s->index, "the counter has no cell");
		return;
	}
	if (s->kind == STF_SHOW_COUNTER || !s->compares) {
		printf("%s(%.*s) = %llu packets, %llu bytes\n", r->program->counters[index].name, STRA(s->index.text),
		       (unsigned long long)have.packets, (unsigned long long)have.bytes);
		return;
	}
	snprintf(what, sizeof(what), "%s(%.*s) %s", r->program->counters[index].name, STRA(s->index.text),
		 s->bytes ? "bytes" : "packets");
	check(r, s, big_from_u64(r->arena, s->bytes ? have.bytes : have.packets), 0, what);
}

/* --- registers --- */

static struct big
register_value(struct stf_run *r, const struct ps_register_info *info, const uint8_t *cell)
{
	uint8_t *bytes = arena_alloc(r->arena, info->cell);
	struct big v;

	for (uint32_t i = 0; i < info->cell; i++)
		bytes[i] = cell[info->cell - 1 - i];
	v = big_from_bytes(r->arena, bytes, info->cell);
	return info->is_signed ? big_wrap_signed(r->arena, v, info->width) : v;
}

static void
registers(struct stf_run *r, const struct stf_statement *s)
{
	int index = sw_register_index(r->soft.sw, s->name.text);
	const struct ps_register_info *info;
	uint32_t cell;
	uint8_t *bytes;
	struct big have;
	char what[300];

	if (index < 0) {
		error(r, s->name, "no register");
		return;
	}
	if (!cell_number(r, s, &cell)) {
		r->failed_to_run = true;
		return;
	}
	info = &r->program->registers[index];
	bytes = arena_alloc(r->arena, info->cell);
	if (sw_register_read(r->soft.sw, (uint32_t)index, cell, bytes) < 0) {
		error(r, s->index, "the register has no cell");
		return;
	}
	have = register_value(r, info, bytes);
	snprintf(what, sizeof(what), "%s[%u]", info->name, cell);
	if (s->kind == STF_SHOW_REGISTER)
		printf("%s = %.*s\n", what, STRA(big_text(r->arena, have, 10)));
	else
		check(r, s, have, info->is_signed ? info->width : 0, what);
}

/* --- drops --- */

struct sum {
	struct str reason;
	uint64_t packets;
};

static void
add_drop(void *user, const struct sw_drop *d)
{
	struct sum *sum = user;

	if (str_eq(d->reason, sum->reason))
		sum->packets += d->packets;
}

static void
drops(struct stf_run *r, const struct stf_statement *s)
{
	struct sum sum = { .reason = s->name.text };
	char what[300];

	sw_each_drop(r->soft.sw, add_drop, &sum);
	snprintf(what, sizeof(what), "the number of packets dropped by %.*s", STRA(s->name.text));
	check(r, s, big_from_u64(r->arena, sum.packets), 0, what);
}

void
stf_check_count(struct stf_run *r, const struct stf_statement *s)
{
	if (s->kind == STF_DROP)
		drops(r, s);
	else if (s->kind == STF_REGISTER || s->kind == STF_SHOW_REGISTER)
		registers(r, s);
	else
		counter(r, s);
}
