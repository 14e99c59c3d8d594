/* partition_cbc.c - the integer program, solved by CBC (EPL-2.0) through its C interface.
 *
 * Variables, all binary: I(query, level) the level is on; Y(way, cut) the way is taken and cut there; S(way, step, stage) the
 * step sits in that stage. A step sits somewhere just when a cut behind it is taken; it may sit by stage t only if what it needs
 * sits before t; stages and boundaries hold what they hold.
 *
 * The solver works in a child process: it is loaded only when it is needed (loading it costs 12 ms), what it prints goes
 * nowhere, and a time limit that it overlooks is kept by ending the child. */
#include "plan/partition.h"

#ifdef HAVE_CBC

#include <coin/Cbc_C_Interface.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <float.h>
#include <math.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"

#define COLUMNS_MAX 2000000 /* beyond it there is no point in asking */

/* The functions of the library that are used. */
#define FUNCTIONS(X)                                                                                            \
	X(Cbc_newModel) X(Cbc_loadProblem) X(Cbc_setInteger) X(Cbc_setObjSense) X(Cbc_setLogLevel)              \
	X(Cbc_setParameter) X(Cbc_setMIPStartI) X(Cbc_solve) X(Cbc_bestSolution) X(Cbc_getObjValue) X(Cbc_getBestPossibleObjValue)  \
	X(Cbc_isProvenOptimal)

struct cbc {
#define X(name) __typeof__(name) *name;
	FUNCTIONS(X)
#undef X
};

struct entry {
	int row, column;
	double factor;
};

/* The program's columns: where each variable is. */
struct columns {
	const struct part_problem *p;
	int **level;	/* by query: of level 1 */
	int **cut;	/* by query, way: of cut 0 */
	int ***step;	/* by query, way, step: of stage 0 */
	int n;
};

/* The program's rows: entries of the one at hand, and all before it. (Adding rows to the solver one by one takes seconds.) */
struct rows {
	struct arena *a;
	VEC(struct entry) entries;
	VEC(double) lower, upper;
	uint32_t begun; /* first entry of the row at hand */
};

/* What the child says. */
struct answer {
	int32_t found, optimal;
	double objective, bound;
};

static void
lay_out(struct arena *a, const struct part_problem *p, struct columns *c)
{
	*c = (struct columns){ .p = p };
	c->level = arena_array(a, int *, p->queries.n + 1);
	c->cut = arena_array(a, int *, p->queries.n + 1);
	c->step = arena_array(a, int **, p->queries.n + 1);
	for (uint32_t q = 0; q < p->queries.n; q++) {
		const struct part_query *query = &p->queries.v[q];

		c->level[q] = arena_array(a, int, query->levels + 1);
		c->cut[q] = arena_array(a, int, query->ways.n + 1);
		c->step[q] = arena_array(a, int *, query->ways.n + 1);
		for (uint32_t l = 1; l <= query->levels; l++)
			c->level[q][l] = c->n++;
		for (uint32_t w = 0; w < query->ways.n; w++) {
			const struct part_way *way = &query->ways.v[w];

			c->cut[q][w] = c->n;
			c->n += (int)way->cuts.n;
			c->step[q][w] = arena_array(a, int, way->steps.n + 1);
			for (uint32_t s = 0; s < way->steps.n; s++) {
				c->step[q][w][s] = c->n;
				c->n += (int)p->nstages[way->steps.v[s].pipe];
			}
		}
	}
}

static void
add(struct rows *r, int column, double factor)
{
	vec_push(r->a, &r->entries, (struct entry){ (int)r->lower.n, column, factor });
}

/* The row's sum is at most `upper`, and at least `lower`. */
static void
end_row(struct rows *r, double lower, double upper)
{
	if (r->begun == r->entries.n)
		return;
	vec_push(r->a, &r->lower, lower);
	vec_push(r->a, &r->upper, upper);
	r->begun = r->entries.n;
}

/* --- rows ----------------------------------------------------------------------------------------- */

static void
rows_of_levels(const struct columns *c, struct rows *r, uint32_t q)
{
	const struct part_query *query = &c->p->queries.v[q];

	for (uint32_t l = 1; l <= query->levels; l++) {
		for (uint32_t w = 0; w < query->ways.n; w++)
			for (uint32_t k = 0; query->ways.v[w].level == l && k < query->ways.v[w].cuts.n; k++)
				add(r, c->cut[q][w] + (int)k, 1);
		add(r, c->level[q][l], -1);
		end_row(r, 0, 0);
	}
	for (uint32_t w = 0; w < query->ways.n; w++) {
		if (!query->ways.v[w].from)
			continue;
		for (uint32_t k = 0; k < query->ways.v[w].cuts.n; k++)
			add(r, c->cut[q][w] + (int)k, 1);
		add(r, c->level[q][query->ways.v[w].from], -1);
		end_row(r, -DBL_MAX, 0);
	}
}

static void
rows_of_step(const struct columns *c, struct rows *r, uint32_t q, uint32_t w, uint32_t s)
{
	const struct part_way *way = &c->p->queries.v[q].ways.v[w];
	const struct part_step *step = &way->steps.v[s];
	uint32_t n = c->p->nstages[step->pipe];

	for (uint32_t t = 0; t < n; t++)
		add(r, c->step[q][w][s] + (int)t, 1);
	for (uint32_t k = 0; k < way->cuts.n; k++)
		if (way->cuts.v[k].steps > s)
			add(r, c->cut[q][w] + (int)k, -1);
	end_row(r, 0, 0);
	for (uint32_t t = 0; t < step->first && t < n; t++)
		add(r, c->step[q][w][s] + (int)t, 1);
	end_row(r, -DBL_MAX, 0);
	for (int i = 0; i < 2; i++) {
		int32_t before = step->after[i];

		if (before < 0 || way->steps.v[before].pipe != step->pipe)
			continue;
		for (uint32_t t = 0; t < n; t++) {
			for (uint32_t k = 0; k <= t; k++)
				add(r, c->step[q][w][s] + (int)k, 1);
			for (uint32_t k = 0; k < t; k++)
				add(r, c->step[q][w][before] + (int)k, -1);
			end_row(r, -DBL_MAX, 0);
		}
	}
}

/* Rows are scaled to a capacity of 1: register bits are millions, units few. */
static void
row_of_capacity(const struct columns *c, struct rows *r, uint32_t pipe, uint32_t stage, uint32_t resource)
{
	bool shared = c->p->stages[PART_INGRESS] == c->p->stages[PART_EGRESS];
	double capacity = c->p->stages[pipe][stage].left[resource], scale = capacity > 1 ? capacity : 1;

	if (capacity >= PART_UNLIMITED || (shared && pipe != PART_INGRESS))
		return;
	for (uint32_t q = 0; q < c->p->queries.n; q++)
		for (uint32_t w = 0; w < c->p->queries.v[q].ways.n; w++) {
			const struct part_way *way = &c->p->queries.v[q].ways.v[w];

			for (uint32_t s = 0; s < way->steps.n; s++)
				if ((shared || way->steps.v[s].pipe == pipe) && way->steps.v[s].uses[resource] > 0)
					add(r, c->step[q][w][s] + (int)stage, way->steps.v[s].uses[resource] / scale);
		}
	end_row(r, -DBL_MAX, (capacity > 0 ? capacity : 0) / scale);
}

static void
row_of_boundary(const struct columns *c, struct rows *r, uint32_t b)
{
	double capacity = c->p->carried[b], scale = capacity > 1 ? capacity : 1;

	if (capacity >= PART_UNLIMITED)
		return;
	for (uint32_t q = 0; q < c->p->queries.n; q++)
		for (uint32_t w = 0; w < c->p->queries.v[q].ways.n; w++) {
			const struct part_way *way = &c->p->queries.v[q].ways.v[w];

			for (uint32_t k = 0; k < way->cuts.n; k++)
				if (way->cuts.v[k].carried[b] > 0)
					add(r, c->cut[q][w] + (int)k, way->cuts.v[k].carried[b] / scale);
		}
	end_row(r, -DBL_MAX, (capacity > 0 ? capacity : 0) / scale);
}

/* --- the child ------------------------------------------------------------------------------------ */

static void
add_rows(const struct columns *c, struct rows *r)
{
	for (uint32_t q = 0; q < c->p->queries.n; q++) {
		rows_of_levels(c, r, q);
		for (uint32_t w = 0; w < c->p->queries.v[q].ways.n; w++)
			for (uint32_t s = 0; s < c->p->queries.v[q].ways.v[w].steps.n; s++)
				rows_of_step(c, r, q, w, s);
	}
	for (uint32_t pipe = 0; pipe < PART_PIPES; pipe++)
		for (uint32_t s = 0; s < c->p->nstages[pipe]; s++)
			for (uint32_t i = 0; i < PART_RESOURCES; i++)
				row_of_capacity(c, r, pipe, s, i);
	for (uint32_t b = 0; b < PART_BOUNDARIES; b++)
		row_of_boundary(c, r, b);
}

/* What each column costs, and the levels that must be on. */
static void
set_columns(const struct columns *c, double *lower, double *upper, double *cost)
{
	for (int i = 0; i < c->n; i++)
		upper[i] = 1;
	for (uint32_t q = 0; q < c->p->queries.n; q++) {
		const struct part_query *query = &c->p->queries.v[q];

		for (uint32_t l = 1; l <= query->levels; l++)
			lower[c->level[q][l]] = l == query->levels || c->p->all_levels;
		for (uint32_t w = 0; w < query->ways.n; w++)
			for (uint32_t k = 0; k < query->ways.v[w].cuts.n; k++)
				cost[c->cut[q][w] + (int)k] = query->ways.v[w].cuts.v[k].tuples;
	}
}

static int
by_column(const void *x, const void *y)
{
	const struct entry *a = x, *b = y;

	if (a->column != b->column)
		return a->column < b->column ? -1 : 1;
	return a->row < b->row ? -1 : a->row > b->row;
}

/* Hands the program to the solver, column by column. */
static void
load_program(struct arena *a, const struct cbc *f, Cbc_Model *m, const struct columns *c)
{
	struct rows r = { .a = a };
	double *lower = arena_array(a, double, c->n + 1), *upper = arena_array(a, double, c->n + 1);
	double *cost = arena_array(a, double, c->n + 1), *factors;
	CoinBigIndex *start = arena_array(a, CoinBigIndex, c->n + 2);
	int *index;

	add_rows(c, &r);
	set_columns(c, lower, upper, cost);
	if (r.entries.n)
		qsort(r.entries.v, r.entries.n, sizeof(*r.entries.v), by_column);
	index = arena_array(a, int, r.entries.n + 1);
	factors = arena_array(a, double, r.entries.n + 1);
	for (uint32_t i = 0; i < r.entries.n; i++) {
		index[i] = r.entries.v[i].row;
		factors[i] = r.entries.v[i].factor;
		start[r.entries.v[i].column + 1] = (CoinBigIndex)i + 1;
	}
	for (int i = 0; i < c->n; i++)
		if (start[i + 1] < start[i])
			start[i + 1] = start[i];
	f->Cbc_loadProblem(m, c->n, (int)r.lower.n, start, index, factors, lower, upper, cost, r.lower.v, r.upper.v);
	for (int i = 0; i < c->n; i++)
		f->Cbc_setInteger(m, i);
}

static void
add_start(struct arena *a, const struct cbc *f, Cbc_Model *m, const struct columns *c, const struct part_result *start)
{
	int *indexes = arena_array(a, int, c->n + 1);
	double *values = arena_array(a, double, c->n + 1);

	for (int i = 0; i < c->n; i++)
		indexes[i] = i;
	vec_each(x, &start->choices) {
		const struct part_way *way = &c->p->queries.v[x->query].ways.v[x->way];

		values[c->level[x->query][way->level]] = 1;
		values[c->cut[x->query][x->way] + (int)x->cut] = 1;
		for (uint32_t s = 0; s < way->cuts.v[x->cut].steps; s++)
			values[c->step[x->query][x->way][s] + (int)x->stages[s]] = 1;
	}
	f->Cbc_setMIPStartI(m, c->n, indexes, values);
}

static bool
load(struct cbc *f)
{
	void *library = dlopen("libCbcSolver.so.3", RTLD_NOW);

	if (!library)
		return false;
#define X(name) \
	if (!(*(void **)&f->name = dlsym(library, #name))) \
		return false;
	FUNCTIONS(X)
#undef X
	return true;
}

static void
write_all(int fd, const void *p, size_t n)
{
	const char *at = p;

	while (n) {
		ssize_t k = write(fd, at, n);

		if (k < 0 && errno == EINTR)
			continue;
		if (k <= 0)
			return;
		at += k;
		n -= (size_t)k;
	}
}

/* Never returns; says nothing when it can't solve. */
static _Noreturn void
child(int to, const struct columns *c, uint64_t time_ns, const struct part_result *start)
{
	struct answer answer = { .found = 0 };
	struct arena *a = arena_make();
	int nowhere = open("/dev/null", O_RDWR);
	struct cbc f;
	const double *x;
	Cbc_Model *m;
	char seconds[32];

	for (int fd = 0; fd < 3; fd++)
		dup2(nowhere, fd);
	if (!load(&f))
		_exit(1);
	m = f.Cbc_newModel();
	f.Cbc_setLogLevel(m, 0);
	load_program(a, &f, m, c);
	f.Cbc_setObjSense(m, 1);
	if (start)
		add_start(a, &f, m, c, start);
	snprintf(seconds, sizeof(seconds), "%.3f", (double)time_ns / 1e9);
	f.Cbc_setParameter(m, "timeMode", "elapsed");
	f.Cbc_setParameter(m, "seconds", seconds);
	f.Cbc_setParameter(m, "ratioGap", "0");
	f.Cbc_setParameter(m, "allowableGap", "0");
	f.Cbc_solve(m);
	x = f.Cbc_bestSolution(m);
	if (!x)
		_exit(1);
	answer = (struct answer){ 1, f.Cbc_isProvenOptimal(m), f.Cbc_getObjValue(m), f.Cbc_getBestPossibleObjValue(m) };
	write_all(to, &answer, sizeof(answer));
	write_all(to, x, sizeof(double) * (size_t)c->n);
	_exit(0);
}

/* --- the parent ----------------------------------------------------------------------------------- */

/* All `n` bytes before `deadline`. */
static bool
read_all(int fd, void *p, size_t n, uint64_t deadline)
{
	char *at = p;

	while (n) {
		struct pollfd ready = { .fd = fd, .events = POLLIN };
		uint64_t now = clock_now();
		ssize_t k;

		if (now >= deadline || poll(&ready, 1, (int)((deadline - now) / 1000000 + 1)) == 0)
			return false;
		k = read(fd, at, n);
		if (k < 0 && errno == EINTR)
			continue;
		if (k <= 0)
			return false;
		at += k;
		n -= (size_t)k;
	}
	return true;
}

static void
take_way(struct arena *a, const struct columns *c, const double *x, uint32_t q, uint32_t w, struct part_result *ret)
{
	const struct part_way *way = &c->p->queries.v[q].ways.v[w];

	for (uint32_t k = 0; k < way->cuts.n; k++) {
		struct part_choice choice = { q, w, k, arena_array(a, uint32_t, way->steps.n + 1) };

		if (x[c->cut[q][w] + (int)k] < 0.5)
			continue;
		for (uint32_t s = 0; s < way->cuts.v[k].steps; s++)
			for (uint32_t t = 0; t < c->p->nstages[way->steps.v[s].pipe]; t++)
				if (x[c->step[q][w][s] + (int)t] > 0.5)
					choice.stages[s] = t;
		ret->tuples += way->cuts.v[k].tuples;
		vec_push(a, &ret->choices, choice);
	}
}

/* From the solver's numbers to choices; their cost is added up anew. */
static void
take(struct arena *a, const struct columns *c, const struct answer *answer, const double *x, struct part_result *ret)
{
	*ret = (struct part_result){ .status = answer->optimal ? PART_OPTIMAL : PART_TIMED };
	for (uint32_t q = 0; q < c->p->queries.n; q++)
		for (uint32_t l = 1; l <= c->p->queries.v[q].levels; l++)
			for (uint32_t w = 0; w < c->p->queries.v[q].ways.n; w++)
				if (c->p->queries.v[q].ways.v[w].level == l)
					take_way(a, c, x, q, w, ret);
	ret->bound = answer->optimal || answer->bound > ret->tuples ? ret->tuples : answer->bound;
	if (!isfinite(ret->bound) || ret->bound < 0)
		ret->bound = 0;
}

bool
part_cbc(struct arena *a, const struct part_problem *p, uint64_t time_ns, const struct part_result *start,
	 struct part_result *ret)
{
	uint64_t deadline = clock_now() + time_ns + time_ns / 2; /* it doesn't always look at the clock */
	struct answer answer;
	struct columns c;
	bool got = false;
	int ends[2];
	double *x;
	pid_t pid;

	lay_out(a, p, &c);
	if (c.n > COLUMNS_MAX || pipe2(ends, O_CLOEXEC) < 0)
		return false;
	fflush(NULL);
	pid = fork();
	if (pid == 0)
		child(ends[1], &c, time_ns, start);
	close(ends[1]);
	x = arena_array(a, double, c.n + 1);
	if (pid > 0)
		got = read_all(ends[0], &answer, sizeof(answer), deadline) &&
		      read_all(ends[0], x, sizeof(double) * (size_t)c.n, deadline);
	close(ends[0]);
	if (pid > 0) {
		kill(pid, SIGKILL);
		while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
			;
	}
	if (got)
		take(a, &c, &answer, x, ret);
	return got;
}

#else

bool
part_cbc(struct arena *a, const struct part_problem *p, uint64_t time_ns, const struct part_result *start,
	 struct part_result *ret)
{
	(void)a, (void)p, (void)time_ns, (void)start, (void)ret;
	return false;
}

#endif
