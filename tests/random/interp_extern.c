/* interp_extern.c - what core.p4 and v1model.p4 declare as extern. */
#include "interp.h"

/* --- objects --------------------------------------------------------------------------------------- */

static void
object_make(struct interp *it, const struct p4_inst *inst)
{
	struct object *o = arena_new(it->a, struct object);
	bool is_register = str_is(inst->decl->name, "register");

	if ((!is_register && !str_is(inst->decl->name, "counter")) || !inst->nargs)
		return;
	o->inst = inst;
	o->name = inst->path;
	o->n = (uint32_t)big_u64(inst->args[0]->i);
	o->cells = arena_array(it->a, struct val *, o->n + 1);
	o->packets = arena_array(it->a, uint64_t, o->n + 1);
	o->bytes = arena_array(it->a, uint64_t, o->n + 1);
	for (uint32_t i = 0; is_register && i < o->n; i++)
		o->cells[i] = val_make(it->a, inst->type->args[0]);
	vec_push(it->a, &it->objects, o);
}

void
objects_make(struct interp *it)
{
	for (uint32_t i = 0; i < it->p->all.n; i++)
		if (it->p->all.v[i]->decl->kind == P4_EXTERN)
			object_make(it, it->p->all.v[i]);
}

static struct object *
object_of(struct interp *it, const struct p4_node *e)
{
	const struct p4_inst *inst = NULL;

	if (e->kind == P4_NAME && e->u.ref.decl)
		inst = p4_inst_find(it->p, it->inst, e->u.ref.decl);
	for (uint32_t i = 0; i < it->objects.n; i++)
		if (it->objects.v[i]->inst == inst)
			return it->objects.v[i];
	interp_trouble(it, "an object that can't be found");
	return NULL;
}

static void
call_register(struct interp *it, const struct p4_node *e, struct object *o)
{
	struct p4_node *const *a = e->u.call.ordered;
	struct spot p;
	struct val *v;
	u128 i;

	if (str_is(e->u.call.target->name, "read")) {
		p = eval_place(it, a[0]);
		i = eval(it, a[1])->bits;
		v = i < o->n ? val_copy(it->packet, o->cells[i]) : val_make(it->packet, o->cells[0]->type);
		place_write(it, p, v, true);
		return;
	}
	i = eval(it, a[0])->bits;
	v = eval(it, a[1]);
	if (i < o->n && it->flow == FLOW_ON)
		val_assign(o->cells[i], v);
}

static void
emit(struct interp *it, const struct val *v)
{
	if (v->type->kind == P4_TY_HEADER && v->valid)
		val_to_bits(&it->out, v, false);
	for (uint32_t i = 0; v->type->kind != P4_TY_HEADER && i < v->n; i++)
		emit(it, v->items[i]);
}

struct val *
call_method(struct interp *it, const struct p4_node *e)
{
	const struct p4_node *m = e->u.call.target, *owner = m->u.func.owner;
	struct object *o;

	if (str_is(owner->name, "packet_in"))
		return call_packet_in(it, e);
	if (str_is(owner->name, "packet_out")) {
		emit(it, eval(it, e->u.call.ordered[0]));
		return NULL;
	}
	o = object_of(it, e->u.call.object);
	if (!o)
		return NULL;
	if (str_is(owner->name, "register")) {
		call_register(it, e, o);
	} else {
		u128 i = eval(it, e->u.call.ordered[0])->bits;

		if (i < o->n) {
			o->packets[i]++;
			o->bytes[i] += (uint64_t)val_field(it->now->std, "packet_length")->bits;
		}
	}
	return NULL;
}

/* --- hashes ---------------------------------------------------------------------------------------- */

/* A bit at a time, least significant bit of a byte first. */
static uint32_t
crc(const uint8_t *p, uint32_t n, uint32_t poly, uint32_t start)
{
	uint32_t r = start;

	for (uint32_t i = 0; i < n * 8; i++) {
		uint32_t bit = (p[i / 8] >> i % 8 & 1) ^ (r & 1);

		r = r >> 1 ^ (bit ? poly : 0);
	}
	return r;
}

static uint32_t
sum16(const uint8_t *p, uint32_t n)
{
	uint64_t sum = 0;

	for (uint32_t i = 0; i < n; i++)
		sum += i % 2 ? p[i] : (uint64_t)p[i] << 8;
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return (uint32_t)~sum & 0xffff;
}

static uint64_t
hash_bytes(struct interp *it, const char *algorithm, const uint8_t *p, uint32_t n)
{
	uint64_t r = 0;

	if (strcmp(algorithm, "crc32") == 0)
		return crc(p, n, 0xedb88320, 0xffffffff) ^ 0xffffffff;
	if (strcmp(algorithm, "crc16") == 0)
		return crc(p, n, 0xa001, 0);
	if (strcmp(algorithm, "csum16") == 0)
		return sum16(p, n);
	if (strcmp(algorithm, "xor16") == 0) {
		for (uint32_t i = 0; i < n; i++)
			r ^= i % 2 ? p[i] : (uint64_t)p[i] << 8;
		return r;
	}
	if (strcmp(algorithm, "identity") == 0) {
		for (uint32_t i = 0; i < n && i < 8; i++) /* BMv2: the first 64 bits */
			r = r << 8 | p[i];
		return r;
	}
	interp_trouble(it, "the hash %s", algorithm);
	return 0;
}

/* The bits of `e`; what lies in invalid headers is left out, as BMv2 does. */
static void
material(struct interp *it, const struct p4_node *e, struct buffer *b)
{
	struct spot p;

	while (e->kind == P4_ARG || e->kind == P4_NAMED_EXPR)
		e = e->kind == P4_ARG ? e->u.arg.expr : e->u.named.expr;
	if (e->kind == P4_LIST_EXPR || e->kind == P4_STRUCT_EXPR) {
		for (uint32_t i = 0; i < e->u.list.items.n; i++)
			material(it, e->u.list.items.v[i], b);
		return;
	}
	if (!is_place(e)) {
		val_to_bits(b, eval(it, e), true);
		return;
	}
	p = eval_place(it, e);
	for (const struct val *v = p.v; v; v = v->up)
		if (v->type->kind == P4_TY_HEADER && !v->valid && e->kind != P4_SLICE)
			return;
	val_to_bits(b, place_read(it, p), true);
}

static const char *
algorithm_of(const struct p4_node *e)
{
	static const char *const names[] = { "crc32", "crc16", "csum16", "xor16", "identity" };

	for (uint32_t i = 0; i < 5; i++)
		if (e->value && e->value->member && str_is(e->value->member->name, names[i]))
			return names[i];
	return "unknown";
}

static uint64_t
hash_of(struct interp *it, const struct p4_node *data, const struct p4_node *algorithm, bool payload)
{
	uint32_t from = (uint32_t)(it->now->cursor / 8), rest = payload ? it->now->len - from : 0;
	struct buffer b = { arena_alloc(it->packet, 4096 + rest), 0 };
	uint32_t n;

	material(it, data, &b);
	n = (b.bits + 7) / 8;
	if (rest)
		memcpy(b.p + n, it->now->data + from, rest);
	return hash_bytes(it, algorithm_of(algorithm), b.p, n + rest);
}

static void
call_hash(struct interp *it, const struct p4_node *e)
{
	struct p4_node *const *a = e->u.call.ordered;
	struct spot p = eval_place(it, a[0]);
	u128 base = eval(it, a[2])->bits, h = hash_of(it, a[3], a[1], false), max = eval(it, a[4])->bits;

	if (it->flow == FLOW_ON)
		place_write(it, p, val_bits(it, p.v->type, base + (max ? h % max : 0)), true);
}

static void
call_checksum(struct interp *it, const struct p4_node *e)
{
	struct p4_node *const *a = e->u.call.ordered;
	struct str name = e->u.call.target->name;
	uint64_t h;

	if (!eval(it, a[0])->bits)
		return;
	h = hash_of(it, a[1], a[3], str_ends(name, STR("payload")));
	if (str_starts(name, STR("update"))) {
		struct spot p = eval_place(it, a[2]);

		place_write(it, p, val_bits(it, p.v->type, h), true);
		return;
	}
	for (const struct val *v = is_place(a[2]) ? eval_place(it, a[2]).v : NULL; v; v = v->up)
		if (v->type->kind == P4_TY_HEADER && !v->valid)
			return;
	if (eval(it, a[2])->bits != h)
		val_field(it->now->std, "checksum_error")->bits = 1;
}

/* --- marks and requests ---------------------------------------------------------------------------- */

static const char *
last_part(struct str s, struct arena *a)
{
	int64_t dot = str_rfind(s, '.');

	return str_cstr(a, dot < 0 ? s : str_sub(s, (uint32_t)dot + 1, s.n));
}

static const char *
reason(struct interp *it, const struct p4_node *e)
{
	struct arena *a = it->packet;
	const struct p4_inst *top = it->egress ? it->p->v1.egress : it->p->v1.ingress;
	uint32_t line;
	struct str s;
	if (it->why_table) {
		const char *action = last_part(p4_control_name(a, it->why_table->inst, it->why_entry->action), a);

		if (it->why_entry->handle == INTERP_NONE)
			s = str_fmt(a, "%.*s/%s#default", STRA(it->why_table->name), action);
		else
			s = str_fmt(a, "%.*s/%s#%u", STRA(it->why_table->name), action, it->why_entry->handle);
	} else if (it->why_action) {
		s = str_fmt(a, "%.*s/%s", STRA(top->path), last_part(p4_control_name(a, it->inst, it->why_action), a));
	} else {
		line = interp_line(it, e);
		s = str_fmt(a, "%.*s/mark_to_drop@%u", STRA(top->path), line);
	}
	return str_cstr(a, s);
}

static void
mark_to_drop(struct interp *it, const struct p4_node *e)
{
	struct val *std = eval_place(it, e->u.call.ordered[0]).v;

	val_field(std, "egress_spec")->bits = 511;
	val_field(std, "mcast_grp")->bits = 0;
	std->mark = (struct mark){ .stands = true, .text = reason(it, e) };
}

struct val *
call_extern(struct interp *it, const struct p4_node *e)
{
	struct p4_node *const *a = e->u.call.ordered;
	struct str name = e->u.call.target->name;

	if (str_is(name, "mark_to_drop")) {
		mark_to_drop(it, e);
	} else if (str_is(name, "hash")) {
		call_hash(it, e);
	} else if (str_starts(name, STR("verify_checksum")) || str_starts(name, STR("update_checksum"))) {
		call_checksum(it, e);
	} else if (str_is(name, "verify")) {
		bool ok = eval(it, a[0])->bits;
		u128 error = eval(it, a[1])->bits;

		if (!ok && it->flow == FLOW_ON) {
			it->flow = FLOW_REJECT;
			it->error = (uint32_t)error;
		}
	} else if (str_starts(name, STR("clone"))) {
		it->now->clone_session = (uint32_t)eval(it, a[1])->bits;
		it->now->clone_list = str_ends(name, STR("field_list")) ? (uint32_t)eval(it, a[2])->bits : INTERP_NONE;
	} else if (str_is(name, "resubmit_preserving_field_list")) {
		it->now->resubmit = (uint32_t)eval(it, a[0])->bits;
	} else if (str_is(name, "recirculate_preserving_field_list")) {
		it->now->recirculate = (uint32_t)eval(it, a[0])->bits;
	} else if (str_is(name, "truncate")) {
		it->now->truncate = (uint32_t)eval(it, a[0])->bits;
	} else {
		interp_trouble(it, "the extern function '%.*s'", STRA(name));
	}
	return NULL;
}
