#include "ir/network.h"

#include <inttypes.h>

#include "base/json.h"

const char *
ir_net_value_name(enum ir_net_value v)
{
	static const char *const names[] = {
#define X(id, text, type, bits) [id] = text,
		IR_NET_VALUES(X)
#undef X
	};

	return names[v];
}

const char *
ir_net_kind_name(enum ir_net_kind k)
{
	static const char *const names[] = { "", "quantile", "max", "min", "sum" };

	return names[k];
}

static void
print_keys(FILE *out, const struct ir_net_query *q)
{
	vec_each (k, &q->flow) {
		fputs(k == q->flow.v ? " flow " : ", ", out);
		for (uint32_t i = 0; i < k->nfields; i++)
			fprintf(out, "%s%.*s", i ? " or " : "", STRA(k->fields[i]->text));
	}
}

static void
print_query(FILE *out, const struct ir_net_query *q)
{
	fputs("# network ", out);
	json_print_string(out, q->name);
	fprintf(out, ": %s %s(%.*s", q->kind <= IR_NET_QUANTILE ? "per_flow" : "per_packet", q->theta > 0 ? "frequent" : ir_net_kind_name(q->kind),
		STRA(q->value_text));
	if (q->theta > 0) {
		fputs(", ", out);
		ir_float_print(out, q->theta);
	}
	for (uint32_t i = 0; i < q->nquantiles; i++) {
		fputs(", ", out);
		ir_float_print(out, q->quantiles[i]);
	}
	fputc(')', out);
	print_keys(out, q);
	fprintf(out, " bits %u%s", q->bits, q->is_tag ? " csig" : "");
	if (q->copies)
		fprintf(out, " copies %u", q->copies);
	if (q->largest)
		fprintf(out, " max %" PRIu64, q->largest);
	fprintf(out, " frequency %u/%u", q->frequency.num, q->frequency.den);
	if (q->space)
		fprintf(out, " space %" PRIu64, q->space);
	if (q->filter)
		fprintf(out, " filter e%u", q->filter->id);
	fprintf(out, " window %" PRIu64 "\n", q->window_ns);
}

void
ir_network_print(FILE *out, const struct ir_network *n)
{
	fprintf(out, "# network budget %u bits\n", n->budget);
	vec_each (q, &n->queries)
		print_query(out, *q);
}
