#include "switch/trace.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/diag.h"
#include "base/json.h"
#include "base/outfile.h"
#include "switch/memory.h"

#define EXACT_MAX ((uint64_t)1 << 53) /* integers that every JSON reader holds exactly */

struct sw_trace {
	struct outfile out;
	const struct ps_program *program; /* unloaded with its switch: not for sw_trace_close */
	char **keys; /* per field: its path, quoted, with a colon */
	uint32_t nkeys;
};

const char *
sw_fate_name(enum sw_fate fate)
{
	switch (fate) {
	case SW_FORWARDED:
		return "forwarded";
	case SW_DROPPED_INGRESS:
		return "dropped_ingress";
	case SW_DROPPED_EGRESS:
		return "dropped_egress";
	case SW_LOST:
		return "lost";
	case SW_QUEUED:
		return "queued";
	case SW_REPLICATED:
		return "replicated";
	case SW_RESUBMITTED:
		return "resubmitted";
	case SW_RECIRCULATED:
		return "recirculated";
	}
	bug("fate %d", (int)fate);
}

const char *
sw_instance_name(enum ps_instance instance)
{
	switch (instance) {
	case PS_NORMAL:
		return "normal";
	case PS_INGRESS_CLONE:
		return "clone_ingress";
	case PS_EGRESS_CLONE:
		return "clone_egress";
	case PS_COALESCED:
		return "coalesced";
	case PS_RECIRCULATED:
		return "recirculated";
	case PS_REPLICA:
		return "replica";
	case PS_RESUBMITTED:
		return "resubmitted";
	}
	bug("instance %d", (int)instance);
}

/* --- pieces --- */

static void
put(struct sw_trace *t, const char *text)
{
	fputs_unlocked(text, t->out.out);
}

static void
put_u64(struct sw_trace *t, uint64_t v)
{
	char buf[24], *p = buf + sizeof(buf);

	*--p = '\0';
	do
		*--p = (char)('0' + v % 10);
	while (v /= 10);
	put(t, p);
}

static void
put_pair(struct sw_trace *t, const char *key, uint64_t v)
{
	put(t, key);
	put_u64(t, v);
}

static void
put_string(struct sw_trace *t, struct str s)
{
	json_print_string(t->out.out, s);
}

/* A native integer of any size: words from the most significant one. */
static void
put_value(struct sw_trace *t, const uint8_t *p, uint32_t size)
{
	bool any = false;
	uint64_t v = 0;

	if (size <= 8) {
		memcpy(&v, p, size);
	} else {
		uint32_t i = size;

		memcpy(&v, p, 8);
		while (i > 8 && !p[i - 1])
			i--;
		if (i > 8) {
			put(t, "\"0x");
			for (; i-- > 0; any = true)
				fprintf(t->out.out, any ? "%02x" : "%x", p[i]);
			put(t, "\"");
			return;
		}
	}
	if (v <= EXACT_MAX)
		put_u64(t, v);
	else
		fprintf(t->out.out, "\"0x%llx\"", (unsigned long long)v);
}

/* --- the schema --- */

/* The field's name inside its header. */
static const char *
name_inside(const struct ps_program *p, const struct ps_field_info *f)
{
	const char *header = f->header >= 0 ? p->headers[f->header].path : "";
	size_t n = strlen(header);

	if (f->header >= 0 && !strncmp(f->path, header, n) && f->path[n] == '.')
		return f->path + n + 1;
	return f->path;
}

static void
put_fields(struct sw_trace *t, int32_t header)
{
	const struct ps_program *p = t->program;
	bool any = false;

	put(t, "[");
	for (uint32_t i = 0; i < p->nfields; i++) {
		const struct ps_field_info *f = &p->fields[i];

		if (f->header != header)
			continue;
		put(t, any ? ",{\"name\":" : "{\"name\":");
		put_string(t, str_from(name_inside(p, f)));
		put_pair(t, ",\"width\":", f->width);
		put(t, f->is_signed ? ",\"signed\":true" : "");
		put(t, f->is_bool ? ",\"bool\":true" : "");
		put(t, "}");
		any = true;
	}
	put(t, "]");
}

static void
put_schema(struct sw_trace *t, uint64_t start_ns)
{
	const struct ps_program *p = t->program;

	put_pair(t, "{\"type\":\"trace\",\"version\":1,\"start_ns\":", start_ns);
	put(t, ",\"tick_ns\":1000,\"headers\":[");
	for (uint32_t i = 0; i < p->nheaders; i++) {
		put(t, i ? ",{\"name\":" : "{\"name\":");
		put_string(t, str_from(p->headers[i].path));
		put(t, ",\"fields\":");
		put_fields(t, (int32_t)i);
		put(t, "}");
	}
	put(t, "],\"metadata\":");
	put_fields(t, -1);
	put(t, "}\n");
}

static void
make_keys(struct sw_trace *t)
{
	const struct ps_program *p = t->program;

	t->keys = alloc(p->nfields, sizeof(*t->keys));
	t->nkeys = p->nfields;
	for (uint32_t i = 0; i < p->nfields; i++) {
		size_t size = strlen(p->fields[i].path) + 4;

		t->keys[i] = alloc(size, 1);
		snprintf(t->keys[i], size, "\"%s\":", p->fields[i].path);
	}
}

struct sw_trace *
sw_trace_open(const char *path, const struct ps_program *p, uint64_t start_ns)
{
	struct sw_trace *t = alloc(1, sizeof(*t));
	int err = outfile_open(&t->out, path);

	if (err) {
		free(t);
		errno = -err;
		return NULL;
	}
	t->program = p;
	make_keys(t);
	put_schema(t, start_ns);
	return t;
}

int
sw_trace_close(struct sw_trace *t, bool keep)
{
	int err;

	if (!t)
		return 0;
	err = outfile_close(&t->out, keep);
	for (uint32_t i = 0; i < t->nkeys; i++)
		free(t->keys[i]);
	free(t->keys);
	free(t);
	return err;
}

/* --- a packet --- */

static bool
is_valid(const struct ps_program *p, int32_t header, const uint8_t *phv)
{
	return phv[p->headers[header].valid];
}

static void
put_headers(struct sw_trace *t, const char *name, const uint8_t *phv, bool with_metadata)
{
	const struct ps_program *p = t->program;
	bool any = false;
	uint64_t room;

	put(t, ",\"");
	put(t, name);
	put(t, "_valid\":[");
	for (uint32_t i = 0; i < p->nheaders; i++)
		if (is_valid(p, (int32_t)i, phv)) {
			put(t, any ? "," : "");
			put_string(t, str_from(p->headers[i].path));
			any = true;
		}
	put(t, "],\"");
	put(t, name);
	put(t, "\":{");
	any = false;
	for (uint32_t i = 0; i < p->nfields; i++) {
		const struct ps_field_info *f = &p->fields[i];

		if (f->header >= 0 ? !is_valid(p, f->header, phv) : !with_metadata)
			continue;
		put(t, any ? "," : "");
		put(t, t->keys[i]);
		put_value(t, ps_field_in(f, phv, &room), f->size);
		any = true;
	}
	put(t, "}");
}

static void
put_queuing(struct sw_trace *t, const struct sw_story *s)
{
	put_pair(t, ",\"queuing\":{\"time_in\":", s->enq_time);
	put_pair(t, ",\"len_in\":", s->enq_len);
	put_pair(t, ",\"port\":", s->port);
	put_pair(t, ",\"priority\":", s->priority);
	if (s->has_left) {
		put_pair(t, ",\"time_out\":", s->deq_time);
		put_pair(t, ",\"len_out\":", s->deq_len);
		put_pair(t, ",\"delay\":", s->deq_time - s->enq_time);
	}
	put(t, "}");
}

static void
put_intent(struct sw_trace *t, const struct sw_story *s)
{
	put(t, ",\"intent\":");
	if (s->intent == SW_INTENT_MULTICAST)
		put(t, "\"multicast\"");
	else if (s->intent == SW_INTENT_DROP)
		put(t, "-1");
	else
		put_u64(t, (uint64_t)s->intent);
	put_pair(t, ",\"copies\":", s->copies);
}

static void
put_out(struct sw_trace *t, const struct sw_story *s)
{
	put(t, ",\"instance_out\":\"");
	put(t, sw_instance_name(s->instance_out));
	put(t, "\"");
	put_headers(t, "out", s->out, true);
	if (s->port_out < 0)
		put(t, ",\"port_out\":-1");
	else
		put_pair(t, ",\"port_out\":", (uint64_t)s->port_out);
	if (s->has_len_out)
		put_pair(t, ",\"len_out\":", s->len_out);
}

void
sw_trace_story(void *trace, const struct sw_story *s)
{
	struct sw_trace *t = trace;

	put_pair(t, "{\"type\":\"packet\",\"id\":", s->id);
	if (s->parent == SW_NO_PARENT)
		put(t, ",\"parent\":null");
	else
		put_pair(t, ",\"parent\":", s->parent);
	put(t, ",\"instance\":\"");
	put(t, sw_instance_name(s->instance));
	put_pair(t, "\",\"time_in\":", s->time_in);
	put_pair(t, ",\"port_in\":", s->port_in);
	put_pair(t, ",\"len_in\":", s->len_in);
	put_headers(t, "in", s->in, false);
	put_headers(t, "mid", s->mid, true);
	put_intent(t, s);
	if (s->was_sent)
		put_queuing(t, s);
	if (s->out)
		put_out(t, s);
	put(t, ",\"fate\":\"");
	put(t, sw_fate_name(s->fate));
	put(t, "\"");
	if (s->drop_reason.n) {
		put(t, ",\"drop_reason\":");
		put_string(t, s->drop_reason);
	}
	if (s->drop_class.n) {
		put(t, ",\"drop_class\":");
		put_string(t, s->drop_class);
	}
	put(t, "}\n");
}
