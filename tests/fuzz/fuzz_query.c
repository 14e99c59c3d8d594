/* fuzz_query.c - any bytes as a query file: whatever loads must print to a graph that reads back the same. */
#include <stdio.h>
#include <stdlib.h>

#include "query/query.h"
#include "schema_text.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The headers that the corpus speaks of; one never extracted, one with ambiguous names, one too wide. */
static const char schema[] = "tick 1000\n"
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

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const defines[] = { "Th=50", NULL };
	struct arena *a = arena_make();
	struct diags *d = diags_make(a, sources_make(a));
	struct query_options options = { .defines = size % 8 == 7 ? defines : NULL, .default_rows = size % 3 };
	struct str text = { (const char *)data, (uint32_t)size };
	FILE *null = fopen("/dev/null", "w");
	struct ir_graph *g;

	g = query_load_text(a, d, schema_from(a, str_from(schema)), STR("fuzz.scope"), text, &options);
	if (!g != (diag_errors(d) > 0))
		bug("%u errors, and %s graph", diag_errors(d), g ? "a" : "no");
	if (g)
		round_trip(a, d, g);
	if (null) {
		diags_print(d, null);
		fclose(null);
	}
	arena_free(a);
	return 0;
}
