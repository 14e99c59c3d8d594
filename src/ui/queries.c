/* queries.c - which queries are asked, and the commands that change that. */
#include "ui/queries.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/clock.h"
#include "switch/pre.h"

static void
free_unit(struct queries_unit *u)
{
	soft_part_close(&u->part);
	arena_free(u->arena);
}

/* --- the start --- */

static struct queries_file *
new_file(struct str path, uint32_t unit)
{
	struct arena *a = arena_make();
	struct queries_file *f = arena_new(a, struct queries_file);

	f->arena = a;
	f->file = (struct query_file){ .path = str_dup(a, path), .unit = unit };
	return f;
}

/* So that nobody sees a file that has changed since. False: it can't be read. */
static bool
read_text(struct queries_file *f, struct diags *d)
{
	int e = 0;
	const struct source *s = source_read(sources_make(f->arena), f->file.path, &e);

	if (!s && d)
		diag_error(d, (struct span){ 0, 0 }, "can't read '%.*s': %s", STRA(f->file.path), strerror(e));
	if (s)
		f->file.text = s->text.n ? s->text : STR(" ");
	return s != NULL;
}

/* Whether the program can be woven so that its entries fit all queries: not every program's drops can be followed. */
static bool
can_keep_reasons(const struct session *s)
{
	struct compile_options o = s->options;
	struct compilation c;
	bool ok;

	o.files = &(struct query_file){ .path = STR_NONE };
	o.nfiles = o.nqueries = 0;
	o.keeps_reasons = true;
	o.print = COMPILE_NONE;
	compilation_init(&c);
	ok = compile_weave(&c, &o);
	c.diags = diags_make(c.arena, sources_make(c.arena)); /* what is wrong is told later, if it matters */
	compilation_fini(&c);
	return ok;
}

void
queries_read(struct queries *q, struct session *s)
{
	struct compile_options *o = &s->options;
	struct queries_file **end = &q->files;
	struct query_file *files = arena_array(s->c.arena, struct query_file, o->nqueries + 1);

	q->s = s;
	q->event = -1;
	for (uint32_t i = 0; i < o->nqueries; i++) {
		*end = new_file(o->queries[i], 0);
		read_text(*end, NULL); /* the compilation tells what can't be read */
		files[o->nfiles++] = (*end)->file;
		end = &(*end)->next;
	}
	o->files = files;
	o->keeps_reasons = can_keep_reasons(s);
}

/* Of units without queries only the first and the last are of use. */
static void
push_unit(struct queries *q, struct queries_unit *u)
{
	struct queries_unit **at = &q->units;

	while (*at && (*at)->next)
		at = &(*at)->next;
	if (*at && at != &q->units && !(*at)->control) {
		free_unit(*at);
		*at = u;
	} else if (*at) {
		(*at)->next = u;
	} else {
		*at = u;
	}
}

static struct queries_file *
file_of(struct queries *q, struct str path)
{
	for (struct queries_file *f = q->files; f; f = f->next)
		if (str_eq(f->file.path, path))
			return f;
	return NULL;
}

static void
push_one(struct queries *q, const struct queries_one *one)
{
	struct queries_one **at = &q->ones, *o = malloc(sizeof(*o));

	if (!o)
		bug("no memory");
	while (*at)
		at = &(*at)->next;
	*o = *one;
	o->next = NULL;
	*at = o;
}

/* The file that a place is in; NULL: none of the start's. */
static struct queries_file *
file_at(struct queries *q, struct span at)
{
	const struct source *s = source_at(diags_sources(q->s->c.diags), at.begin);

	return s ? file_of(q, s->name) : NULL;
}

static void
mark_network(struct queries *q, const struct ir_network *n)
{
	vec_each(query, &n->queries) {
		struct queries_file *f = file_at(q, (*query)->at);

		if (f)
			f->has_network = true;
	}
}

bool
queries_open(struct queries *q)
{
	const struct compilation *c = &q->s->c;
	struct queries_unit *u = q->units;

	q->event = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	u->control = q->s->control;
	u->manifest = c->manifest;
	if (c->graph)
		vec_each(query, &c->graph->queries) {
			if (!(*query)->anonymous && !str_is((*query)->name, NETWORK_REPORTS))
				push_one(q, &(struct queries_one){ .file = file_at(q, (*query)->at), .unit = u,
								   .name = (*query)->name, .window_ns = (*query)->window_ns });
		}
	if (c->graph && c->graph->network)
		mark_network(q, c->graph->network);
	return q->event >= 0;
}

struct soft_part *
queries_part(struct queries *q)
{
	struct arena *a = arena_make();
	struct queries_unit *u = arena_new(a, struct queries_unit);

	u->arena = a;
	u->part = (struct soft_part){ .of = &q->s->soft, .image = sw_image(q->s->soft.sw) };
	push_unit(q, u);
	return &u->part;
}

/* --- the end --- */

static void
free_job(struct queries_job *job)
{
	free(job->line);
	free(job->text);
	arena_free(job->arena);
}

static void
drop_result(struct queries *q)
{
	free(q->line);
	free(q->text);
	q->line = q->text = NULL;
}

/* What the job made is not wanted. */
static void
drop_made(struct queries_job *job)
{
	if (job->unit) {
		control_close(job->unit->control);
		free_unit(job->unit);
	}
	sw_image_close(job->image);
	if (!job->gone.n && job->file)
		arena_free(job->file->arena);
}

void
queries_close(struct queries *q)
{
	if (q->job) {
		struct pollfd done = { .fd = q->event, .events = POLLIN };

		while (poll(&done, 1, -1) < 0 && errno == EINTR)
			continue;
		drop_made(q->job);
		free_job(q->job);
	}
	for (struct queries_unit *u = q->units, *next; u; u = next) {
		next = u->next;
		if (u != q->units)
			control_close(u->control);
		free_unit(u);
	}
	for (struct queries_one *o = q->ones, *next; o; o = next) {
		next = o->next;
		free(o);
	}
	for (struct queries_file *f = q->files, *next; f; f = next) {
		next = f->next;
		arena_free(f->arena);
	}
	drop_result(q);
	if (q->event >= 0)
		close(q->event);
}

/* --- epochs --- */

int
queries_advance(struct queries *q, uint64_t now)
{
	int e = 0;

	for (struct queries_unit *u = q->units; e == 0 && u; u = u->next)
		if (u->control)
			e = control_advance(u->control, now);
	return e;
}

int
queries_finish(struct queries *q)
{
	int e = 0;

	for (struct queries_unit *u = q->units; e == 0 && u; u = u->next)
		if (u->control)
			e = control_finish(u->control);
	return e;
}

uint64_t
queries_deadline(const struct queries *q)
{
	uint64_t t = UINT64_MAX;

	for (const struct queries_unit *u = q->units; u; u = u->next)
		if (u->control && control_deadline(u->control) < t)
			t = control_deadline(u->control);
	return t;
}

const struct manifest *
queries_manifest(const struct queries *q)
{
	const struct queries_unit *u = q->units;

	while (u->next)
		u = u->next;
	return &u->manifest;
}

/* --- the swap --- */

static void
forget(struct queries *q, struct queries_job *job)
{
	for (struct queries_one **at = &q->ones; *at; at = &(*at)->next) {
		struct queries_one *o = *at;

		if (!str_eq(o->name, job->gone))
			continue;
		control_forget(o->unit->control, o->name);
		vec_push(job->file->arena, &job->file->without, str_dup(job->file->arena, o->name));
		*at = o->next;
		free(o);
		return;
	}
}

static bool
has_queries(const struct queries *q, const struct queries_file *f)
{
	for (const struct queries_one *o = q->ones; o; o = o->next)
		if (o->file == f)
			return true;
	return f->has_network;
}

/* A file goes with the last of its queries. */
static void
drop_file(struct queries *q, struct queries_file *f)
{
	for (struct queries_file **at = &q->files; *at; at = &(*at)->next)
		if (*at == f) {
			*at = f->next;
			arena_free(f->arena);
			return;
		}
}

static void
push_file(struct queries *q, struct queries_file *f)
{
	struct queries_file **at = &q->files;

	while (*at)
		at = &(*at)->next;
	*at = f;
}

/* Between two packets. */
static int
swap(struct queries *q, struct queries_job *job, uint64_t now)
{
	uint32_t group;
	int e = 0;

	sw_swap(q->s->soft.sw, job->image);
	if (job->new_sizes && !load_group_sizes(&job->unit->manifest, q->s->soft.sw, &group))
		fprintf(stderr, "packetscope switch: multicast group %u is beyond what queries count: its losses will be wrong\n", group);
	if (job->unit->control)
		e = control_begin(job->unit->control, now);
	push_unit(q, job->unit);
	return e;
}

static void
tell(FILE *out, const struct queries_job *job, uint64_t now, uint64_t pause_ns)
{
	if (job->gone.n)
		fprintf(out, "removed %.*s\n", STRA(job->gone));
	vec_each(o, &job->ones)
		fprintf(out, "added %.*s: epochs of %g ms, from %" PRIu64 " on\n", STRA(o->name), (double)o->window_ns / 1e6,
			(now + o->window_ns - 1) / o->window_ns);
	fprintf(out, "compiled in %.3f s, swapped in %.3f ms\n", (double)job->compiler_ns / 1e9, (double)pause_ns / 1e6);
}

static void
settle(struct queries *q, struct queries_job *job, uint64_t now)
{
	uint64_t start = clock_now();
	int e = swap(q, job, now);
	uint64_t pause = clock_now() - start;
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	if (job->gone.n) {
		forget(q, job);
		if (!has_queries(q, job->file))
			drop_file(q, job->file);
	} else {
		push_file(q, job->file);
		vec_each(o, &job->ones)
			push_one(q, o);
	}
	if (!out)
		return;
	fputs(job->text, out); /* warnings */
	if (e < 0)
		fprintf(out, "error: the new queries can't be read: %s\n", strerror(-e));
	tell(out, job, now, pause);
	fclose(out);
	free(job->text);
	job->text = text;
	job->size = size;
}

void
queries_swap(struct queries *q, uint64_t now)
{
	struct queries_job *job = q->job;
	uint64_t n;

	if (read(q->event, &n, sizeof(n)) < 0 || !job)
		return;
	if (job->ok)
		settle(q, job, now);
	else
		drop_made(job);
	drop_result(q);
	q->line = job->line;
	q->text = job->text;
	q->size = job->size;
	q->ok = job->ok;
	job->line = job->text = NULL;
	free_job(job);
	q->job = NULL;
}

/* --- commands --- */

static enum host_answer
wrong(FILE *out, const char *fmt, struct str word)
{
	fprintf(out, fmt, STRA(word));
	return HOST_WRONG;
}

static struct str
next_word(struct str *rest)
{
	struct str s = str_trim(*rest);
	uint32_t n = 0;

	while (n < s.n && s.p[n] != ' ' && s.p[n] != '\t')
		n++;
	*rest = str_sub(s, n, s.n);
	return str_sub(s, 0, n);
}

static enum host_answer
list(const struct queries *q, FILE *out)
{
	for (const struct queries_one *o = q->ones; o; o = o->next)
		fprintf(out, "%-24.*s %10g ms  %.*s\n", STRA(o->name), (double)o->window_ns / 1e6,
			STRA(o->file ? o->file->file.path : STR_NONE));
	return HOST_OK;
}

/* The files as they will be, without the query that goes. */
static void
push_files(struct queries_job *job)
{
	vec_push(job->arena, &job->files, (struct query_file){ .path = STR_NONE }); /* so that there is a list */
	job->files.n = 0;
	for (struct queries_file *f = job->q->files; f; f = f->next) {
		struct query_file file = f->file;
		struct str *without = arena_array(job->arena, struct str, f->without.n + 1);
		uint32_t left = f->has_network;

		for (const struct queries_one *o = job->q->ones; o; o = o->next)
			left += o->file == f && !str_eq(o->name, job->gone);
		if (!left)
			continue;
		if (f->without.n)
			memcpy(without, f->without.v, f->without.n * sizeof(*without));
		without[f->without.n] = job->gone;
		file.without = without;
		file.nwithout = f->without.n + (f == job->file && job->gone.n);
		vec_push(job->arena, &job->files, file);
	}
	if (!job->gone.n)
		vec_push(job->arena, &job->files, job->file->file);
}

static enum host_answer
start(struct queries *q, struct queries_job *job, FILE *out)
{
	pthread_t thread;

	push_files(job);
	job->trash = sw_take_drained(q->s->soft.sw);
	if (pthread_create(&thread, NULL, queries_renew, job) == 0) {
		pthread_detach(thread); /* nobody waits for its very end */
		q->job = job;
		return HOST_LATER;
	}
	if (!job->gone.n)
		arena_free(job->file->arena);
	free_job(job);
	return wrong(out, "error: no thread%.*s\n", STR_NONE);
}

static struct queries_job *
make_job(struct queries *q, struct str line)
{
	struct arena *a = arena_make();
	struct queries_job *job = arena_new(a, struct queries_job);

	job->arena = a;
	job->q = q;
	job->line = strndup(line.p, line.n);
	return job;
}

static enum host_answer
add(struct queries *q, struct str line, struct str rest, FILE *out)
{
	struct str path = next_word(&rest), word;
	struct queries_job *job;
	struct queries_file *f;
	struct diags *d;
	bool ok;

	if (!path.n)
		return wrong(out, "error: 'query add' is followed by a file of queries%.*s\n", STR_NONE);
	f = new_file(path, q->numbered + 1);
	d = diags_make(f->arena, sources_make(f->arena));
	ok = read_text(f, d);
	diags_print(d, out);
	while ((word = next_word(&rest)).n)
		vec_push(f->arena, &f->defines, str_cstr(f->arena, word));
	vec_push(f->arena, &f->defines, NULL);
	f->file.defines = f->defines.v;
	if (!ok) {
		arena_free(f->arena);
		return HOST_WRONG;
	}
	q->numbered++;
	job = make_job(q, line);
	job->file = f;
	return start(q, job, out);
}

static enum host_answer
unknown(const struct queries *q, struct str name, FILE *out)
{
	struct arena *a = arena_make();
	VEC(struct str) names = { 0 };
	struct str near;

	for (const struct queries_one *o = q->ones; o; o = o->next)
		vec_push(a, &names, o->name);
	fprintf(out, "error: no query '%.*s'\n", STRA(name));
	near = str_nearest(name, names.v, names.n);
	if (near.n)
		fprintf(out, "hint: did you mean '%.*s'?\n", STRA(near));
	arena_free(a);
	return HOST_WRONG;
}

static enum host_answer
take_away(struct queries *q, struct str line, struct str rest, FILE *out)
{
	struct str name = next_word(&rest);
	struct queries_job *job;

	if (!name.n || str_trim(rest).n)
		return wrong(out, "error: 'query remove' is followed by the name of a query%.*s\n", STR_NONE);
	for (const struct queries_one *o = q->ones; o; o = o->next)
		if (str_eq(o->name, name)) {
			job = make_job(q, line);
			job->gone = str_dup(job->arena, name);
			job->file = o->file;
			return start(q, job, out);
		}
	return unknown(q, name, out);
}

enum host_answer
queries_command(struct queries *q, struct str line, FILE *out)
{
	struct str rest = line, word = next_word(&rest);
	enum host_answer ret;

	if (str_is(word, "list") && !str_trim(rest).n)
		return list(q, out);
	if (!str_is(word, "add") && !str_is(word, "remove"))
		return wrong(out, "error: 'query' is followed by add FILE [PARAMETER=VALUE...], remove NAME, or list%.*s\n", STR_NONE);
	if (q->line && str_is(line, q->line)) {
		fwrite(q->text, 1, q->size, out);
		ret = q->ok ? HOST_OK : HOST_WRONG;
		drop_result(q);
		return ret;
	}
	if (q->job)
		return HOST_LATER;
	return str_is(word, "add") ? add(q, line, rest, out) : take_away(q, line, rest, out);
}
