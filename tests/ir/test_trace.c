/* The reader of traces: every kind of field, and lines that are not what docs/trace.md says. */
#include <unistd.h>

#include "base/json.h"
#include "ir/trace.h"
#include "irtest.h"
#include "packetscope/program.h"

#define FIRST                                                                                    \
	"{\"type\":\"trace\",\"version\":1,\"start_ns\":5000000000,\"tick_ns\":1000,"            \
	"\"headers\":[{\"name\":\"h\",\"fields\":[{\"name\":\"a\",\"width\":8},"                 \
	"{\"name\":\"b\",\"width\":16},{\"name\":\"c\",\"width\":32},{\"name\":\"d\",\"width\":" \
	"128},"                                                                                  \
	"{\"name\":\"s\",\"width\":8,\"signed\":true},{\"name\":\"w\",\"width\":200}]},"         \
	"{\"name\":\"g\",\"fields\":[]}],\"metadata\":[{\"name\":\"meta.m\",\"width\":16}]}\n"
#define HEAD(instance)                                                           \
	"{\"type\":\"packet\",\"id\":0,\"parent\":null,\"instance\":\"" instance \
	"\",\"time_in\":1000,\"port_in\":3,\"len_in\":60,"
#define IN                                                                                       \
	"\"in_valid\":[\"h\"],\"in\":{\"h.a\":7,\"h.d\":\"0xffffffffffffffffffffffffffffffff\"," \
	"\"h.s\":255,\"h.w\":\"0xa00000000000000000000000000000000000000000000005\"},"
#define MID "\"mid_valid\":[],\"mid\":{\"meta.m\":9},"

/* A file with this text. */
static struct str
file_with(struct arena *a, const char *text)
{
	char path[] = "trace-XXXXXX";
	int fd = mkstemp(path);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), (ssize_t)strlen(text));
	close(fd);
	return str_dup(a, str_from(path));
}

static struct ir_trace *
open_text(struct irtest *t, const char *text)
{
	struct str path = file_with(t->a, text);
	struct ir_trace *trace = ir_trace_open(t->a, t->d, path);

	unlink(str_cstr(t->a, path));
	if (trace)
		t->g = ir_graph_make(t->a, ir_trace_schema(trace));
	return trace;
}

static const struct ir_value *
value(const struct ir_packet *p, const struct ir_expr *e)
{
	return &p->fields[e->field->index];
}

static const struct ir_expr *
wide(struct irtest *t, uint32_t hi, uint32_t lo)
{
	return ir_read(t->g,
		       ir_field(t->g, &(struct ir_field){ .kind = IR_F_HEADER,
							  .field = 5,
							  .hi = hi,
							  .lo = lo,
							  .type = { IR_INT, (uint16_t)(hi - lo + 1),
								    false } }));
}

static void
every_kind_of_field(void **state)
{
	struct irtest *t = *state;
	struct ir_trace *trace = open_text(
		t, FIRST HEAD("normal") IN MID
		"\"intent\":\"multicast\",\"copies\":2,\"queuing\":{\"time_in\":1000,\"len_in\":4,"
		"\"port\":2,\"priority\":0,\"time_out\":3000,\"len_out\":1,\"delay\":2000},"
		"\"instance_out\":\"replica\",\"out_valid\":[\"h\",\"g\"],\"out\":{\"h.a\":1},"
		"\"port_out\":-1,\"fate\":\"dropped_egress\",\"drop_reason\":\"E.t/"
		"a#\\u00e9\\n\"}\n");
	const struct ir_type port = { IR_PORT, 16, false }, time = { IR_TIME, 64, false };
	struct ir_packet p;
	const struct ir_schema *s = ir_trace_schema(trace);
	const struct ir_expr *valid_out, *valid_mid, *m, *a_out, *last, *mid_reason, *out_reason,
		*mixed;

	assert_int_equal(s->headers.n, 2);
	assert_int_equal(s->headers.v[0].fields.n, 6);
	assert_str(s->metadata.v[0].name, "m");
	assert_int_equal(s->tick_ns, 1000);
	assert_int_equal(ir_trace_start_ns(trace), 5000000000);
	hdr(t, H_A), hdr(t, H_B), hdr(t, H_D), hdr(t, H_S);
	m = ir_read(t->g,
		    ir_field(t->g,
			     &(struct ir_field){
				     .kind = IR_F_META, .at = IR_AT_MID, .hi = 15, .type = u16 }));
	a_out = ir_read(t->g, ir_field(t->g, &(struct ir_field){ .kind = IR_F_HEADER,
								 .at = IR_AT_OUT,
								 .hi = 3,
								 .lo = 0,
								 .type = { IR_INT, 4, false } }));
	valid_out = ir_read(t->g, ir_field(t->g, &(struct ir_field){ .kind = IR_F_VALID,
								     .at = IR_AT_OUT,
								     .header = 1,
								     .type = bool1 }));
	valid_mid = ir_read(t->g, ir_field(t->g, &(struct ir_field){ .kind = IR_F_VALID,
								     .at = IR_AT_MID,
								     .type = bool1 }));
	last = wide(t, 191, 188);
	mixed = wide(t, 3, 0);
	wide(t, 199, 192);
	mid_reason = plain_field(t, IR_F_DROP_REASON, IR_AT_MID, reason, "");
	out_reason = plain_field(t, IR_F_DROP_REASON, IR_AT_OUT, reason, "");
	plain_field(t, IR_F_PORT_IN, IR_AT_IN, port, "");
	plain_field(t, IR_F_PORT_INTENT, IR_AT_MID, port, "");
	plain_field(t, IR_F_PORT_OUT, IR_AT_OUT, port, "");
	plain_field(t, IR_F_TIME_IN, IR_AT_IN, time, "");
	plain_field(t, IR_F_LEN_IN, IR_AT_IN, u32, "");
	plain_field(t, IR_F_LEN_OUT, IR_AT_OUT, u32, "");
	plain_field(t, IR_F_Q_DELAY, IR_AT_DEQ, time, "");
	plain_field(t, IR_F_Q_TIME_IN, IR_AT_DEQ, time, "");
	plain_field(t, IR_F_Q_TIME_OUT, IR_AT_DEQ, time, "");
	plain_field(t, IR_F_Q_LEN_IN, IR_AT_DEQ, u32, "");
	plain_field(t, IR_F_Q_LEN_OUT, IR_AT_DEQ, u32, "");
	assert_int_equal(ir_trace_next(trace, t->g, &p), 1);
	assert_true(p.ingress && p.egress);
	assert_int_equal(p.ingress_instance, PS_NORMAL);
	assert_int_equal(p.egress_instance, PS_REPLICA);
	assert_int_equal(p.copies, 2);
	assert_int_equal(p.time_in, 1000);
	assert_int_equal(value(&p, hdr(t, H_A))->i, 7);
	assert_int_equal(value(&p, hdr(t, H_B))->tag, IR_V_ABSENT);
	assert_true(value(&p, hdr(t, H_D))->i == -1);
	assert_true(value(&p, hdr(t, H_S))->i == -1);
	assert_int_equal(value(&p, m)->i, 9);
	assert_int_equal(value(&p, a_out)->i, 1);
	assert_int_equal(value(&p, valid_out)->i, 1);
	assert_int_equal(value(&p, valid_mid)->i, 0);
	assert_int_equal(value(&p, last)->i, 10);
	assert_int_equal(value(&p, mixed)->i, 5);
	assert_int_equal(value(&p, wide(t, 199, 192))->i, 0);
	assert_str(value(&p, mid_reason)->text, "");
	assert_str(value(&p, out_reason)->text, "E.t/a#\xc3\xa9\n");
	assert_int_equal(value(&p, plain_field(t, IR_F_PORT_IN, IR_AT_IN, port, ""))->i, 3);
	assert_int_equal(value(&p, plain_field(t, IR_F_PORT_INTENT, IR_AT_MID, port, ""))->i,
			 IR_PORT_MULTICAST);
	assert_int_equal(value(&p, plain_field(t, IR_F_PORT_OUT, IR_AT_OUT, port, ""))->i,
			 IR_PORT_DROP);
	assert_int_equal(value(&p, plain_field(t, IR_F_TIME_IN, IR_AT_IN, time, ""))->i, 1000);
	assert_int_equal(value(&p, plain_field(t, IR_F_LEN_IN, IR_AT_IN, u32, ""))->i, 60);
	assert_int_equal(value(&p, plain_field(t, IR_F_LEN_OUT, IR_AT_OUT, u32, ""))->tag,
			 IR_V_ABSENT);
	assert_int_equal(value(&p, plain_field(t, IR_F_Q_DELAY, IR_AT_DEQ, time, ""))->i, 2000);
	assert_int_equal(value(&p, plain_field(t, IR_F_Q_TIME_OUT, IR_AT_DEQ, time, ""))->i, 3000);
	assert_int_equal(value(&p, plain_field(t, IR_F_Q_LEN_IN, IR_AT_DEQ, u32, ""))->i, 4);
	assert_int_equal(value(&p, plain_field(t, IR_F_Q_LEN_OUT, IR_AT_DEQ, u32, ""))->i, 1);
	assert_int_equal(ir_trace_next(trace, t->g, &p), 0);
	ir_trace_close(trace);
}

/* What is absent on one line doesn't linger from the line before. */
static void
streams(void **state)
{
	struct irtest *t = *state;
	struct ir_trace *trace = open_text(
		t, FIRST HEAD("normal") IN MID
		"\"intent\":2,\"copies\":1,\"queuing\":{\"time_in\":1,\"len_in\":0},\"fate\":"
		"\"lost\"}\n"
		"{\"type\":\"news\",\"in\":{}}\n" HEAD(
			"clone_egress") "\"in_valid\":[],\"in\":{},\"mid_valid\":[],\"mid\":{},"
					"\"intent\":2,\"copies\":0,"
					"\"instance_out\":\"clone_egress\",\"out_valid\":[],"
					"\"out\":{},\"port_out\":2,\"fate\":\"forwarded\"}\n" HEAD(
						"replica") IN MID
		"\"intent\":\"multicast\",\"copies\":3,\"instance_out\":\"replica\",\"out_valid\":["
		"],"
		"\"out\":{},\"fate\":\"queued\"}\n");
	const struct ir_expr *a = hdr(t, H_A);
	struct ir_packet p;

	assert_int_equal(ir_trace_next(trace, t->g, &p), 1);
	assert_true(p.ingress && !p.egress && p.copies == 1);
	assert_int_equal(value(&p, a)->i, 7);
	assert_int_equal(ir_trace_next(trace, t->g, &p), 1);
	assert_true(!p.ingress && p.egress && p.egress_instance == PS_EGRESS_CLONE);
	assert_int_equal(value(&p, a)->tag, IR_V_ABSENT);
	assert_int_equal(ir_trace_next(trace, t->g, &p), 1);
	assert_true(!p.ingress && p.egress && p.egress_instance == PS_REPLICA &&
		    p.ingress_instance == PS_NORMAL);
	assert_int_equal(ir_trace_next(trace, t->g, &p), 0);
	ir_trace_close(trace);
}

/* Opening, or reading up to the end, has to fail with this. */
static void
refused(struct irtest *t, const char *text, const char *why)
{
	struct ir_trace *trace;
	struct ir_packet p;
	struct text x;
	int got = -1;

	t->d = diags_make(t->a, sources_make(t->a));
	trace = open_text(t, text);
	if (trace) {
		hdr(t, H_A), hdr(t, H_D),
			plain_field(t, IR_F_PORT_INTENT, IR_AT_MID,
				    (struct ir_type){ IR_PORT, 16, false }, "");
		plain_field(t, IR_F_LEN_IN, IR_AT_IN, u32, "");
		while ((got = ir_trace_next(trace, t->g, &p)) > 0)
			;
		ir_trace_close(trace);
	}
	assert_int_equal(got, -1);
	assert_int_equal(diag_errors(t->d), 1);
	text_open(&x);
	diags_print(t->d, x.file);
	if (!strstr(text_close(&x), why))
		fail_msg("expected '%s' in: %s", why, x.p);
	free(x.p);
}

static void
hostile_lines(void **state)
{
	struct irtest *t = *state;
	struct text x;

#define REST "\"intent\":2,\"copies\":1,\"fate\":\"lost\"}\n"
	refused(t, "", "empty");
	refused(t, "{}\n", "no trace");
	refused(t, "[]\n", "expected an object");
	refused(t, "\xff\xfe\n", "no JSON");
	refused(t, "{\"type\":\"trace\",\"version\":2}\n", "another version");
	refused(t, "{\"type\":\"trace\",\"version\":1,\"start_ns\":-1,\"tick_ns\":1}\n",
		"start_ns");
	refused(t,
		"{\"type\":\"trace\",\"version\":1,\"start_ns\":1,\"tick_ns\":1,\"headers\":[{"
		"\"name\":\"h\",\"fields\":[{\"name\":\"a\"}]}],\"metadata\":[]}\n",
		"without a width");
	refused(t, FIRST "nonsense\n", ":2: expected a value");
	refused(t, FIRST "[1]\n", ":2: expected an object");
	refused(t, FIRST "{}\n", "without a type");
	refused(t, FIRST "{\"type\":\"packet\"}\n", "without a fate");
	refused(t, FIRST HEAD("normal") IN MID "\"intent\":2,\"copies\":1,\"fate\":\"lo",
		"middle of this line");
	refused(t, FIRST HEAD("strange") IN MID REST, "isn't one of the instances");
	refused(t, FIRST HEAD("normal") IN REST, "without its headers");
	refused(t, FIRST HEAD("normal") IN MID "\"out_valid\":[],\"out\":{}," REST,
		"without its headers");
	refused(t, FIRST HEAD("normal") IN MID "\"intent\":70000,\"copies\":1,\"fate\":\"lost\"}\n",
		"no port");
	refused(t, FIRST HEAD("normal") IN MID "\"intent\":2,\"copies\":-1,\"fate\":\"lost\"}\n",
		"number of copies");
	refused(t, FIRST HEAD("normal") IN MID "\"len_in\":\"x\"," REST, "\"len_in\" is no number");
	refused(t, FIRST HEAD("normal") IN MID "\"queuing\":7," REST, "\"queuing\" is no object");
	refused(t, FIRST HEAD("normal") "\"in_valid\":{},\"in\":{}," MID REST, "is no list");
	refused(t, FIRST HEAD("normal") "\"in_valid\":[],\"in\":{\"h.a\":256}," MID REST,
		"no number of 8 bits");
	refused(t, FIRST HEAD("normal") "\"in_valid\":[],\"in\":{\"h.a\":-1}," MID REST,
		"no number of 8 bits");
	refused(t, FIRST HEAD("normal") "\"in_valid\":[],\"in\":{\"h.a\":1.5}," MID REST,
		"no number of 8 bits");
	refused(t, FIRST HEAD("normal") "\"in_valid\":[],\"in\":{\"h.a\":\"0x1ff\"}," MID REST,
		"no number of 8 bits");
	refused(t, FIRST HEAD("normal") "\"in_valid\":[],\"in\":{\"h.a\":\"0x\"}," MID REST,
		"no number of 8 bits");
	refused(t, FIRST HEAD("normal") "\"in_valid\":[],\"in\":{\"h.d\":\"0x1g\"}," MID REST,
		"no number of 128 bits");
	refused(t,
		FIRST HEAD(
			"normal") "\"in_valid\":[],\"in\":{\"h.d\":99999999999999999999}," MID REST,
		"is no number of 128 bits");
	refused(t, FIRST HEAD("normal") IN MID "\"x\":\"\\ud800\"," REST, "no character");
	refused(t, FIRST HEAD("normal") IN MID "\"x\":\"\\q\"," REST, "unknown escape");
	text_open(&x);
	fputs(FIRST "{\"x\":", x.file);
	for (int i = 0; i < 100000; i++)
		fputc('[', x.file);
	fputc('\n', x.file);
	refused(t, text_close(&x), "nested too deeply");
	free(x.p);
	t->d = diags_make(t->a, sources_make(t->a));
	assert_null(ir_trace_open(t->a, t->d, STR("no such file")));
	assert_null(ir_trace_open(t->a, t->d, STR(".")));
	assert_int_equal(diag_errors(t->d), 2);
}

static void
damaged_traces(void **state)
{
	struct irtest *t = *state;
	static const char whole[] =
		FIRST HEAD("normal") IN MID "\"intent\":2,\"copies\":1,\"queuing\":{\"time_in\":1,"
					    "\"len_in\":0},\"fate\":\"lost\"}\n";
	uint64_t random = 5;

	for (int i = 0; i < 600; i++) {
		char copy[sizeof(whole)];
		struct ir_trace *trace;
		struct ir_packet p;

		memcpy(copy, whole, sizeof(whole));
		for (uint64_t k = unit_random(&random) % 3 + 1; k; k--)
			copy[unit_random(&random) % (sizeof(whole) - 1)] =
				"{}[]\":,0123456789abx\\u\n"[unit_random(&random) % 23];
		t->d = diags_make(t->a, sources_make(t->a));
		trace = open_text(t, copy);
		if (!trace)
			continue;
		for (int got = 1; got > 0;)
			got = ir_trace_next(trace, t->g, &p);
		ir_trace_close(trace);
	}
}

static void
json_values(void **state)
{
	char text[] = " {\"a\\u0041\\ud83d\\ude00\" : [1, -2,3.5e+7,true,null,\"\\\"\\\\\\/\\b\"] "
		      ", \"b\":{}} ";
	struct json j;
	struct json_value v, item;
	struct str key;

	(void)state;
	json_init(&j, text, strlen(text));
	assert_true(json_value(&j, &v) && v.kind == JTEXT_OBJECT);
	assert_true(json_member(&j, &key, &v) && v.kind == JTEXT_ARRAY);
	assert_str(key, "aA\xf0\x9f\x98\x80");
	assert_true(json_item(&j, &item) && item.kind == JTEXT_INT && item.i == 1);
	assert_true(json_item(&j, &item) && item.kind == JTEXT_INT && item.i == -2);
	assert_true(json_item(&j, &item) && item.kind == JTEXT_REAL);
	assert_true(json_item(&j, &item) && item.kind == JTEXT_BOOL && item.i == 1);
	assert_true(json_item(&j, &item) && item.kind == JTEXT_NULL);
	assert_true(json_item(&j, &item) && item.kind == JTEXT_STRING);
	assert_str(item.s, "\"\\/\b");
	assert_false(json_item(&j, &item));
	assert_true(json_member(&j, &key, &v) && v.kind == JTEXT_OBJECT);
	assert_true(json_skip(&j, &v));
	assert_false(json_member(&j, &key, &v));
	assert_true(json_end(&j));
	assert_null(j.error);
}

int
main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, irtest_setup, irtest_teardown)
	const struct CMUnitTest tests[] = {
		TEST(json_values),   TEST(every_kind_of_field), TEST(streams),
		TEST(hostile_lines), TEST(damaged_traces),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
