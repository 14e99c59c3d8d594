/* Writes results of every kind to the sink that a case names: `sink_print FILE`, whose first word
 * is table, json or csv and whose second, if there is one, the capture's start in nanoseconds.
 * `full`: to a device that has no room. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "sink/sink.h"

struct writer {
	struct arena *a;
	struct sink *sink;
	uint64_t start_ns;
};

#define TYPE(kind, width, sign)   \
	{                         \
		kind, width, sign \
	}

static const struct ir_column loss_columns[] = {
	{ .name = { "ipv4.srcIP_in", 13 }, .type = TYPE(IR_IPV4, 32, false), .is_key = true },
	{ .name = { "count", 5 }, .type = TYPE(IR_INT, 64, true) },
};
static const struct ir_column drop_columns[] = {
	{ .name = { "port_in", 7 }, .type = TYPE(IR_PORT, 16, false), .is_key = true },
	{ .name = { "drop.reason", 11 }, .type = TYPE(IR_REASON, 32, false), .is_key = true },
	{ .name = { "n, \"all\"", 8 }, .type = TYPE(IR_INT, 64, false) },
};
static const struct ir_column all_columns[] = {
	{ .name = { "ipv6.dst_out", 12 }, .type = TYPE(IR_IPV6, 128, false), .is_key = true },
	{ .name = { "mac", 3 }, .type = TYPE(IR_MAC, 48, false), .is_key = true },
	{ .name = { "instance", 8 }, .type = TYPE(IR_INSTANCE, 8, false), .is_key = true },
	{ .name = { "valid", 5 }, .type = TYPE(IR_BOOL, 1, false) },
	{ .name = { "delay", 5 }, .type = TYPE(IR_TIME, 64, false) },
	{ .name = { "avg", 3 }, .type = TYPE(IR_FLOAT, 64, true) },
	{ .name = { "big", 3 }, .type = TYPE(IR_INT, 128, false) },
};

static const struct ir_node lost_node = { .kind = IR_LOST };
static struct ir_node *lost_nodes[] = { (struct ir_node *)&lost_node };

static const struct ir_query lost = { .name = { "lost_web", 8 },
				      .window_ns = 20000000,
				      .nodes = { lost_nodes, 1, 1 } };
static const struct ir_query drops = {
	.name = { "drops", 5 }, .index = 1, .window_ns = 1000000000, .stateful = -1
};
static const struct ir_query all = {
	.name = { "all", 3 }, .index = 2, .window_ns = 1500, .stateful = -1
};

/* A result of `rows` rows, values row by row. */
static void
put(const struct writer *w, const struct ir_query *q, uint64_t epoch,
    const struct ir_column *columns, uint32_t ncolumns, const struct ir_value *values,
    uint32_t rows, struct ir_epoch_info info)
{
	struct ir_result r = { .query = q,
			       .epoch = epoch,
			       .columns = columns,
			       .ncolumns = ncolumns,
			       .nrows = rows,
			       .info = info };
	const struct ir_value **lines = arena_array(w->a, const struct ir_value *, rows + 1);

	r.rows = lines;
	for (uint32_t i = 0; i < rows; i++)
		lines[i] = values + (size_t)i * ncolumns;
	sink_result(w->sink, &r, w->start_ns);
}

static struct ir_value
text(const char *s)
{
	return (struct ir_value){ .tag = IR_V_TEXT, .text = str_from(s) };
}

static struct ir_value
real(double f)
{
	return (struct ir_value){ .tag = IR_V_FLOAT, .f = f };
}

static void
put_losses(const struct writer *w)
{
	const struct ir_value two[] = { ir_int(0x0a000007), ir_int(31), ir_int(0xc0a80101),
					ir_int(1234567) };
	const struct ir_epoch_info fine = { .precision = 1 };

	put(w, &lost, 12, loss_columns, 2, two, 2, fine);
	put(w, &lost, 13, loss_columns, 2, two, 0, fine);
	put(w, &lost, 14, loss_columns, 2, two, 0, fine);
	put(w, &lost, 16, loss_columns, 2, two, 0, fine);
	put(w, &lost, 17, loss_columns, 2, two, 1,
	    (struct ir_epoch_info){ .overflow = 3, .precision = 0.75 });
	put(w, &lost, 18, loss_columns, 2, two, 1,
	    (struct ir_epoch_info){ .overflow = 1, .precision = -1 });
	put(w, &lost, 19, loss_columns, 2, two, 0,
	    (struct ir_epoch_info){ .late = true, .precision = -1 });
	put(w, &lost, 20, loss_columns, 2, two, 1,
	    (struct ir_epoch_info){ .lost_tuples = 1, .precision = -1 });
	put(w, &lost, 21, loss_columns, 2, two, 1,
	    (struct ir_epoch_info){ .lost_tuples = 7, .absent = 1, .precision = -1 });
	put(w, &lost, 22, loss_columns, 2, two, 0, fine);
}

static void
put_drops(const struct writer *w)
{
	const struct ir_value rows[] = {
		ir_int(1),
		text("MyIngress.acl/deny#3"),
		ir_int(10),
		ir_int(IR_PORT_DROP),
		text(""),
		ir_int(2),
		ir_int(IR_PORT_MULTICAST),
		text("a \"quoted\", odd\x1b[31m\n\xff reason that is wider than a column may be"),
		ir_int(3),
		ir_int(17),
		text("\xc3\xa9t\xc3\xa9"),
		ir_int(1),
	};

	put(w, &drops, 0, drop_columns, 3, rows, 4,
	    (struct ir_epoch_info){ .precision = 1, .absent = 12 });
}

static void
put_all(const struct writer *w)
{
	const ir_i128 address = (ir_i128)((ir_u128)0x20010db8 << 96 | 1);
	const struct ir_value rows[] = {
		ir_int(0),
		ir_int(0),
		ir_int(0),
		ir_int(0),
		ir_int(0),
		real(0),
		ir_int(0),
		ir_int(address),
		ir_int(0x080000000111),
		ir_int(5),
		ir_int(1),
		ir_int(1500),
		real(0.1),
		ir_int((ir_i128)1 << 53),
		ir_int(-1),
		ir_int(0xffffffffffff),
		ir_int(200),
		ir_int(1),
		ir_int(1234567891),
		real(-1e300),
		ir_int(-1),
		ir_int(1),
		ir_int(1),
		ir_int(1),
		ir_int(1),
		ir_int(20000000),
		IR_ABSENT,
		ir_int(((ir_i128)1 << 53) + 1),
	};

	put(w, &all, 3, all_columns, 7, rows, 4, (struct ir_epoch_info){ .precision = 1 });
	put(w, &all, UINT64_MAX, all_columns, 7, rows, 1, (struct ir_epoch_info){ .precision = 1 });
}

static int
write_all(struct writer *w)
{
	const struct sink_totals good = { 1000, 20, 900, 50, 10, 55, 5 },
				 bad = { 1000, 0, 900, 50, 10, 30, 5 };
	const struct sink_figure figures[] = { { "seen", 1000 }, { "agree", 1, true }, { "missed", 0 } };
	int error;

	put_losses(w);
	put_drops(w);
	sink_figures(w->sink, figures, 3);
	put_drops(w);
	put_all(w);
	put_losses(w);
	sink_switch(w->sink, &good);
	sink_switch(w->sink, &bad);
	error = sink_finish(w->sink);
	if (error)
		fprintf(stderr, "%s\n", strerror(-error));
	return error ? 1 : 0;
}

int
main(int argc, char **argv)
{
	struct writer w = { .a = arena_make() };
	FILE *in = argc == 2 ? fopen(argv[1], "r") : NULL, *out;
	char format[16] = "", start[32] = "0", where[16] = "";
	int status;

	if (!in || fscanf(in, "%15s %31s %15s", format, start, where) < 1)
		return 2;
	fclose(in);
	w.start_ns = strtoull(start, NULL, 10);
	out = strcmp(where, "full") ? stdout : fopen("/dev/full", "w");
	if (!out)
		return 2;
	w.sink = !strcmp(format, "table")  ? sink_make_table(out)
		 : !strcmp(format, "json") ? sink_make_json(out)
					   : sink_make_csv(out);
	status = write_all(&w);
	arena_free(w.a);
	return status;
}
