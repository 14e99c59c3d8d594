/* GraphML, as the Internet Topology Zoo writes it: `label` names a node, `Longitude` and `Latitude` place it, `LinkSpeedRaw` is bits per
 * second. Between places links are as long as the great circle, at 200 km to the millisecond. Declarations of entities are refused, and nothing is fetched from
 * anywhere. */
#include <ctype.h>
#include <expat.h>
#include <math.h>
#include <stdlib.h>

#include "base/units.h"
#include "net/loader.h"

#define TEXT_MAX 256 /* of a value; longer ones are cut */

enum meaning { OTHER, LABEL, LONGITUDE, LATITUDE, SPEED };

struct vertex {
	struct str id;
	char label[TEXT_MAX];
	double longitude, latitude;
	bool has_longitude, has_latitude;
	uint32_t node;
};

struct edge {
	struct str from, to;
	struct span at;
	uint64_t speed;
};

struct reader {
	struct arena *arena;
	struct diags *diags;
	const struct source *source;
	struct net_topology *t;
	XML_Parser xml;
	struct map keys;     /* id -> meaning */
	struct map vertices; /* id -> vertex */
	VEC(struct edge) edges;
	struct vertex *vertex; /* whose data come; NULL: the edge that came last, when in_edge */
	bool in_edge, in_data, has_graph;
	enum meaning meaning;
	char text[TEXT_MAX];
	uint32_t text_n;
};

static struct span
place(const struct reader *r)
{
	XML_Index at = XML_GetCurrentByteIndex(r->xml);
	uint32_t begin = at < 0 ? 0 : (uint32_t)at < r->source->text.n ? (uint32_t)at : r->source->text.n;

	return (struct span){ r->source->base + begin, r->source->base + begin + (begin < r->source->text.n) };
}

static void
give_up(struct reader *r, const char *why)
{
	diag_error(r->diags, place(r), "%s", why);
	XML_StopParser(r->xml, XML_FALSE);
}

static const char *
attribute(const char *const *attributes, const char *name)
{
	for (uint32_t i = 0; attributes[i]; i += 2)
		if (strcmp(attributes[i], name) == 0)
			return attributes[i + 1];
	return NULL;
}

static struct str
required(struct reader *r, const char *const *attributes, const char *name)
{
	const char *value = attribute(attributes, name);

	if (!value)
		diag_error(r->diags, place(r), "no attribute '%s' here", name);
	return value ? str_dup(r->arena, str_from(value)) : STR_NONE;
}

/* --- elements --- */

static void
add_key(struct reader *r, const char *const *attributes)
{
	static const struct {
		const char *name;
		enum meaning meaning;
	} names[] = { { "label", LABEL }, { "Longitude", LONGITUDE }, { "Latitude", LATITUDE }, { "LinkSpeedRaw", SPEED } };
	const char *id = attribute(attributes, "id"), *name = attribute(attributes, "attr.name");

	for (size_t i = 0; id && name && i < sizeof(names) / sizeof(names[0]); i++)
		if (strcmp(name, names[i].name) == 0)
			map_put(&r->keys, str_dup(r->arena, str_from(id)), (void *)(uintptr_t)names[i].meaning);
}

static void
add_vertex(struct reader *r, const char *const *attributes)
{
	struct str id = required(r, attributes, "id");

	if (!id.p)
		return;
	if (map_has(&r->vertices, id)) {
		diag_error(r->diags, place(r), "node '%.*s' is there twice", STRA(id));
		return;
	}
	if (r->vertices.n >= NET_NODES_MAX / 2) {
		give_up(r, "more nodes than a network may have");
		return;
	}
	r->vertex = arena_new(r->arena, struct vertex);
	r->vertex->id = id;
	map_put(&r->vertices, id, r->vertex);
}

static void
add_edge(struct reader *r, const char *const *attributes)
{
	struct edge e = { .at = place(r) };

	e.from = required(r, attributes, "source");
	e.to = required(r, attributes, "target");
	if (e.from.p && e.to.p)
		vec_push(r->arena, &r->edges, e);
	r->in_edge = e.from.p && e.to.p;
}

static void XMLCALL
on_start(void *user, const char *name, const char **attributes)
{
	struct reader *r = user;

	if (diag_errors(r->diags) > 100) {
		XML_StopParser(r->xml, XML_FALSE);
	} else if (strcmp(name, "key") == 0) {
		add_key(r, attributes);
	} else if (strcmp(name, "graph") == 0) {
		if (r->has_graph)
			give_up(r, "only one graph is read, without others in its nodes");
		r->has_graph = true;
	} else if (strcmp(name, "node") == 0) {
		add_vertex(r, attributes);
	} else if (strcmp(name, "edge") == 0) {
		add_edge(r, attributes);
	} else if (strcmp(name, "hyperedge") == 0) {
		give_up(r, "a link has two ends: hyperedges are not read");
	} else if (strcmp(name, "data") == 0) {
		const char *key = attribute(attributes, "key");

		r->meaning = key ? (enum meaning)(uintptr_t)map_get(&r->keys, str_from(key)) : OTHER;
		r->in_data = true;
		r->text_n = 0;
	}
}

static void XMLCALL
on_text(void *user, const char *text, int n)
{
	struct reader *r = user;

	for (int i = 0; r->in_data && i < n && r->text_n < TEXT_MAX - 1; i++)
		r->text[r->text_n++] = text[i];
}

/* The number that was read, within the limits; anything else is reported. */
static bool
number(struct reader *r, const char *what, double least, double most, double *ret)
{
	char *end;

	*ret = strtod(r->text, &end);
	while (end != r->text && isspace((unsigned char)*end))
		end++;
	if (end != r->text && !*end && *ret >= least && *ret <= most)
		return true;
	diag_error(r->diags, place(r), "%s is a number from %g to %g, here is '%s'", what, least, most, r->text);
	return false;
}

static void
use_data(struct reader *r)
{
	struct vertex *v = r->vertex;
	double speed;

	r->text[r->text_n] = 0;
	if (v && r->meaning == LABEL)
		memcpy(v->label, r->text, r->text_n + 1);
	else if (v && r->meaning == LONGITUDE)
		v->has_longitude = number(r, "Longitude", -180, 180, &v->longitude);
	else if (v && r->meaning == LATITUDE)
		v->has_latitude = number(r, "Latitude", -90, 90, &v->latitude);
	else if (!v && r->in_edge && r->meaning == SPEED && number(r, "LinkSpeedRaw", 1, 1e15, &speed))
		r->edges.v[r->edges.n - 1].speed = (uint64_t)speed;
}

static void XMLCALL
on_end(void *user, const char *name)
{
	struct reader *r = user;

	if (strcmp(name, "data") == 0) {
		use_data(r);
		r->in_data = false;
	} else if (strcmp(name, "node") == 0) {
		r->vertex = NULL;
	} else if (strcmp(name, "edge") == 0) {
		r->in_edge = false;
	}
}

static void XMLCALL
on_entity(void *user, const char *name, int is_parameter, const char *value, int n, const char *base, const char *system,
	  const char *public, const char *notation)
{
	(void)name, (void)is_parameter, (void)value, (void)n, (void)base, (void)system, (void)public, (void)notation;
	give_up(user, "declarations of entities are not allowed");
}

/* --- from the graph to the network --- */

/* The label as a word; with the id when that is not enough to tell nodes apart. */
static struct str
name_of(struct reader *r, const struct vertex *v)
{
	char word[TEXT_MAX];
	uint32_t n = 0;
	struct str s;

	for (const char *p = v->label; *p; p++) {
		bool is_word = (*p >= '0' && *p <= '9') || (*p >= 'A' && *p <= 'Z') || (*p >= 'a' && *p <= 'z') || *p == '.' ||
			       (unsigned char)*p >= 0x80;

		if (is_word)
			word[n++] = *p;
		else if (n && word[n - 1] != '_')
			word[n++] = '_';
	}
	while (n && word[n - 1] == '_')
		n--;
	s = (struct str){ word, n };
	if (n && net_find(r->t, s) == NET_NOWHERE)
		return str_dup(r->arena, s);
	do
		s = str_fmt(r->arena, "%.*s%s%u", (int)n, word, n ? "_" : "n", r->t->switches.n);
	while (net_find(r->t, s) != NET_NOWHERE);
	return s;
}

static void
add_nodes(struct reader *r)
{
	r->t->is_placed = r->t->is_map = r->vertices.n > 0;
	for (uint32_t i = 0; i < r->vertices.n; i++) {
		struct vertex *v = r->vertices.entries[i].value;
		struct net_node *node;

		v->node = net_add_switch(r->t, name_of(r, v));
		node = &r->t->nodes.v[v->node];
		node->x = v->longitude;
		node->y = -v->latitude;
		r->t->is_placed &= v->has_longitude && v->has_latitude;
	}
}

#define KM_PER_RADIAN 6371.0
#define NS_PER_KM 5000.0
#define RADIANS (3.14159265358979323846 / 180)

/* Whole microseconds, so that no machine's last digit matters. */
static uint64_t
delay_between(const struct vertex *a, const struct vertex *b)
{
	double dx = sin((a->longitude - b->longitude) * RADIANS / 2), dy = sin((a->latitude - b->latitude) * RADIANS / 2);
	double h = dy * dy + cos(a->latitude * RADIANS) * cos(b->latitude * RADIANS) * dx * dx;
	double km = 2 * KM_PER_RADIAN * asin(sqrt(h < 1 ? h : 1));

	return (uint64_t)(km * NS_PER_KM / 1000 + 0.5) * 1000;
}

static struct vertex *
find_vertex(struct reader *r, const struct edge *e, struct str id)
{
	struct vertex *v = map_get(&r->vertices, id);

	if (!v)
		diag_error(r->diags, e->at, "no node '%.*s'", STRA(id));
	return v;
}

static void
add_link(struct reader *r, const struct edge *e)
{
	struct vertex *a = find_vertex(r, e, e->from), *b = find_vertex(r, e, e->to);
	struct net_link *link;
	uint32_t at;

	if (!a || !b || a == b)
		return;
	if (r->t->nodes.v[a->node].ports.n >= NET_PORTS_MAX || r->t->nodes.v[b->node].ports.n >= NET_PORTS_MAX) {
		diag_error(r->diags, e->at, "a switch has at most %u links", NET_PORTS_MAX);
		return;
	}
	at = net_join(r->t, (struct net_end){ a->node, net_free_port(r->t, a->node) },
		      (struct net_end){ b->node, net_free_port(r->t, b->node) });
	link = &r->t->links.v[at];
	link->rate_bps = e->speed;
	link->has_rate = e->speed > 0;
	link->has_delay = a->has_longitude && a->has_latitude && b->has_longitude && b->has_latitude;
	link->delay_ns = link->has_delay ? delay_between(a, b) : 0;
}

static void
add_hosts(struct reader *r)
{
	for (uint32_t i = 0, n = r->t->switches.n; i < n; i++) {
		struct str name = str_fmt(r->arena, "h%u", i + 1);

		while (net_find(r->t, name) != NET_NOWHERE)
			name = str_fmt(r->arena, "%.*s_", STRA(name));
		net_add_host(r->t, name, r->t->switches.v[i]);
	}
}

static bool
parse(struct reader *r)
{
	enum XML_Status status;

	r->xml = XML_ParserCreate(NULL);
	XML_SetUserData(r->xml, r);
	XML_SetElementHandler(r->xml, on_start, on_end);
	XML_SetCharacterDataHandler(r->xml, on_text);
	XML_SetEntityDeclHandler(r->xml, on_entity);
	status = XML_Parse(r->xml, r->source->text.p, (int)r->source->text.n, 1);
	if (status != XML_STATUS_OK && XML_GetErrorCode(r->xml) != XML_ERROR_ABORTED)
		diag_error(r->diags, place(r), "%s", XML_ErrorString(XML_GetErrorCode(r->xml)));
	else if (!r->has_graph)
		diag_error(r->diags, place(r), "no graph in this file");
	XML_ParserFree(r->xml);
	return diag_errors(r->diags) == 0;
}

void
net_read_graphml(struct diags *d, const struct source *text, struct net_topology *t)
{
	struct reader r = { .arena = t->arena, .diags = d, .source = text, .t = t };

	map_init(&r.keys, r.arena);
	map_init(&r.vertices, r.arena);
	if (!parse(&r))
		return;
	add_nodes(&r);
	vec_each(e, &r.edges)
		add_link(&r, e);
	add_hosts(&r);
}
