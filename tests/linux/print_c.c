/* print_c.c - the eBPF C of a query file, for a kernel and ports that are made up, so that it is the same everywhere.
 * Usage: print_c FILE.scope [MASK|stamp] */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "query/query.h"
#include "target/linux/linux.h"

static void
make_up(struct arena *a, struct kernel_facts *f)
{
	static const char *const reasons[] = { "NOT_SPECIFIED", "NETFILTER_DROP", "QDISC_DROP" };

	*f = (struct kernel_facts){ .release = { 6, 1 }, .cpus = 2, .netns = 4026531840u, .has_tcx = true, .has_reason = true, .has_dequeue = true };
	vec_push(a, &f->ports, (struct kernel_port){ STR("eth0"), 2 });
	vec_push(a, &f->ports, (struct kernel_port){ STR("eth1"), 3 });
	for (uint32_t i = 0; i < 3; i++)
		vec_push(a, &f->reasons, (struct kernel_reason){ i + 2, str_from(reasons[i]) });
}

static bool
print(struct arena *a, struct diags *d, const char *path, const char *tag)
{
	struct kernel_facts f;
	struct linux_options o = { .facts = &f, .max_delay_ns = 1000000000, .sign = 42 };
	struct plan_options po = { .max_delay_ns = 1200000000 };
	struct query_options qo = { .defines = NULL };
	struct kernel_program k = { .tick_ns = 0 };
	struct manifest m;
	struct str name = str_from(path);
	struct plan_program *p;
	struct ir_graph *g;
	struct plan *plan;

	make_up(a, &f);
	o.stamp = tag && strcmp(tag, "stamp") == 0;
	o.mark = tag && !o.stamp ? (uint32_t)strtoul(tag, NULL, 0) : 0;
	p = linux_program(a, &f);
	g = query_load(a, d, &p->schema, &name, 1, &qo);
	plan = g ? plan_make(a, d, g, p, &linux_target, &po) : NULL;
	if (!plan || !linux_generate(a, d, plan, &o, &k, &m))
		return false;
	printf("%.*s", STRA(k.text));
	return true;
}

int
main(int argc, char **argv)
{
	struct arena *a = arena_make();
	struct diags *d = diags_make(a, sources_make(a));
	bool ok = argc >= 2 && argc <= 3 && print(a, d, argv[1], argc == 3 ? argv[2] : NULL);

	diags_print(d, stderr);
	arena_free(a);
	return !ok;
}
