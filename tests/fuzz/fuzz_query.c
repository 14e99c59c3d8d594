/* fuzz_query.c - any bytes as a query file: whatever loads must print to a graph that reads back
 * the same, and must run on packets. */
#include <stdio.h>
#include <stdlib.h>

#include "ir/eval.h"
#include "ir/network.h"
#include "query/query.h"
#include "schema_text.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The headers that the corpus speaks of; one never extracted, one with ambiguous names, one too
 * wide. */
static const char schema[] =
	"tick 1000\n"
	"header ethernet dstAddr:48 srcAddr:48 etherType:16\n"
	"header ipv4 diffserv:8 totalLen:16 flags:3 ttl:8 protocol:8 srcAddr:32 dstAddr:32\n"
	"header ipv6 trafficClass:8 nextHdr:8 hopLimit:8 srcAddr:128 dstAddr:128\n"
	"header tcp srcPort:16 dstPort:16 seqNo:32 ackNo:32 ctrl:6\n"
	"header udp srcPort:16 dstPort:16\n"
	"header inner.ipv4 tos:8 ttl:8 saddr:32 daddr:32\n"
	"header mpls[0] label:20 ttl:8\n"
	"header mpls[1] label:20 ttl:8\n"
	"header twins src_addr:32 sip:32\n"
	"header custom key:32 wide:200 deep.bit:1\n"
	"never gre flags:16\n"
	"meta nexthop:32 port:9 flag:1 acl.mark:8\n";

static char *
print(const struct ir_graph *g)
{
	char *text = NULL;
	size_t n = 0;
	FILE *out = open_memstream(&text, &n);

	if (!out)
		abort();
	ir_print(out, g);
	fclose(out);
	return text;
}

static void
round_trip(struct arena *a, struct diags *d, const struct ir_graph *g)
{
	char *first = print(g), *second;
	struct ir_graph *back = ir_parse(a, d, STR("graph"), str_from(first));

	if (!back) {
		diags_print(d, stderr);
		bug("the graph can't be read back:\n%s", first);
	}
	second = print(back);
	if (!str_eq(str_from(first), str_from(second)))
		bug("the graph changes when it is read back:\n%s\n%s", first, second);
	free(first);
	free(second);
}

/* Small numbers, so that keys meet; every fifth header's field is absent. */
static struct ir_value
value_of(const struct ir_field *f, uint32_t i)
{
	uint32_t n = (i * 7 + f->index * 3) % 11;

	if (f->kind == IR_F_HEADER && n % 5 == 4)
		return IR_ABSENT;
	if (f->type.kind == IR_REASON)
		return (struct ir_value){ .tag = IR_V_TEXT,
					  .text = n % 2 ? STR("In.acl/deny#3") : STR("") };
	if (f->kind == IR_F_TIME_IN)
		return ir_int(1000000 * (ir_i128)i);
	return ir_int(f->type.width >= 4 ? n : n & ((1u << f->type.width) - 1));
}

static void
ignore(void *user, const struct ir_result *r)
{
	for (uint32_t i = 0; i < r->nrows; i++)
		for (uint32_t k = 0; k < r->ncolumns; k++)
			ir_value_print(user, r->columns[k].type, &ir_result_row(r, i)[k]);
}

static void
run_packets(struct arena *a, struct ir_graph *g, FILE *out)
{
	struct ir_eval *ev = ir_eval_make(g);
	struct ir_value *fields = arena_array(a, struct ir_value, g->fields.n + 1);

	for (uint32_t i = 0; i < 24; i++) {
		struct ir_packet p = { .ingress = true,
				       .egress = i % 3 != 0,
				       .time_in = 1000000u * i,
				       .copies = 1,
				       .fields = fields };

		for (uint32_t k = 0; k < g->fields.n; k++)
			fields[k] = value_of(g->fields.v[k], i);
		ir_eval_packet(ev, &p);
	}
	ir_eval_finish(ev, ignore, out);
	ir_eval_free(ev);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const defines[] = { "Th=50", NULL };
	struct arena *a = arena_make();
	struct diags *d = diags_make(a, sources_make(a));
	struct query_options options = { .defines = size % 8 == 7 ? defines : NULL,
					 .network = true,
					 .default_rows = size % 3 };
	struct str text = { (const char *)data, (uint32_t)size };
	FILE *null = fopen("/dev/null", "w");
	struct ir_graph *g;

	g = query_load_text(a, d, schema_from(a, str_from(schema)), STR("fuzz.scope"), text,
			    &options);
	if (!g != (diag_errors(d) > 0))
		bug("%u errors, and %s graph", diag_errors(d), g ? "a" : "no");
	if (g)
		round_trip(a, d, g);
	if (g && g->network && null)
		ir_network_print(null, g->network);
	if (g && null)
		run_packets(a, g, null);
	if (null) {
		diags_print(d, null);
		fclose(null);
	}
	arena_free(a);
	return 0;
}
