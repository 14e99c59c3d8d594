/* bmv2.c - connection, clock and registers. */
#include "device/bmv2.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "device/bmv2_internal.h"

#define CLOCK_PROBES 9
#define CLOCK_SLACK_NS 200000000u /* a clock that is behind what it should be by more is another's */

struct bmv2 *
bmv2_make(const struct bmv2_config *config)
{
	struct arena *a = arena_make();
	struct bmv2 *b = arena_new(a, struct bmv2);

	b->arena = a;
	b->config = *config;
	return b;
}

void
bmv2_free(struct bmv2 *b)
{
	if (!b)
		return;
	vec_each(bank, &b->banks)
		free(bank->cells);
	free(b->groups);
	subscribe_close(b->subscribe);
	thrift_close(b->thrift);
	arena_free(b->arena);
}

/* --- calls --------------------------------------------------------------------------------------- */

bool
bmv2_call(struct bmv2 *b, const char *method)
{
	if (!b->thrift)
		return false;
	thrift_call(b->thrift, "standard", method);
	thrift_put_i32(b->thrift, 1, 0);
	return true;
}

int
bmv2_end(struct bmv2 *b)
{
	int e;

	if (!b->thrift)
		return -ENOTCONN;
	e = thrift_end(b->thrift);
	if (e == 0)
		return 0;
	snprintf(b->why, sizeof(b->why), "%s", thrift_why(b->thrift));
	if (e != -EREMOTEIO) {
		thrift_close(b->thrift);
		b->thrift = NULL;
	}
	return e;
}

/* A number without arguments, of the service that only simple_switch has. */
static int
ask_elapsed(struct bmv2 *b, uint64_t *ret_ns)
{
	int64_t us = 0;

	if (!b->thrift)
		return -ENOTCONN;
	thrift_call(b->thrift, "simple_switch", "get_time_elapsed_us");
	if (thrift_ask(b->thrift, THRIFT_I64))
		us = thrift_get_i64(b->thrift);
	if (us < 0 || us > INT64_MAX / 1000)
		thrift_wrong(b->thrift, "the switch's clock is off");
	*ret_ns = (uint64_t)us * 1000;
	return bmv2_end(b);
}

int
bmv2_elapsed(struct bmv2 *b, uint64_t *ret)
{
	uint64_t ns;
	int e = ask_elapsed(b, &ns);

	if (e == 0) {
		*ret = b->elapsed_ns = ns;
		b->elapsed_at = clock_now();
	}
	return e;
}

int
bmv2_now(struct bmv2 *b, uint64_t *ret)
{
	int e = bmv2_elapsed(b, ret);

	if (e == 0)
		b->seen_ns = *ret;
	return e;
}

static int
ask_program(struct bmv2 *b, uint8_t ret[16])
{
	uint32_t n = 0;
	char *md5 = NULL;

	if (!b->thrift)
		return -ENOTCONN;
	thrift_call(b->thrift, "standard", "bm_get_config_md5");
	if (thrift_ask(b->thrift, THRIFT_STRING))
		md5 = thrift_get_text(b->thrift, 64, &n);
	memset(ret, 0, 16);
	if (md5)
		memcpy(ret, md5, n < 16 ? n : 16);
	free(md5);
	return bmv2_end(b);
}

int
bmv2_same_program(struct bmv2 *b, bool *ret)
{
	uint8_t program[16];
	int e = ask_program(b, program);

	*ret = e == 0 && memcmp(program, b->program, 16) == 0;
	return e;
}

/* --- connecting ---------------------------------------------------------------------------------- */

/* The probe that came back soonest tells best: the switch looked at its clock somewhere in between. */
static int
find_offset(struct bmv2 *b)
{
	uint64_t best = UINT64_MAX, elapsed;
	int e = 0;

	for (unsigned i = 0; i < CLOCK_PROBES && e == 0; i++) {
		uint64_t from = clock_now(), took;

		e = bmv2_now(b, &elapsed);
		took = clock_now() - from;
		if (e == 0 && took < best) {
			best = took;
			b->start_ns = clock_ns(CLOCK_REALTIME) - took / 2 - elapsed;
		}
	}
	return e;
}

static bool
is_another(struct bmv2 *b, uint64_t elapsed, const uint8_t program[16])
{
	uint64_t since = clock_now() - b->elapsed_at;

	return !b->known || elapsed + CLOCK_SLACK_NS < b->elapsed_ns + since || memcmp(program, b->program, 16) != 0;
}

int
bmv2_connect(struct bmv2 *b, enum bmv2_life *ret)
{
	uint8_t program[16];
	uint64_t elapsed;
	char why[128];
	int e;

	*ret = BMV2_SAME;
	thrift_close(b->thrift);
	b->thrift = thrift_open(b->config.host, b->config.port, b->config.timeout_ms, why, sizeof(why));
	if (!b->thrift) {
		snprintf(b->why, sizeof(b->why), "%s", why);
		return -ECONNREFUSED;
	}
	e = ask_program(b, program);
	if (e == 0)
		e = ask_elapsed(b, &elapsed);
	if (e < 0)
		return e;
	if (!is_another(b, elapsed, program))
		return bmv2_now(b, &elapsed);
	*ret = BMV2_ANOTHER;
	memcpy(b->program, program, 16);
	free(b->groups);
	b->groups = NULL;
	vec_each(t, &b->tables)
		t->entries = -1;
	e = find_offset(b);
	b->known = e == 0;
	return e;
}

uint64_t
bmv2_start(const struct bmv2 *b)
{
	return b->start_ns;
}

const struct bmv2_stats *
bmv2_stats(const struct bmv2 *b)
{
	return &b->stats;
}

const char *
bmv2_why(const struct bmv2 *b)
{
	return b->why;
}

/* --- registers ----------------------------------------------------------------------------------- */

int
bmv2_read(struct bmv2 *b, struct str name, uint32_t index, uint64_t *ret)
{
	*ret = 0;
	if (!bmv2_call(b, "bm_register_read"))
		return -ENOTCONN;
	thrift_put_text(b->thrift, 2, name);
	thrift_put_i32(b->thrift, 3, (int32_t)index);
	if (thrift_ask(b->thrift, THRIFT_I64))
		*ret = (uint64_t)thrift_get_i64(b->thrift);
	return bmv2_end(b);
}

static int
find(void *self, struct str name, uint32_t *ret)
{
	struct bmv2 *b = self;
	uint64_t cell;
	int e;

	for (uint32_t i = 0; i < b->banks.n; i++)
		if (str_eq(b->banks.v[i].name, name)) {
			*ret = i;
			return 0;
		}
	e = bmv2_read(b, name, 0, &cell);
	if (e < 0)
		return e == -EREMOTEIO ? -ENOENT : e;
	*ret = b->banks.n;
	vec_push(b->arena, &b->banks, (struct bmv2_bank){ .name = str_dup(b->arena, name) });
	return 0;
}

static void
get_cells(struct bmv2 *b, struct bmv2_bank *bank)
{
	uint32_t n = thrift_get_list(b->thrift, THRIFT_I64, BMV2_CELLS);

	if (n > bank->cap) {
		uint64_t *cells = realloc(bank->cells, (size_t)n * sizeof(*cells));

		if (!cells) {
			thrift_wrong(b->thrift, "no memory");
			n = 0;
		} else {
			bank->cells = cells;
			bank->cap = n;
		}
	}
	bank->n = n;
	for (uint32_t i = 0; i < n; i++)
		bank->cells[i] = (uint64_t)thrift_get_i64(b->thrift);
}

static void
count(struct bmv2_stats *s, uint32_t cells, uint64_t ns)
{
	s->banks++;
	s->cells += cells;
	s->total_ns += ns;
	if (cells > s->longest_cells || (cells == s->longest_cells && ns > s->longest_ns)) {
		s->longest_cells = cells;
		s->longest_ns = ns;
	}
}

static int
read_bank(struct bmv2 *b, struct bmv2_bank *bank)
{
	uint64_t from = clock_now();
	int e;

	bank->n = 0;
	if (!bmv2_call(b, "bm_register_read_all"))
		return -ENOTCONN;
	thrift_put_text(b->thrift, 2, bank->name);
	if (thrift_ask(b->thrift, THRIFT_LIST))
		get_cells(b, bank);
	e = bmv2_end(b);
	if (e == 0)
		count(&b->stats, bank->n, clock_now() - from);
	return e;
}

static int
snapshot(void *self, const uint32_t *regs, uint32_t n)
{
	struct bmv2 *b = self;
	int e = 0;

	b->snapshot++;
	for (uint32_t i = 0; i < n && e == 0; i++) {
		struct bmv2_bank *bank = &b->banks.v[regs[i]];

		e = read_bank(b, bank);
		bank->snapshot = b->snapshot;
	}
	return e;
}

/* From the snapshot where there is one. Else as it stands now. */
static int
read_cells(void *self, uint32_t reg, uint32_t from, uint32_t n, uint64_t *ret)
{
	struct bmv2 *b = self;
	struct bmv2_bank *bank = &b->banks.v[reg];
	int e;

	if (bank->snapshot != b->snapshot && n == 1)
		return bmv2_read(b, bank->name, from, ret);
	if (bank->snapshot != b->snapshot && (e = read_bank(b, bank)) < 0)
		return e;
	if (from > bank->n || n > bank->n - from) {
		snprintf(b->why, sizeof(b->why), "register %.*s has %u cells: the program is not the manifest's", STRA(bank->name), bank->n);
		return -ERANGE;
	}
	memcpy(ret, bank->cells + from, (size_t)n * sizeof(*ret));
	return 0;
}

int
bmv2_write(struct bmv2 *b, struct str reg, uint32_t index, uint64_t value)
{
	if (!bmv2_call(b, "bm_register_write"))
		return -ENOTCONN;
	thrift_put_text(b->thrift, 2, reg);
	thrift_put_i32(b->thrift, 3, (int32_t)index);
	thrift_put_i64(b->thrift, 4, (int64_t)value);
	thrift_ask(b->thrift, THRIFT_VOID);
	return bmv2_end(b);
}

static int
write_cell(void *self, uint32_t reg, uint32_t index, uint64_t value)
{
	struct bmv2 *b = self;

	return bmv2_write(b, b->banks.v[reg].name, index, value);
}

/* Packets get their time when they come in, in steps of a microsecond. */
static int
arrived(void *self, uint64_t *ret)
{
	int e = bmv2_elapsed(self, ret);

	*ret += 999;
	return e;
}

static int
watermark(void *self, uint64_t *ret)
{
	struct bmv2 *b = self;

	*ret = b->seen_ns > b->config.delay_ns ? b->seen_ns - b->config.delay_ns : 0;
	return 0;
}

struct device
bmv2_device(struct bmv2 *b)
{
	static const struct device_ops ops = {
		.find = find,
		.read = read_cells,
		.write = write_cell,
		.arrived = arrived,
		.watermark = watermark,
		.snapshot = snapshot,
	};

	return (struct device){ &ops, b };
}
