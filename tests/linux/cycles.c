/* cycles.c - loads, attaches and detaches programs many times, and measures what reading rows costs.
 *
 *     cycles load COUNT       queries of all hooks on lo, COUNT times; prints ms per load and attach
 *     cycles read KEYS EPOCHS rows of KEYS keys are put into the programs' memory for each of EPOCHS epochs of 20 ms, then read by the
 *                             controller; prints us of CPU per epoch: for looking, and with what the evaluator does
 */
#include <inttypes.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "control/control.h"
#include "device/linux.h"
#include "query/query.h"
#include "target/linux/linux.h"

struct made {
	struct arena *a;
	struct diags *d;
	struct kernel_facts facts;
	struct linux_options o;
	struct kernel_program k;
	struct manifest m;
	struct str object;
};

static const char all[] = "a = ingress().reduce(keys=(ipv4.srcIP_in), func=count).window(20ms)\n"
			  "b = ingress().lost([ipv4.srcIP_in], 20ms)\n"
			  "c = ingress().filter(port_intent == -1).reduce(keys=(drop.reason), func=count)\n"
			  "d = egress().reduce(keys=(port_out), func=max(queuing.delay))\n";
static const char one[] = "a = ingress().reduce(keys=(ipv4.srcIP_in), func=count, rows=8192).window(20ms)\n";

static double
clock_ms(clockid_t id)
{
	struct timespec t;

	clock_gettime(id, &t);
	return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

static bool
make(struct made *m, const char *text)
{
	struct plan_options po = { .max_delay_ns = 200000000 };
	struct query_options qo = { .defines = NULL };
	struct plan_program *p;
	struct ir_graph *g;
	struct plan *plan;
	char why[4096] = "";

	m->a = arena_make();
	m->d = diags_make(m->a, sources_make(m->a));
	if (!linux_facts(m->a, &m->facts, why, sizeof(why)))
		return fprintf(stderr, "%s\n", why), false;
	vec_push(m->a, &m->facts.ports, (struct kernel_port){ STR("lo"), if_nametoindex("lo") });
	m->o = (struct linux_options){ .facts = &m->facts, .max_delay_ns = 100000000, .use_receive = !m->facts.has_tcx };
	p = linux_program(m->a, &m->facts);
	g = query_load_text(m->a, m->d, &p->schema, STR("queries"), str_from(text), &qo);
	plan = g ? plan_make(m->a, m->d, g, p, &linux_target, &po) : NULL;
	if (plan && linux_generate(m->a, m->d, plan, &m->o, &m->k, &m->m) &&
	    linux_compile(m->a, m->k.text, &m->object, why, sizeof(why)))
		return true;
	diags_print(m->d, stderr);
	fprintf(stderr, "%s\n", why);
	return false;
}

static struct linux_device *
open_device(struct made *m)
{
	char why[4096];
	struct linux_device *l = linux_open(&m->k, &m->facts, m->object, why, sizeof(why));

	if (!l)
		fprintf(stderr, "%s\n", why);
	return l;
}

static int
cycle(struct made *m, uint32_t n)
{
	double sum = 0, most = 0;

	for (uint32_t i = 0; i < n; i++) {
		struct linux_device *l = open_device(m);
		double ms;

		if (!l)
			return 1;
		ms = (double)linux_load_ns(l) / 1e6;
		sum += ms;
		most = ms > most ? ms : most;
		linux_close(l);
	}
	printf("%u cycles: %.1f ms to load and attach, %.1f at most\n", n, sum / n, most);
	return 0;
}

/* --- reading ------------------------------------------------------------------------------------- */

/* What the controller told. Epochs that waited too long for a reader that was kept from its CPU are told to be incomplete. */
struct told {
	uint64_t rows;
	bool incomplete;
};

static void
on_result(void *user, const struct ir_result *r)
{
	struct told *t = user;

	t->rows += r->nrows;
	t->incomplete |= r->info.late || r->info.lost_tuples;
}

/* Rows as the programs would leave them: each key in a place of its own. */
static void
fill(struct device dev, const struct made *m, uint64_t epoch, uint32_t keys)
{
	const struct manifest_state *s = &m->m.states.v[0];
	uint32_t cell, key, from, n;

	if (dev.ops->find(dev.self, s->cell, &cell) || dev.ops->find(dev.self, s->keys.v[0].words.v[0], &key) ||
	    dev.ops->rows_of(dev.self, cell, epoch, &from, &n))
		exit(1);
	for (uint32_t i = 0; i < keys && i < n; i++) {
		dev.ops->write(dev.self, key, from + i, 0x0a000000 + i);
		dev.ops->write(dev.self, cell, from + i, (epoch + s->generations) << 32 | 7);
	}
}

/* Fills an epoch, waits until it has closed, and reads it. Returns the CPU time of reading in ms, and what came. */
static double
read_epoch(struct made *m, struct linux_device *l, struct control *c, uint32_t keys)
{
	struct timespec t = { 0, 25000000 };
	double before;

	fill(linux_as_device(l), m, linux_now(l) / 20000000, keys);
	nanosleep(&t, NULL);
	before = clock_ms(CLOCK_PROCESS_CPUTIME_ID);
	if (control_poll(c))
		exit(1);
	return clock_ms(CLOCK_PROCESS_CPUTIME_ID) - before;
}

static int
read_rows(struct made *m, uint32_t keys, uint32_t epochs)
{
	struct linux_device *l = open_device(m);
	struct told told = { .rows = 0 };
	struct control *c = l ? control_open(m->a, m->d, &m->m, linux_as_device(l), on_result, &told) : NULL;
	uint64_t rows = 0;
	double cpu = 0;

	if (!c || control_begin(c, linux_now(l)))
		return 1;
	for (uint32_t done = 0; done < epochs;) {
		double ms = read_epoch(m, l, c, keys);

		if (!told.incomplete) {
			rows += told.rows;
			cpu += ms;
			done++;
		}
		told = (struct told){ .rows = 0 };
	}
	printf("%u keys in each of %u epochs: %.0f us of CPU per epoch, %.2f %% of a core at 20 ms; %" PRIu64 " rows read\n", keys, epochs,
	       cpu * 1e3 / epochs, cpu / epochs / 20 * 100, rows);
	control_close(c);
	linux_close(l);
	return 0;
}

int
main(int argc, char **argv)
{
	struct made m = { .a = NULL };
	bool reads = argc == 4 && strcmp(argv[1], "read") == 0;
	int status = 2;

	if (!reads && !(argc == 3 && strcmp(argv[1], "load") == 0)) {
		fprintf(stderr, "usage: cycles load COUNT | cycles read KEYS EPOCHS\n");
		return 2;
	}
	if (make(&m, reads ? one : all))
		status = reads ? read_rows(&m, (uint32_t)strtoul(argv[2], NULL, 0), (uint32_t)strtoul(argv[3], NULL, 0)) :
				 cycle(&m, (uint32_t)strtoul(argv[2], NULL, 0));
	arena_free(m.a);
	return status;
}
