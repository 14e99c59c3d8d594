#include "manifest/manifest.h"

#include <errno.h>

#include "manifest/reader.h"

/* Once something fails (no memory, a text that is no UTF-8) the result is NULL all the way up. */
static json_t *
text(struct str s)
{
	return json_stringn(s.n ? s.p : "", s.n);
}

static json_t *
texts(const struct str *v, uint32_t n)
{
	json_t *list = json_array();

	for (uint32_t i = 0; i < n; i++)
		if (json_array_append_new(list, text(v[i])) != 0) {
			json_decref(list);
			return NULL;
		}
	return list;
}

static json_t *
column(const struct manifest_column *c)
{
	return json_pack("{s:i, s:b, s:o}", "width", (int)c->width, "signed", (int)c->is_signed,
			 "words", texts(c->words.v, c->words.n));
}

static json_t *
columns(const struct manifest_column *v, uint32_t n)
{
	json_t *list = json_array();

	for (uint32_t i = 0; i < n; i++)
		if (json_array_append_new(list, column(&v[i])) != 0) {
			json_decref(list);
			return NULL;
		}
	return list;
}

static json_t *
ring(const struct manifest_ring *r)
{
	return json_pack("{s:I, s:o, s:o, s:o}", "rows", (json_int_t)r->rows, "sequence",
			 text(r->sequence), "epoch", text(r->epoch), "columns",
			 columns(r->columns.v, r->columns.n));
}

static json_t *
packets_side(const struct manifest_packets_side *s)
{
	return json_pack("{s:o, s:o, s:o}", "count", text(s->count), "check", text(s->check), "sums",
			 texts(s->sums.v, s->sums.n));
}

static json_t *
packets(const struct manifest_packets *p)
{
	return json_pack("{s:I, s:I, s:I, s:[I, I, I, I], s:o, s:o, s:o}", "capacity",
			 (json_int_t)p->capacity, "cells", (json_int_t)p->cells, "tables",
			 (json_int_t)p->tables, "factors", (json_int_t)p->factors[0],
			 (json_int_t)p->factors[1], (json_int_t)p->factors[2],
			 (json_int_t)p->factors[3], "fields", columns(p->fields.v, p->fields.n), "in", packets_side(&p->in), "out",
			 packets_side(&p->out));
}

/* What only some states have. */
static json_t *
rest(const struct manifest_state *s)
{
	json_t *fields = json_array();
	int bad = 0;

	for (uint32_t i = 0; i < s->fields.n; i++)
		bad |= json_array_append_new(fields, json_integer((json_int_t)s->fields.v[i]));
	if (!bad)
		return json_pack("{s:I, s:o}", "from", (json_int_t)s->from, "fields", fields);
	json_decref(fields);
	return NULL;
}

static json_t *
refine(const struct manifest_refine *m)
{
	json_t *factors = json_array();

	for (uint32_t i = 0; i < m->factors.n; i++)
		json_array_append_new(factors, json_integer((json_int_t)m->factors.v[i]));
	return json_pack("{s:I, s:o, s:o, s:o, s:I}", "cells", (json_int_t)m->cells, "on", text(m->on), "member", text(m->member),
			 "factors", factors, "mix", (json_int_t)m->mix);
}

static json_t *
part(const struct manifest_part *p)
{
	json_t *keys = json_array(), *values = json_array(), *o;
	bool sums = false;
	int bad = 0;

	vec_each (v, &p->values) {
		sums |= *v != 0;
		bad |= json_array_append_new(values, json_integer(*v));
	}
	for (uint32_t i = 0; i < p->keys.n; i++)
		bad |= json_array_append_new(keys, json_pack("{s:I, s:I}", "key", (json_int_t)p->keys.v[i].key, "lo", (json_int_t)p->keys.v[i].lo));
	o = json_pack("{s:I, s:o}", "state", (json_int_t)p->state, "keys", keys);
	if (sums)
		bad |= json_object_set(o, "values", values);
	json_decref(values);
	if (p->mark >= 0)
		bad |= json_object_set_new(o, "mark", json_integer(p->mark));
	if (p->absent >= 0)
		bad |= json_object_set_new(o, "absent", json_integer(p->absent));
	if (!bad)
		return o;
	json_decref(o);
	return NULL;
}

static bool
add_rest(json_t *o, const struct manifest_state *s)
{
	bool bad = s->ring.rows && json_object_set_new(o, "ring", ring(&s->ring)) != 0;

	bad |= s->log.rows &&
	       json_object_set_new(o, "log",
				   json_pack("{s:I, s:o, s:o}", "rows", (json_int_t)s->log.rows, "sequence",
					     text(s->log.sequence), "row", text(s->log.row))) != 0;
	bad |= s->ring_out.rows && json_object_set_new(o, "ring_out", ring(&s->ring_out)) != 0;
	bad |= s->packets.capacity && json_object_set_new(o, "packets", packets(&s->packets)) != 0;
	bad |= s->refine.cells && json_object_set_new(o, "refine", refine(&s->refine)) != 0;
	bad |= s->raw && json_object_set_new(o, "rest", rest(s)) != 0;
	bad |= s->replaces && json_object_set_new(o, "replaces", json_true()) != 0;
	bad |= s->part.any && json_object_set_new(o, "part", part(&s->part)) != 0;
	return !bad;
}

static json_t *
state(const struct manifest_state *s)
{
	static const char *const kinds[] = { "reduce", "distinct", "lost", "stream" };
	json_t *o = json_pack(
		"{s:o, s:o, s:s, s:I, s:I, s:I, s:I, s:o, s:o, s:o, s:o, s:I, s:o, s:o, s:o}",
		"query", s->query == MANIFEST_SHARED ? json_null() : json_integer((json_int_t)s->query), "name", text(s->name), "kind", kinds[s->kind],
		"window_ns", (json_int_t)s->window_ns, "rows", (json_int_t)s->rows, "stages",
		(json_int_t)s->stages, "generations", (json_int_t)s->generations, "cell",
		text(s->cell), "cell_out", text(s->cell_out), "keys", columns(s->keys.v, s->keys.n),
		"values", columns(s->values.v, s->values.n), "epoch_cells",
		(json_int_t)s->epoch_cells, "absent", text(s->absent), "overflow_in",
		text(s->overflow_in), "overflow_out", text(s->overflow_out));

	if (o && !add_rest(o, s)) {
		json_decref(o);
		return NULL;
	}
	return o;
}

static json_t *
extra(const struct manifest_extra *e)
{
	return json_pack("{s:o, s:o, s:o, s:I}", "table", text(e->table), "action", text(e->action),
			 "parameter", text(e->parameter), "code", (json_int_t)e->code);
}

static json_t *
site(const struct manifest_site *s)
{
	return json_pack("{s:I, s:o, s:o, s:o}", "site", (json_int_t)s->site, "text", text(s->text), "discard",
			 text(s->discard), "discard_default", text(s->discard_default));
}

static json_t *
lists(const struct manifest *m)
{
	json_t *states = json_array(), *extras = json_array(), *sites = json_array();
	int bad = 0;

	for (uint32_t i = 0; i < m->states.n; i++)
		bad |= json_array_append_new(states, state(&m->states.v[i]));
	for (uint32_t i = 0; i < m->extras.n; i++)
		bad |= json_array_append_new(extras, extra(&m->extras.v[i]));
	for (uint32_t i = 0; i < m->sites.n; i++)
		bad |= json_array_append_new(sites, site(&m->sites.v[i]));
	if (!bad)
		return json_pack("{s:o, s:o, s:o}", "states", states, "extras", extras, "sites",
				 sites);
	json_decref(states);
	json_decref(extras);
	json_decref(sites);
	return NULL;
}

static json_t *
whole(const struct manifest *m)
{
	json_t *o = json_pack("{s:i, s:o, s:o, s:I}", "version", MANIFEST_VERSION, "target",
			      text(m->target), "program", text(m->program), "tick_ns",
			      (json_int_t)m->tick_ns);
	json_t *rest = lists(m);

	if (o && m->multicast_sizes.n)
		json_object_set_new(o, "multicast",
				    json_pack("{s:o, s:I}", "register", text(m->multicast_sizes),
					      "groups", (json_int_t)m->multicast_groups));
	if (o && m->signal.reg.n)
		json_object_set_new(o, "signal",
				    json_pack("{s:o, s:o, s:I}", "register", text(m->signal.reg), "digest",
					      text(m->signal.digest), "window_ns", (json_int_t)m->signal.window_ns));
	if (!o || !rest || json_object_update(o, rest) != 0 ||
	    json_object_set_new(o, "graph", text(m->graph)) != 0 ||
	    (m->network.budget && json_object_set_new(o, "network", manifest_network_write(&m->network)) != 0)) {
		json_decref(o);
		o = NULL;
	}
	json_decref(rest);
	return o;
}

int
manifest_write(FILE *out, const struct manifest *m)
{
	json_t *o = whole(m);
	int bad;

	if (!o)
		return -EINVAL;
	errno = 0;
	bad = json_dumpf(o, out, JSON_INDENT(1)) != 0 || fputc('\n', out) == EOF ||
	      fflush(out) != 0;
	json_decref(o);
	return bad ? -(errno ? errno : EIO) : 0;
}

void
manifest_init(struct manifest *m, struct arena *a)
{
	*m = (struct manifest){ .arena = a };
}
