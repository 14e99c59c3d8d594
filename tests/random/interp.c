/* interp.c - the way of a packet through v1model, as docs/semantics.md, docs/trace.md and the architecture's description have it:
 * parser, checksums, ingress; then clone, resubmission, multicast, drop or unicast; the queue, which is empty again after each
 * packet: port by port, in the order in which they came; egress; clone, drop or deparser, and out or back to the parser. */
#include <stdarg.h>
#include <stdlib.h>

#include "interp.h"

#define DROP_PORT 511
#define MAX_PASSES 64

enum { NORMAL, CLONE_INGRESS, CLONE_EGRESS, COALESCED, RECIRCULATED, REPLICA, RESUBMITTED };

void
interp_trouble(struct interp *it, const char *fmt, ...)
{
	char text[300];
	va_list ap;

	if (it->trouble)
		return;
	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	it->trouble = str_cstr(it->a, str_from(text));
}

uint32_t
interp_line(const struct interp *it, const struct p4_node *n)
{
	struct place at;

	return source_place(diags_sources(it->p->diags), n->at.begin, &at) ? at.line : 0;
}

struct interp *
interp_make(struct arena *a, const struct p4_program *p)
{
	struct interp *it = arena_new(a, struct interp);

	it->p = p;
	it->a = it->packet = a;
	for (uint32_t i = 0; i < 16; i++)
		it->sessions[i] = -1;
	tables_make(it);
	objects_make(it);
	return it;
}

/* --- parts ----------------------------------------------------------------------------------------- */

static struct val *
std_field(const struct pass *s, const char *name)
{
	return val_field(s->std, name);
}

static void
std_set(struct pass *s, const char *name, u128 bits)
{
	std_field(s, name)->bits = bits & mask_of(width_of(std_field(s, name)->type));
}

uint32_t
fixed_bits(const struct p4_type *t)
{
	uint32_t n = p4_type_bits(t);

	for (uint32_t i = 0; i < t->nfields; i++)
		if (p4_type_strip(t->fields[i].type)->kind == P4_TY_VARBIT)
			n -= p4_type_strip(t->fields[i].type)->width;
	return n;
}

uint32_t
interp_header_bytes(const struct val *v)
{
	uint32_t n = 0;

	if (v->type->kind == P4_TY_HEADER)
		return v->valid ? fixed_bits(v->type) / 8 : 0;
	for (uint32_t i = 0; i < v->n; i++)
		n += interp_header_bytes(v->items[i]);
	return n;
}

static uint32_t
length_now(const struct pass *s)
{
	return s->length + interp_header_bytes(s->hdr) - s->header_bytes;
}

/* The block's parameters, which are hdr, meta and std in this order, or the packet, are the pass's own. */
static void
run_part(struct interp *it, const struct p4_inst *inst, struct pass *s)
{
	const struct p4_list *params = &inst->decl->u.block_decl.params;
	struct val *own[] = { s->hdr, s->meta, s->std };
	uint32_t names = it->nnames, k = 0;

	it->now = s;
	it->inst = inst;
	it->flow = FLOW_ON;
	for (uint32_t i = 0; i < params->n; i++)
		if (p4_type_strip(params->v[i]->type)->kind != P4_TY_EXTERN && k < 3)
			bind(it, params->v[i], own[k++]);
	run_control(it, inst);
	it->flow = FLOW_ON;
	it->nnames = names;
}

static void
run_first(struct interp *it, const struct p4_inst *inst, struct pass *s)
{
	const struct p4_list *params = &inst->decl->u.block_decl.params, *locals = &inst->decl->u.block_decl.locals;
	struct val *own[] = { s->hdr, s->meta, s->std };
	uint32_t names = it->nnames;

	it->now = s;
	it->inst = inst;
	it->flow = FLOW_ON;
	for (uint32_t i = 1; i < params->n && i < 4; i++)
		bind(it, params->v[i], own[i - 1]);
	for (uint32_t i = 0; i < locals->n; i++)
		if (locals->v[i]->kind == P4_VAR)
			run(it, locals->v[i]);
	run_parser(it, inst);
	if (it->flow == FLOW_REJECT)
		std_field(s, "parser_error")->bits = it->error;
	it->flow = FLOW_ON;
	it->nnames = names;
}

/* --- metadata that is kept ------------------------------------------------------------------------- */

static bool
in_list(const struct p4_node *field, uint32_t list)
{
	const struct p4_node *a = p4_annotation(field, "field_list");

	for (uint32_t i = 0; a && i < a->u.annotation.args.n; i++) {
		const struct p4_node *n = a->u.annotation.args.v[i];

		if (n->kind == P4_INT && big_u64(n->u.integer.value) == list)
			return true;
	}
	return false;
}

static void
keep_fields(const struct val *from, struct val *to, uint32_t list)
{
	for (uint32_t i = 0; to->type->kind == P4_TY_STRUCT && i < to->n; i++) {
		if (in_list(to->type->fields[i].decl, list))
			val_assign(to->items[i], from->items[i]);
		else
			keep_fields(from->items[i], to->items[i], list);
	}
}

/* --- passes ---------------------------------------------------------------------------------------- */

static void
fresh_std(struct interp *it, struct pass *s)
{
	const struct p4_list *params = &it->p->v1.ingress->decl->u.block_decl.params;

	s->std = val_make(it->packet, params->v[2]->type);
	std_set(s, "ingress_port", s->in_port);
	std_set(s, "packet_length", s->len);
}

static struct pass *
pass_make(struct interp *it, uint32_t port, uint32_t instance, const uint8_t *data, uint32_t len)
{
	struct pass *s = arena_new(it->packet, struct pass);

	s->data = arena_copy(it->packet, data, len + 1);
	s->len = s->length = len;
	s->in_port = port;
	s->instance = instance;
	s->clone_session = s->clone_list = s->resubmit = s->recirculate = s->truncate = INTERP_NONE;
	s->hdr = val_make(it->packet, it->p->v1.headers);
	s->meta = val_make(it->packet, it->p->v1.metadata);
	fresh_std(it, s);
	std_set(s, "instance_type", instance);
	return s;
}

static void
parse(struct interp *it, struct pass *s)
{
	if (s->kept)
		keep_fields(s->kept, s->meta, s->kept_list);
	run_first(it, it->p->v1.parser, s);
	run_part(it, it->p->v1.verify, s);
	s->header_bytes = interp_header_bytes(s->hdr);
}

static void
append(struct pass **list, struct pass *s)
{
	while (*list)
		list = &(*list)->after;
	*list = s;
	s->after = NULL;
}

static void
send(struct interp *it, struct pass *s, uint32_t port)
{
	s->out_port = port;
	s->length = length_now(s);
	s->header_bytes = interp_header_bytes(s->hdr);
	append(&it->queued, s);
}

static void
drop(struct interp *it, const char *reason)
{
	vec_push(it->packet, &it->events, (struct event){ .reason = reason });
}

static void
drop_marked(struct interp *it, const struct pass *s, bool egress)
{
	const struct p4_inst *top = egress ? it->p->v1.egress : it->p->v1.ingress;

	if (s->std->mark.stands)
		drop(it, s->std->mark.text);
	else
		drop(it, str_cstr(it->packet, str_fmt(it->packet, "%.*s/egress_spec", STRA(top->path))));
}

static struct pass *
duplicate(struct interp *it, const struct pass *from)
{
	struct pass *s = arena_copy(it->packet, from, sizeof(*from));

	s->hdr = val_copy(it->packet, from->hdr);
	s->meta = val_copy(it->packet, from->meta);
	s->std = val_copy(it->packet, from->std);
	s->clone_session = s->clone_list = s->resubmit = s->recirculate = INTERP_NONE;
	s->after = NULL;
	return s;
}

/* Metadata is new but for the list's fields. */
static void
send_clone(struct interp *it, struct pass *c, const struct pass *from, uint32_t instance, int32_t port)
{
	uint32_t len = c->len;

	c->len = c->length;
	fresh_std(it, c);
	c->len = len;
	std_set(c, "instance_type", instance);
	c->meta = val_make(it->packet, it->p->v1.metadata);
	if (from->clone_list != INTERP_NONE)
		keep_fields(from->meta, c->meta, from->clone_list);
	c->passes = from->passes + 1;
	c->truncate = INTERP_NONE;
	send(it, c, (uint32_t)port);
}

static int32_t
clone_port(const struct interp *it, const struct pass *s)
{
	if (s->clone_session >= 16 || s->passes + 1 > MAX_PASSES)
		return -1;
	return it->sessions[s->clone_session];
}

static void
clone_at_ingress(struct interp *it, const struct pass *s)
{
	int32_t port = clone_port(it, s);
	struct pass *c;

	if (port < 0)
		return;
	c = pass_make(it, s->in_port, NORMAL, s->data, s->len);
	parse(it, c);
	send_clone(it, c, s, CLONE_INGRESS, port);
}

static void
clone_at_egress(struct interp *it, const struct pass *s)
{
	int32_t port = clone_port(it, s);
	struct pass *c;

	if (port < 0)
		return;
	c = duplicate(it, s);
	c->length = length_now(c);
	c->header_bytes = interp_header_bytes(c->hdr);
	send_clone(it, c, s, CLONE_EGRESS, port);
}

static void
multicast(struct interp *it, struct pass *s)
{
	uint32_t number = (uint32_t)std_field(s, "mcast_grp")->bits;
	const struct group *g = &it->groups[number < 16 ? number : 0];

	if (number >= 16 || !g->n) {
		drop(it, "multicast/empty");
		return;
	}
	std_set(s, "instance_type", REPLICA);
	for (uint32_t i = 0; i < g->n; i++) {
		struct pass *c = duplicate(it, s);

		std_set(c, "egress_rid", g->copies[i].rid);
		send(it, c, g->copies[i].port);
	}
}

static void
start_again(struct interp *it, const struct pass *s, uint32_t instance, const uint8_t *data, uint32_t len, uint32_t list)
{
	struct pass *c = pass_make(it, s->in_port, instance, data, len);

	c->passes = s->passes + 1;
	c->kept = s->meta;
	c->kept_list = list;
	append(&it->again, c);
}

static void
ingress(struct interp *it, struct pass *s)
{
	uint32_t port;

	parse(it, s);
	it->egress = false;
	run_part(it, it->p->v1.ingress, s);
	port = (uint32_t)std_field(s, "egress_spec")->bits;
	clone_at_ingress(it, s);
	if (s->resubmit != INTERP_NONE && s->passes + 1 > MAX_PASSES) {
		drop(it, "resubmit/limit");
	} else if (s->resubmit != INTERP_NONE) {
		start_again(it, s, RESUBMITTED, s->data, s->len, s->resubmit);
	} else if (std_field(s, "mcast_grp")->bits) {
		multicast(it, s);
	} else if (port == DROP_PORT) {
		drop_marked(it, s, false);
	} else {
		std_set(s, "instance_type", NORMAL);
		send(it, s, port);
	}
}

static void
leave_switch(struct interp *it, struct pass *s)
{
	uint32_t from = (uint32_t)(s->cursor / 8), rest = s->len - from, len;

	run_part(it, it->p->v1.compute, s);
	it->out = (struct buffer){ arena_alloc(it->packet, 8192 + rest), 0 };
	run_part(it, it->p->v1.deparser, s);
	len = it->out.bits / 8;
	memcpy(it->out.p + len, s->data + from, rest);
	len += rest;
	if (s->truncate < len)
		len = s->truncate;
	if (s->recirculate == INTERP_NONE) {
		vec_push(it->packet, &it->events, (struct event){ .sent = true, .port = s->out_port, .len = len, .data = it->out.p });
	} else if (s->passes + 1 > MAX_PASSES) {
		drop(it, "recirculate/limit");
	} else {
		start_again(it, s, RECIRCULATED, it->out.p, len, s->recirculate);
	}
}

static void
egress(struct interp *it, struct pass *s)
{
	std_set(s, "egress_port", s->out_port);
	std_set(s, "egress_spec", 0);
	std_set(s, "packet_length", s->length);
	s->clone_session = s->clone_list = s->resubmit = INTERP_NONE;
	s->std->mark = (struct mark){ .stands = false };
	it->egress = true;
	run_part(it, it->p->v1.egress, s);
	clone_at_egress(it, s);
	if (std_field(s, "egress_spec")->bits == DROP_PORT)
		drop_marked(it, s, true);
	else
		leave_switch(it, s);
}

/* The next packet to leave a queue: lowest port, first in first out: without a rate nothing waits for long enough to be overtaken. */
static struct pass *
take(struct interp *it)
{
	struct pass **best = NULL, *s;

	for (struct pass **p = &it->queued; *p; p = &(*p)->after)
		if (!best || (*p)->out_port < (*best)->out_port)
			best = p;
	if (!best)
		return NULL;
	s = *best;
	*best = s->after;
	return s;
}

void
interp_packet(struct interp *it, uint32_t port, const uint8_t *data, uint32_t len)
{
	struct pass *s;

	it->steps = 0;
	it->events.v = NULL;
	it->events.n = it->events.cap = 0;
	it->queued = it->again = NULL;
	it->nnames = 0;
	ingress(it, pass_make(it, port, NORMAL, data, len));
	while (!it->trouble) {
		s = take(it);
		if (s) {
			egress(it, s);
		} else if (it->again) {
			s = it->again;
			it->again = s->after;
			ingress(it, s);
		} else {
			break;
		}
	}
}
