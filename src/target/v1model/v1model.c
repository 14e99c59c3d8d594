#include "target/v1model/v1model.h"

/* --- availability ---------------------------------------------------------------------------- */

static bool
std_written(const struct plan_writes *w, const char *name)
{
	return map_has(&w->std, str_from(name));
}

/* Is a field of standard metadata that is set before `from` still what it was at `at`? */
static bool
std_stands(const struct plan_program *p, const char *name, enum ir_instant from, enum ir_instant at)
{
	if (from < IR_AT_MID && at >= IR_AT_MID && std_written(&p->ingress, name))
		return false;
	return at < IR_AT_OUT || !std_written(&p->egress, name);
}

/* May the control write what `f` (HEADER, VALID, META) reads? Losing its validity changes a field.
 */
static bool
written(const struct plan_writes *w, const struct ir_field *f)
{
	if (f->kind == IR_F_META)
		return w->metadata[f->field];
	if (f->kind == IR_F_VALID)
		return w->headers[f->header].validity;
	return w->headers[f->header].validity || w->headers[f->header].fields[f->field];
}

/* May it be written while a drop mark stands? */
static bool
written_late(const struct plan_writes *w, const struct ir_field *f)
{
	if (f->kind == IR_F_META)
		return w->late_metadata[f->field];
	if (f->kind == IR_F_VALID)
		return w->headers[f->header].late_validity;
	return w->headers[f->header].late_validity || w->headers[f->header].late_fields[f->field];
}

static enum plan_access
packet_access(const struct plan_program *p, const struct ir_field *f, enum ir_instant at)
{
	bool in = written(&p->ingress, f), out = written(&p->egress, f);

	if (at < f->at)
		return PLAN_NOT_THERE;
	if (f->at == IR_AT_IN && at > IR_AT_IN && in)
		return PLAN_NOT_THERE;
	if (f->at < IR_AT_OUT && at == IR_AT_OUT && out)
		return PLAN_NOT_THERE;
	/* a packet that a mark has dropped is described as it was at the mark */
	if (f->at == IR_AT_MID && at == IR_AT_MID && written_late(&p->ingress, f))
		return PLAN_AT_MARK;
	if (f->at == IR_AT_OUT && written_late(&p->egress, f))
		return PLAN_AT_MARK;
	return PLAN_DIRECT;
}

static enum plan_access
if_stands(const struct plan_program *p, const char *name, enum ir_instant from, enum ir_instant at)
{
	return at >= from && std_stands(p, name, from, at) ? PLAN_DIRECT : PLAN_NOT_THERE;
}

static enum plan_access
both(enum plan_access a, enum plan_access b)
{
	return a == PLAN_DIRECT && b == PLAN_DIRECT ? PLAN_DIRECT : PLAN_NOT_THERE;
}

/* Behind the queue packet_length is told anew, with the headers that ingress left. */
static enum plan_access
length_access(const struct plan_program *p, enum ir_instant at)
{
	for (uint32_t i = 0; at >= IR_AT_DEQ && i < p->schema.headers.n; i++)
		if (p->ingress.headers[i].validity)
			return PLAN_NOT_THERE;
	return if_stands(p, "packet_length", IR_AT_IN, at);
}

/* The instance of the pass that the query's stream is about: an ingress one is forgotten at the
 * queue. */
static enum plan_access
instance_access(const struct plan_program *p, const struct ir_field *f, enum ir_instant at)
{
	if (f->at < IR_AT_DEQ && at >= IR_AT_DEQ)
		return PLAN_NOT_THERE;
	return if_stands(p, "instance_type", f->at, at);
}

static enum plan_access
access(const struct plan_program *p, const struct ir_field *f, enum ir_instant at)
{
	switch (f->kind) {
	case IR_F_HEADER:
	case IR_F_VALID:
	case IR_F_META:
		return packet_access(p, f, at);
	case IR_F_PORT_IN:
		return if_stands(p, "ingress_port", IR_AT_IN, at);
	case IR_F_PORT_INTENT:
		if (at <= IR_AT_MID)
			return at == IR_AT_MID ? PLAN_DIRECT : PLAN_NOT_THERE;
		/* what a replica or a unicast packet was meant for is what became of it */
		return both(if_stands(p, "egress_port", IR_AT_DEQ, at),
			    if_stands(p, "instance_type", IR_AT_DEQ, at));
	case IR_F_PORT_OUT:
	case IR_F_LEN_OUT:
		return at == IR_AT_OUT ? PLAN_DIRECT : PLAN_NOT_THERE;
	case IR_F_TIME_IN:
		return PLAN_DIRECT; /* the weaver refuses programs that write the clock */
	case IR_F_LEN_IN:
		return length_access(p, at);
	case IR_F_Q_TIME_IN:
	case IR_F_Q_TIME_OUT:
		return both(if_stands(p, "enq_timestamp", IR_AT_DEQ, at),
			    if_stands(p, "deq_timedelta", IR_AT_DEQ, at));
	case IR_F_Q_LEN_IN:
		return if_stands(p, "enq_qdepth", IR_AT_DEQ, at);
	case IR_F_Q_LEN_OUT:
		return if_stands(p, "deq_qdepth", IR_AT_DEQ, at);
	case IR_F_Q_DELAY:
		return if_stands(p, "deq_timedelta", IR_AT_DEQ, at);
	case IR_F_DROP_REASON:
	case IR_F_DROP_CLASS:
		return at == f->at ? PLAN_AT_MARK : PLAN_NOT_THERE;
	case IR_F_Q_BYTES:
	case IR_F_QDISC:
	case IR_F_NETNS:
		return PLAN_NOT_THERE; /* of kernels */
	case IR_F_INSTANCE:
		return instance_access(p, f, at);
	}
	bug("field kind %d", (int)f->kind);
}

/* --- printing -------------------------------------------------------------------------------- */

/* The control's own name for its parameter `index`: 0 headers, 1 metadata, 2 standard metadata. */
static struct str
param(const struct plan_program *p, enum ir_instant at, uint32_t index)
{
	const struct p4_inst *inst = at >= IR_AT_DEQ ? p->p4->v1.egress : p->p4->v1.ingress;

	return inst->decl->u.block_decl.params.v[index]->name;
}

static const struct p4_type *
metadata_type(const struct plan_program *p, struct str path)
{
	const struct p4_type *t = p->p4->v1.metadata;

	while (path.n) {
		int64_t dot = str_find(path, '.');
		struct str first = dot < 0 ? path : str_sub(path, 0, (uint32_t)dot);
		int32_t i = p4_type_field_index(p4_type_strip(t), first);

		if (i < 0)
			bug("no metadata field %.*s", STRA(path));
		t = p4_type_strip(t)->fields[i].type;
		path = dot < 0 ? STR_NONE : str_sub(path, (uint32_t)dot + 1, path.n);
	}
	return t;
}

/* A field of the packet as bit<its own width>, then the bits that are meant. */
static void
print_leaf(FILE *out, const struct p4_type *type, struct str root, struct str path,
	   struct str field, const struct ir_field *f)
{
	const struct p4_type *t = p4_type_strip(type);
	bool part = f->lo != 0 || (t->width && f->hi != t->width - 1);
	const char *dot = field.n ? "." : "";
	struct str name = root;

	if (t->kind == P4_TY_BOOL) {
		fprintf(out, "(%.*s.%.*s%s%.*s ? 1w1 : 1w0)", STRA(name), STRA(path), dot,
			STRA(field));
		return;
	}
	if (type->kind != P4_TY_BIT && !(t->kind == P4_TY_SIGNED && f->type.is_signed && !part))
		fprintf(out, "((bit<%u>)%.*s.%.*s%s%.*s)", t->width, STRA(name), STRA(path), dot,
			STRA(field));
	else
		fprintf(out, "%.*s.%.*s%s%.*s", STRA(name), STRA(path), dot, STRA(field));
	if (part)
		fprintf(out, "[%u:%u]", f->hi, f->lo);
}

static void
print_packet(FILE *out, const struct plan_program *p, const struct ir_field *f, enum ir_instant at)
{
	struct str root = param(p, at, f->kind == IR_F_META ? 1 : 0);

	if (f->kind == IR_F_META) {
		struct str path = p->schema.metadata.v[f->field].name;

		print_leaf(out, metadata_type(p, path), root, path, STR_NONE, f);
		return;
	}
	if (f->kind == IR_F_VALID) {
		fprintf(out, "%.*s.%.*s.isValid()", STRA(root), STRA(p->headers.v[f->header].path));
		return;
	}
	print_leaf(out, p->headers.v[f->header].type->fields[f->field].type, root,
		   p->headers.v[f->header].path,
		   p->schema.headers.v[f->header].fields.v[f->field].name, f);
}

/* Standard metadata as wide as the query's field. */
static void
print_std(FILE *out, const struct ir_field *f, struct str std, const char *name, uint32_t width)
{
	if (f->type.width == width)
		fprintf(out, "%.*s.%s", STRA(std), name);
	else
		fprintf(out, "(bit<%u>)%.*s.%s", f->type.width, STRA(std), name);
}

/* 48 bits of arrival plus the 32-bit distance to the moment it was queued, which wraps rightly. */
static void
print_queued(FILE *out, const struct ir_field *f, struct str std, struct str time, bool left)
{
	fprintf(out, "(bit<%u>)(%.*s + (bit<48>)(%.*s.enq_timestamp - %.*s[31:0])",
		f->type.width, STRA(time), STRA(std), STRA(time));
	if (left)
		fprintf(out, " + (bit<48>)%.*s.deq_timedelta", STRA(std));
	fprintf(out, ") * %uw1000", f->type.width);
}

static void
print_intent(FILE *out, struct str std, enum ir_instant at)
{
	if (at >= IR_AT_DEQ)
		fprintf(out, "(%.*s.instance_type == 32w5 ? 16w%u : (bit<16>)%.*s.egress_port)",
			STRA(std), IR_PORT_MULTICAST, STRA(std));
	else
		fprintf(out,
			"(%.*s.mcast_grp != 16w0 ? 16w%u : (%.*s.egress_spec == 9w511 ? 16w%u : "
			"(bit<16>)%.*s.egress_spec))",
			STRA(std), IR_PORT_MULTICAST, STRA(std), IR_PORT_DROP, STRA(std));
}

static void
print_field(FILE *out, const struct plan_program *p, const struct ir_field *f, enum ir_instant at, struct str time)
{
	struct str std = param(p, at, 2);

	switch (f->kind) {
	case IR_F_HEADER:
	case IR_F_VALID:
	case IR_F_META:
		print_packet(out, p, f, at);
		return;
	case IR_F_PORT_IN:
		print_std(out, f, std, "ingress_port", 9);
		return;
	case IR_F_PORT_INTENT:
		print_intent(out, std, at);
		return;
	case IR_F_PORT_OUT:
		fprintf(out, "(%.*s.egress_spec == 9w511 ? 16w%u : (bit<16>)%.*s.egress_port)",
			STRA(std), IR_PORT_DROP, STRA(std));
		return;
	case IR_F_TIME_IN:
		fprintf(out, "(bit<%u>)%.*s * %uw1000", f->type.width, STRA(time), f->type.width);
		return;
	case IR_F_LEN_IN:
		print_std(out, f, std, "packet_length", 32);
		return;
	case IR_F_Q_TIME_IN:
	case IR_F_Q_TIME_OUT:
		print_queued(out, f, std, time, f->kind == IR_F_Q_TIME_OUT);
		return;
	case IR_F_Q_LEN_IN:
		print_std(out, f, std, "enq_qdepth", 19);
		return;
	case IR_F_Q_LEN_OUT:
		print_std(out, f, std, "deq_qdepth", 19);
		return;
	case IR_F_Q_DELAY:
		fprintf(out, "(bit<%u>)%.*s.deq_timedelta * %uw1000", f->type.width, STRA(std),
			f->type.width);
		return;
	case IR_F_INSTANCE:
		print_std(out, f, std, "instance_type", 32);
		return;
	case IR_F_LEN_OUT:
	case IR_F_DROP_REASON:
	case IR_F_DROP_CLASS: /* the weaver's own */
	case IR_F_Q_BYTES:
	case IR_F_QDISC:
	case IR_F_NETNS: /* of kernels */
		break;
	}
	bug("no text for %.*s", STRA(f->text));
}

static bool
print_port_is(FILE *out, const struct plan_program *p, const struct ir_field *f, enum ir_instant at, uint64_t special)
{
	struct str std = param(p, at, 2);
	bool before = f->kind == IR_F_PORT_INTENT && at < IR_AT_DEQ;

	if (before && special == IR_PORT_MULTICAST)
		fprintf(out, "%.*s.mcast_grp != 16w0", STRA(std));
	else if (before && special == IR_PORT_DROP)
		fprintf(out, "%.*s.mcast_grp == 16w0 && %.*s.egress_spec == 9w511", STRA(std), STRA(std));
	else if (f->kind == IR_F_PORT_INTENT && special == IR_PORT_MULTICAST)
		fprintf(out, "%.*s.instance_type == 32w5", STRA(std));
	else if (f->kind == IR_F_PORT_OUT && special == IR_PORT_DROP)
		fprintf(out, "%.*s.egress_spec == 9w511", STRA(std));
	else
		return false;
	return true;
}

const struct plan_target v1model = {
	.name = "v1model",
	.tick_ns = 1000,
	.exact_epochs = true,
	.cell_bits = 64,
	.word_bits = 32,
	.default_rows = 1024,
	.default_stages = 4,
	.port_bits = 10, /* 9 bits, 65534 and 65535 */
	.ring_rows = 4096,
	.max_generations = 4096,
	.access = access,
	.print_field = print_field,
	.print_port_is = print_port_is,
};
