/* A story as text for people, or as a line of JSON with the same contents (docs/json.md). */
#include <inttypes.h>
#include <string.h>

#include "base/json.h"
#include "ui/story_event.h"

/* --- values ---------------------------------------------------------------------------------------------------------------- */

/* What the field is of, to be shown as people know it. */
static struct ir_type
type_of(const struct story_printer *p, const struct ps_field_info *f)
{
	struct ir_type t = { IR_INT, f->width, f->is_signed };
	const char *dot = strrchr(f->path, '.');

	if (f->is_bool)
		t.kind = IR_BOOL;
	vec_each(h, &p->schema->headers) {
		if (f->header < 0 || !str_is(h->path, p->program->headers[f->header].path))
			continue;
		for (uint32_t i = 0; i < h->fields.n; i++)
			if (dot && str_is(h->fields.v[i].name, dot + 1))
				t.kind = ir_schema_kind(h, i);
	}
	return t;
}

static void
print_value(const struct story_printer *p, const struct ps_field_info *f, const uint8_t *at)
{
	struct ir_type t = type_of(p, f);
	struct ir_value v;
	ir_u128 bits = 0;

	if (f->size > 16) {
		fputs(p->json ? "\"0x" : "0x", p->out);
		for (uint32_t i = f->size; i-- > 0;)
			fprintf(p->out, "%02x", at[i]);
		fputs(p->json ? "\"" : "", p->out);
		return;
	}
	memcpy(&bits, at, f->size);
	v = ir_int(ir_wrap(t, (ir_i128)bits));
	if (p->json)
		ir_value_json(p->out, t, &v);
	else
		ir_value_print(p->out, t, &v);
}

/* The part of a field's path behind its header. */
static const char *
short_name(const struct story_printer *p, const struct ps_field_info *f)
{
	size_t n = f->header < 0 ? 0 : strlen(p->program->headers[f->header].path) + 1;

	return f->path + n;
}

static const char *
control_name(const struct story_printer *p, uint32_t index)
{
	return index == 0 ? p->program->ingress_name : index == 1 ? p->program->egress_name : "deparser";
}

/* --- text -------------------------------------------------------------------------------------------------------------------- */

static void
print_time(const struct story_printer *p, uint64_t ns)
{
	ns += p->start_ns;
	fprintf(p->out, "%" PRIu64 ".%06" PRIu64 " s", ns / 1000000000u, ns % 1000000000u / 1000u);
}

static void
print_change(const struct story_printer *p, const struct story_change *c)
{
	if (c->header >= 0) {
		fprintf(p->out, "        %-32s %s\n", p->program->headers[c->header].path, c->valid ? "is there" : "is gone");
		return;
	}
	fprintf(p->out, "        %-32s ", c->field->path);
	print_value(p, c->field, c->from);
	fputs(" -> ", p->out);
	print_value(p, c->field, c->to);
	fputc('\n', p->out);
}

static void
print_headers(const struct story_printer *p, const uint8_t *phv)
{
	const struct ps_program *g = p->program;
	uint64_t room;

	for (uint32_t h = 0; phv && h < g->nheaders; h++) {
		if (!phv[g->headers[h].valid])
			continue;
		fprintf(p->out, "        %s:", g->headers[h].path);
		for (uint32_t i = 0; i < g->nfields; i++) {
			if (g->fields[i].header != (int32_t)h)
				continue;
			fprintf(p->out, " %s ", short_name(p, &g->fields[i]));
			print_value(p, &g->fields[i], ps_field_in(&g->fields[i], phv, &room));
		}
		fputc('\n', p->out);
	}
}

static void
print_table(const struct story_printer *p, const struct story_event *e)
{
	const char *action = e->action < p->program->nactions ? p->program->actions[e->action].name : "";

	if (e->hit)
		fprintf(p->out, "    table  %-36s entry %" PRIu32 ": %s\n", p->program->tables[e->index].name, e->handle, action);
	else
		fprintf(p->out, "    table  %-36s no entry: %s\n", p->program->tables[e->index].name, action);
}

/* The parser's states stand in one line; what it found is shown as it was at its end. */
static void
print_event(const struct story_printer *p, const struct story_event *e, const struct sw_story *s, bool *in_parser)
{
	if (e->kind == PS_NOTE_STATE) {
		fprintf(p->out, "%s%s", *in_parser ? ", " : "  parser   ", e->name);
		*in_parser = true;
		return;
	}
	if (*in_parser) {
		fputc('\n', p->out);
		print_headers(p, s->in);
	}
	*in_parser = false;
	if (e->kind == PS_NOTE_CONTROL)
		fprintf(p->out, "  %s\n", control_name(p, e->index));
	else if (e->kind == PS_NOTE_TABLE)
		print_table(p, e);
	else if (e->kind == PS_NOTE_ACTION)
		fprintf(p->out, "    action %s\n", p->program->actions[e->index].name);
	for (uint32_t i = 0; i < e->changes.n; i++)
		print_change(p, &e->changes.v[i]);
}

static void
print_queue(const struct story_printer *p, const struct sw_story *s)
{
	fprintf(p->out, "  queue    port %u priority %u: came at ", s->port, s->priority);
	print_time(p, s->enq_time);
	fprintf(p->out, " behind %u packet%s", s->enq_len, s->enq_len == 1 ? "" : "s");
	if (s->has_left)
		fprintf(p->out, ", left %" PRIu64 " us later, %u behind it", (s->deq_time - s->enq_time) / 1000, s->deq_len);
	fputc('\n', p->out);
}

static void
print_fate(const struct story_printer *p, const struct sw_story *s)
{
	fprintf(p->out, "  %s", sw_fate_name(s->fate));
	if (s->fate == SW_FORWARDED)
		fprintf(p->out, " from port %d, %u bytes", s->port_out, s->len_out);
	else if (s->drop_reason.n)
		fprintf(p->out, " by %.*s", STRA(s->drop_reason));
	if (s->drop_class.n)
		fprintf(p->out, " (%.*s)", STRA(s->drop_class));
	fputs("\n\n", p->out);
}

static void
print_text(const struct story_printer *p, const struct story_life *l, const struct sw_story *s)
{
	bool in_parser = false, queued = !s->was_sent;

	fprintf(p->out, "packet %" PRIu64 "  %s, %u bytes, came at ", s->id, sw_instance_name(s->instance), s->len_in);
	print_time(p, s->time_in);
	fprintf(p->out, " at port %u", s->port_in);
	if (s->parent != SW_NO_PARENT)
		fprintf(p->out, ", from packet %" PRIu64, s->parent);
	fputc('\n', p->out);
	if (!l->events.n || l->events.v[0].kind != PS_NOTE_STATE)
		print_headers(p, s->in);
	vec_each(e, &l->events) {
		if (!queued && e->kind == PS_NOTE_CONTROL && e->index == 1) {
			print_queue(p, s);
			queued = true;
		}
		print_event(p, e, s, &in_parser);
	}
	if (!queued)
		print_queue(p, s);
	print_fate(p, s);
}

/* --- JSON -------------------------------------------------------------------------------------------------------------------- */

static void
json_text(FILE *out, const char *key, const char *text)
{
	fprintf(out, ",\"%s\":", key);
	json_print_string(out, str_from(text));
}

static void
json_change(const struct story_printer *p, const struct story_change *c)
{
	if (c->header >= 0) {
		fputs("{\"header\":", p->out);
		json_print_string(p->out, str_from(p->program->headers[c->header].path));
		fprintf(p->out, ",\"valid\":%s}", c->valid ? "true" : "false");
		return;
	}
	fputs("{\"field\":", p->out);
	json_print_string(p->out, str_from(c->field->path));
	fputs(",\"from\":", p->out);
	print_value(p, c->field, c->from);
	fputs(",\"to\":", p->out);
	print_value(p, c->field, c->to);
	fputc('}', p->out);
}

static void
json_event(const struct story_printer *p, const struct story_event *e)
{
	static const char *const kinds[] = { "state", "control", "table", "action", "done" };

	fprintf(p->out, "{\"event\":\"%s\"", kinds[e->kind]);
	if (e->kind == PS_NOTE_STATE)
		json_text(p->out, "name", e->name);
	else if (e->kind == PS_NOTE_CONTROL)
		json_text(p->out, "name", control_name(p, e->index));
	else if (e->kind == PS_NOTE_ACTION)
		json_text(p->out, "name", p->program->actions[e->index].name);
	else if (e->kind == PS_NOTE_TABLE) {
		json_text(p->out, "name", p->program->tables[e->index].name);
		fprintf(p->out, ",\"hit\":%s", e->hit ? "true" : "false");
		if (e->hit)
			fprintf(p->out, ",\"entry\":%" PRIu32, e->handle);
		if (e->action < p->program->nactions)
			json_text(p->out, "action", p->program->actions[e->action].name);
	}
	fputs(",\"changes\":[", p->out);
	for (uint32_t i = 0; i < e->changes.n; i++) {
		fputs(i ? "," : "", p->out);
		json_change(p, &e->changes.v[i]);
	}
	fputs("]}", p->out);
}

static void
json_headers(const struct story_printer *p, const uint8_t *phv)
{
	const struct ps_program *g = p->program;
	bool any = false;
	uint64_t room;

	for (uint32_t i = 0; phv && i < g->nfields; i++) {
		const struct ps_field_info *f = &g->fields[i];

		if (f->header < 0 || !phv[g->headers[f->header].valid])
			continue;
		fputs(any ? "," : "", p->out);
		json_print_string(p->out, str_from(f->path));
		fputc(':', p->out);
		print_value(p, f, ps_field_in(f, phv, &room));
		any = true;
	}
}

static void
json_queue(const struct story_printer *p, const struct sw_story *s)
{
	fprintf(p->out, ",\"queue\":{\"port\":%u,\"priority\":%u,\"time_in\":%" PRIu64 ",\"len_in\":%u", s->port, s->priority,
		p->start_ns + s->enq_time, s->enq_len);
	if (s->has_left)
		fprintf(p->out, ",\"time_out\":%" PRIu64 ",\"len_out\":%u,\"delay\":%" PRIu64, p->start_ns + s->deq_time, s->deq_len,
			s->deq_time - s->enq_time);
	fputc('}', p->out);
}

static void
print_json(const struct story_printer *p, const struct story_life *l, const struct sw_story *s)
{
	fprintf(p->out, "{\"type\":\"story\",\"packet\":%" PRIu64, s->id);
	if (s->parent != SW_NO_PARENT)
		fprintf(p->out, ",\"parent\":%" PRIu64, s->parent);
	json_text(p->out, "instance", sw_instance_name(s->instance));
	fprintf(p->out, ",\"time_ns\":%" PRIu64 ",\"port_in\":%u,\"len_in\":%u,\"in\":{", p->start_ns + s->time_in, s->port_in, s->len_in);
	json_headers(p, s->in);
	fputs("},\"events\":[", p->out);
	for (uint32_t i = 0; i < l->events.n; i++) {
		fputs(i ? "," : "", p->out);
		json_event(p, &l->events.v[i]);
	}
	fputc(']', p->out);
	if (s->was_sent)
		json_queue(p, s);
	json_text(p->out, "fate", sw_fate_name(s->fate));
	if (s->fate == SW_FORWARDED)
		fprintf(p->out, ",\"port_out\":%d,\"len_out\":%u", s->port_out, s->len_out);
	if (s->drop_reason.n) {
		fputs(",\"reason\":", p->out);
		json_print_string(p->out, s->drop_reason);
	}
	if (s->drop_class.n) {
		fputs(",\"class\":", p->out);
		json_print_string(p->out, s->drop_class);
	}
	fputs("}\n", p->out);
}

void
story_print(const struct story_printer *p, const struct story_life *life, const struct sw_story *s)
{
	if (p->json)
		print_json(p, life, s);
	else
		print_text(p, life, s);
}
