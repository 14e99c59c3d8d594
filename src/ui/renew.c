/* renew.c - from a changed set of queries to a program that can take the place of the one that runs. A thread of its own does this,
 * beside forwarding: it touches nothing that packets change. */
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "ui/queries.h"

#define NICE 10 /* forwarding goes first */

static bool
same_columns(const struct manifest_column *a, const struct manifest_column *b)
{
	bool same = a->width == b->width && a->is_signed == b->is_signed && a->words.n == b->words.n;

	for (uint32_t i = 0; same && i < a->words.n; i++)
		same = str_eq(a->words.v[i], b->words.v[i]);
	return same;
}

static bool
same_ring(const struct manifest_ring *a, const struct manifest_ring *b)
{
	bool same = a->rows == b->rows && str_eq(a->sequence, b->sequence) && str_eq(a->epoch, b->epoch) && a->columns.n == b->columns.n;

	for (uint32_t i = 0; same && i < a->columns.n; i++)
		same = same_columns(&a->columns.v[i], &b->columns.v[i]);
	return same;
}

static bool
same_packets(const struct manifest_packets *a, const struct manifest_packets *b)
{
	if (!a->capacity || !b->capacity)
		return a->capacity == b->capacity;
	return a->cells == b->cells && a->tables == b->tables && a->fields.n == b->fields.n &&
	       memcmp(a->factors, b->factors, sizeof(a->factors)) == 0 && str_eq(a->in.count, b->in.count) &&
	       str_eq(a->out.count, b->out.count);
}

/* Where a state is and how it is laid out. */
static bool
same_state(const struct manifest_state *a, const struct manifest_state *b)
{
	bool same = a->kind == b->kind && a->window_ns == b->window_ns && a->rows == b->rows && a->stages == b->stages &&
		    a->generations == b->generations && a->epoch_cells == b->epoch_cells && a->raw == b->raw && (!a->raw || a->from == b->from) &&
		    a->log.rows == b->log.rows && str_eq(a->log.sequence, b->log.sequence) && str_eq(a->log.row, b->log.row) &&
		    a->keys.n == b->keys.n && a->values.n == b->values.n && str_eq(a->cell, b->cell) &&
		    str_eq(a->cell_out, b->cell_out) && str_eq(a->absent, b->absent) && str_eq(a->overflow_in, b->overflow_in) &&
		    str_eq(a->overflow_out, b->overflow_out) && same_ring(&a->ring, &b->ring) &&
		    same_ring(&a->ring_out, &b->ring_out) && same_packets(&a->packets, &b->packets);

	for (uint32_t i = 0; same && i < a->keys.n; i++)
		same = same_columns(&a->keys.v[i], &b->keys.v[i]);
	for (uint32_t i = 0; same && i < a->values.n; i++)
		same = same_columns(&a->values.v[i], &b->values.v[i]);
	return same;
}

static bool
has_state(const struct manifest *m, const struct manifest_state *wanted)
{
	vec_each(s, &m->states)
		if (same_state(s, wanted))
			return true;
	return false;
}

/* The name of the query that a state is of; a query in place is its outer one's. */
static struct str
owner(const struct ir_graph *g, uint32_t index)
{
	const struct ir_query *q = index < g->queries.n ? g->queries.v[index] : NULL;

	for (uint32_t i = 0; q && q->anonymous && i < g->queries.n; i++)
		vec_each(n, &g->queries.v[i]->nodes)
			if ((*n)->other == q)
				return owner(g, i);
	return q ? q->name : STR_NONE;
}

static bool
is_asked(const struct queries *q, const struct queries_unit *u, const struct queries_job *job, struct str name)
{
	if (u == q->units && str_is(name, NETWORK_REPORTS))
		return true;
	for (const struct queries_one *o = q->ones; o; o = o->next)
		if (o->unit == u && str_eq(o->name, name))
			return !str_eq(name, job->gone);
	return false;
}

/* Codes of drop reasons stand in entries, and mean the same all the time. */
static bool
same_codes(const struct manifest *a, const struct manifest *b)
{
	bool same = a->sites.n <= b->sites.n && a->extras.n == b->extras.n;

	for (uint32_t i = 0; same && i < a->sites.n; i++)
		same = a->sites.v[i].site == b->sites.v[i].site && str_eq(a->sites.v[i].text, b->sites.v[i].text);
	for (uint32_t i = 0; same && i < a->extras.n; i++)
		same = a->extras.v[i].code == b->extras.v[i].code && str_eq(a->extras.v[i].table, b->extras.v[i].table) &&
		       str_eq(a->extras.v[i].action, b->extras.v[i].action);
	return same;
}

/* The queries that stay go on with what they have counted. */
static bool
keeps_others(const struct queries_job *job, const struct compilation *c)
{
	const struct queries *q = job->q;

	for (const struct queries_unit *u = q->units; u; u = u->next)
		for (uint32_t i = 0; u->control && i < u->manifest.states.n; i++) {
			const struct manifest_state *s = &u->manifest.states.v[i];
			struct str name = owner(control_graph(u->control), s->query);

			if (!is_asked(q, u, job, name) || has_state(&c->manifest, s))
				continue;
			diag_error(c->diags, (struct span){ 0, 0 }, "query '%.*s' would have to begin anew: its state would be another",
				   STRA(name));
			return false;
		}
	if (same_codes(&q->units->manifest, &c->manifest))
		return true;
	diag_error(c->diags, (struct span){ 0, 0 },
		   "drop reasons would get other numbers, which the entries can't follow while the switch runs");
	diag_hint(c->diags, "give the query to packetscope switch from the start (-q)");
	return false;
}

/* All switches of a network agree on its queries, so they stay as they were at the start. */
static bool
same_network(const struct queries_job *job, const struct compilation *c)
{
	const struct ir_graph *before = job->q->s->c.graph;
	uint32_t were = before && before->network ? before->network->queries.n : 0, are = c->graph->network ? c->graph->network->queries.n : 0;

	if (were == are)
		return true;
	diag_error(c->diags, (struct span){ 0, 0 }, "queries over network() can't come to a switch that runs: all switches must know of them");
	diag_hint(c->diags, "give them to each packetscope switch from the start (-q)");
	return false;
}

/* The manifest outlives the compilation: it is written, and read again into the unit. */
static bool
copy_manifest(struct queries_unit *u, struct diags *d, const struct manifest *m)
{
	int fd = memfd_create("manifest", MFD_CLOEXEC);
	FILE *f = fd < 0 ? NULL : fdopen(fd, "w");
	char path[64];
	bool ok;

	if (!f) {
		if (fd >= 0)
			close(fd);
		diag_error(d, (struct span){ 0, 0 }, "no memory for the manifest");
		return false;
	}
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	ok = manifest_write(f, m) == 0 && fflush(f) == 0 && manifest_read(u->arena, d, str_from(path), &u->manifest);
	fclose(f);
	return ok;
}

static bool
is_new(const struct queries *q, struct str name)
{
	for (const struct queries_one *o = q->ones; o; o = o->next)
		if (str_eq(o->name, name))
			return false;
	return true;
}

/* A controller for the queries that are new. */
static bool
make_unit(struct queries_job *job, const struct compilation *c, struct diags *d)
{
	struct arena *a = arena_make();
	struct queries_unit *u = arena_new(a, struct queries_unit);

	job->unit = u;
	u->arena = a;
	u->part = (struct soft_part){ .of = &job->q->s->soft, .image = job->image };
	if (!copy_manifest(u, d, &c->manifest))
		return false;
	vec_each(q, &c->graph->queries)
		if (!(*q)->anonymous && !str_is((*q)->name, NETWORK_REPORTS) && is_new(job->q, (*q)->name)) {
			struct str name = str_dup(a, (*q)->name);

			vec_push(a, &u->names, name);
			vec_push(job->arena, &job->ones,
				 (struct queries_one){ .file = job->file, .unit = u, .name = name, .window_ns = (*q)->window_ns });
		}
	if (!u->names.n)
		return true;
	u->control = control_open_some(a, d, &u->manifest, soft_part_device(&u->part), session_result, job->q->s, u->names.v, u->names.n);
	return u->control != NULL;
}

static bool
load(struct queries_job *job, struct compilation *c)
{
	const struct queries *q = job->q;
	const struct ps_register_info *info;
	char why[512];
	void *cells;

	job->image = sw_image_open(q->s->soft.sw, c->object.path, why, sizeof(why));
	if (!job->image) {
		diag_error(c->diags, (struct span){ 0, 0 }, "%s", why);
		return false;
	}
	job->new_sizes = c->manifest.multicast_sizes.n &&
			 sw_image_register(sw_image(q->s->soft.sw), c->manifest.multicast_sizes, &cells, &info) < 0;
	return make_unit(job, c, c->diags);
}

static bool
renew(struct queries_job *job, struct compilation *c)
{
	const struct session *s = job->q->s;
	struct compile_options o = s->options;
	const struct soft_options so = { .name = o.program, .cache = !s->args.no_cache };

	o.files = job->files.v;
	o.nfiles = job->files.n;
	o.nqueries = 0;
	o.queries = NULL;
	o.print = COMPILE_NONE;
	o.lenient = true;
	return compile_weave(c, &o) && same_network(job, c) && keeps_others(job, c) && compile_native(c, &o, &so) && load(job, c);
}

void *
queries_renew(void *user)
{
	struct queries_job *job = user;
	FILE *out = open_memstream(&job->text, &job->size);
	struct compilation c;
	uint64_t one = 1;
	int event = job->q->event;

	setpriority(PRIO_PROCESS, (id_t)syscall(SYS_gettid), NICE);
	sw_image_close(job->trash);
	compilation_init(&c);
	job->ok = out && renew(job, &c);
	job->compiler_ns = c.times.native;
	if (out) {
		diags_print(c.diags, out);
		fclose(out);
	}
	compilation_fini(&c);
	/* the job is no longer ours once this is told */
	if (write(event, &one, sizeof(one)) < 0)
		bug("an event can't be told");
	return NULL;
}
