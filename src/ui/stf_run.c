#include "ui/stf_run.h"

#include <stdarg.h>

#include "switch/pre.h"
#include "switch/table.h"
#include "ui/stf_names.h"

#define PACKET_NS 1000000u     /* between two packets */
#define COMMAND_NS 1000000000u /* around commands, and what `wait` waits */

void
stf_failure(struct stf_run *r, const struct stf_statement *s, const char *fmt, ...)
{
	struct place at;
	va_list ap;

	r->failures++;
	if (s && source_place(diags_sources(r->c->diags), s->at.begin, &at))
		printf("%.*s:%u: ", STRA(r->test->source->name), at.line);
	else
		printf("%.*s: ", STRA(r->test->source->name));
	va_start(ap, fmt);
	vprintf(fmt, ap);
	va_end(ap);
	printf("\n");
}

/* --- what the switch tells --- */

static void
on_tx(void *user, uint32_t port, uint64_t time_ns, const uint8_t *data, uint32_t len)
{
	struct stf_run *r = user;
	struct stf_packet p = { .port = port, .len = len, .data = arena_copy(r->arena, data, len) };

	(void)time_ns;
	vec_push(r->arena, &r->out, p);
	if (!r->verbose)
		return;
	printf("  port %u sends %u bytes\n", port, len);
	stf_print_bytes(&p);
}

static void
say(struct stf_run *r, enum stf_kind kind, uint32_t number, struct str text)
{
	static const char *const verbs[] = { [STF_LOG] = "logs", [STF_ASSERT] = "asserts in vain, line",
					     [STF_ASSUME] = "assumes in vain, line", [STF_DIGEST] = "digests to" };

	vec_push(r->arena, &r->said, (struct stf_said){ kind, text, number });
	if (r->verbose && kind == STF_LOG)
		printf("  the program %s: %.*s\n", verbs[kind], STRA(text));
	else if (r->verbose)
		printf("  the program %s %u %.*s\n", verbs[kind], number, STRA(text));
}

static void
on_log(void *user, uint64_t time_ns, const char *text)
{
	struct stf_run *r = user;

	(void)time_ns;
	say(r, STF_LOG, 0, str_trim(str_dup(r->arena, str_from(text))));
}

static void
on_assertion(void *user, uint64_t time_ns, uint32_t line, bool assumption)
{
	(void)time_ns;
	say(user, assumption ? STF_ASSUME : STF_ASSERT, line, STR_NONE);
}

static void
on_digest(void *user, uint64_t time_ns, uint32_t receiver, const void *data, uint32_t size)
{
	static const char digits[] = "0123456789abcdef";
	struct stf_run *r = user;
	const uint8_t *from = data;
	char *text = arena_alloc(r->arena, size * 2u + 1);

	(void)time_ns;
	for (uint32_t i = 0; i < size; i++) {
		text[2 * i] = digits[from[i] >> 4];
		text[2 * i + 1] = digits[from[i] & 15];
	}
	say(r, STF_DIGEST, receiver, (struct str){ text, size * 2 });
}

struct sw_config
stf_config(struct stf_run *r)
{
	return (struct sw_config){ .user = r, .tx = on_tx, .log = on_log, .assertion = on_assertion, .digest = on_digest };
}

/* --- commands --- */

static void
broken(struct stf_run *r)
{
	r->failed_to_run = true;
}

/* Commands wait for the next packet, so that a table's entries come all at once; departures up to now have happened. */
static void
apply_pending(struct stf_run *r)
{
	struct load l = { .commands = r->pending };

	if (!r->pending.n)
		return;
	r->pending = (struct sw_commands){ 0 };
	sw_advance(r->soft.sw, r->now);
	if (!load_apply(&l, r->c, r->soft.sw))
		broken(r);
	r->now += COMMAND_NS;
}

static void
add_command(struct stf_run *r, const struct stf_statement *s)
{
	struct sw_command c;
	int table = stf_table(r->program, s->command.target.text);
	struct stf_label label = { .name = s->label.text };

	if (!stf_resolve(r->arena, r->c->diags, r->program, s, &c)) {
		broken(r);
		return;
	}
	if (s->label.text.n && table >= 0) {
		apply_pending(r); /* then the entry's handle is known */
		label.table = (uint32_t)table;
		label.handle = sw_table_next_handle(sw_table(r->soft.sw, label.table));
		vec_push(r->arena, &r->labels, label);
	}
	vec_push(r->arena, &r->pending, c);
	if (s->label.text.n)
		apply_pending(r);
}

static void
remove_all(struct stf_run *r, const struct stf_statement *s)
{
	for (uint32_t i = 0; i < r->program->ntables; i++) {
		const struct ps_table_info *t = &r->program->tables[i];
		struct sw_command c = { .kind = SW_TABLE_CLEAR, .at = s->at };

		c.target = (struct sw_arg){ .text = str_from(t->name), .at = s->at };
		if (!t->const_entries)
			vec_push(r->arena, &r->pending, c);
	}
}

/* --- packets --- */

static uint8_t
nibble(char c)
{
	return (uint8_t)(c <= '9' ? c - '0' : (c | 32) - 'a' + 10);
}

static void
drain(struct stf_run *r)
{
	sw_drain(r->soft.sw);
	if (sw_now(r->soft.sw) > r->now)
		r->now = sw_now(r->soft.sw);
}

static void
advance_control(struct stf_run *r)
{
	int e;

	if (!r->control)
		return;
	sw_advance(r->soft.sw, r->now);
	e = control_advance(r->control, r->now);
	if (e < 0)
		stf_failure(r, NULL, "the controller can't read the switch: %s", strerror(-e));
}

static void
send(struct stf_run *r, const struct stf_statement *s)
{
	uint32_t len = s->hex.n / 2;
	uint8_t *data = arena_alloc(r->arena, len + 1u);

	for (uint32_t i = 0; i < len; i++)
		data[i] = (uint8_t)(nibble(s->hex.p[2 * i]) << 4 | nibble(s->hex.p[2 * i + 1]));
	r->now += PACKET_NS;
	advance_control(r);
	r->last_out = r->out.n;
	sw_receive(r->soft.sw, r->now, s->port, data, len);
	r->soft.arrived = r->now;
}

static void
check_silence(struct stf_run *r, const struct stf_statement *s)
{
	drain(r);
	if (r->out.n == r->last_out)
		return;
	stf_failure(r, s, "no packet was expected, %u came", r->out.n - r->last_out);
	for (uint32_t i = r->last_out; i < r->out.n; i++) {
		printf("  on port %u, %u bytes\n", r->out.v[i].port, r->out.v[i].len);
		stf_print_bytes(&r->out.v[i]);
	}
}

/* --- what the program says --- */

static const char *
saying(struct stf_run *r, enum stf_kind kind, uint32_t number, struct str text)
{
	static const char *const names[] = { [STF_LOG] = "log", [STF_ASSERT] = "assert", [STF_ASSUME] = "assume",
					     [STF_DIGEST] = "digest" };

	if (kind == STF_LOG)
		return str_cstr(r->arena, str_fmt(r->arena, "log %.*s", STRA(text)));
	return str_cstr(r->arena, str_trim(str_fmt(r->arena, "%s %u %.*s", names[kind], number, STRA(text))));
}

static bool
same_digits(struct str a, struct str b)
{
	for (uint32_t i = 0; a.n == b.n && i < a.n; i++)
		if (nibble(a.p[i]) != nibble(b.p[i]))
			return false;
	return a.n == b.n;
}

static void
check_said(struct stf_run *r, const struct stf_statement *s)
{
	struct str want = s->kind == STF_LOG ? s->name.text : s->hex; /* empty for assertions */
	const struct stf_said *said;

	drain(r);
	if (r->heard == r->said.n) {
		stf_failure(r, s, "expected '%s', the program said nothing more", saying(r, s->kind, s->port, want));
		return;
	}
	said = &r->said.v[r->heard++];
	if (said->kind == s->kind && (s->any || said->number == s->port) &&
	    (s->kind == STF_DIGEST ? same_digits(said->text, want) : str_eq(said->text, want)))
		return;
	stf_failure(r, s, "expected '%s', the program said '%s'", saying(r, s->kind, s->port, want),
		    saying(r, said->kind, said->number, said->text));
}

/* --- all of it --- */

static void
tell(const struct stf_run *r, const struct stf_statement *s)
{
	struct str text = source_text(diags_sources(r->c->diags), s->at);
	struct place at;

	if (source_place(diags_sources(r->c->diags), s->at.begin, &at))
		printf("%u: %.*s\n", at.line, STRA(str_trim(text)));
}

static void
execute(struct stf_run *r, const struct stf_statement *s)
{
	switch (s->kind) {
	case STF_ADD:
	case STF_DEFAULT:
		add_command(r, s);
		break;
	case STF_REMOVE_ALL:
		remove_all(r, s);
		break;
	case STF_CONTROL:
		vec_push(r->arena, &r->pending, s->command);
		break;
	case STF_PACKET:
		apply_pending(r);
		send(r, s);
		break;
	case STF_EXPECT: /* at the end: packets may be expected before they are sent */
		r->checks++;
		break;
	case STF_NO_PACKET:
		r->checks++;
		check_silence(r, s);
		break;
	case STF_WAIT:
		drain(r);
		r->now += COMMAND_NS;
		break;
	case STF_COUNTER:
	case STF_REGISTER:
	case STF_DROP:
	case STF_SHOW_COUNTER:
	case STF_SHOW_REGISTER:
		r->checks += s->kind != STF_SHOW_COUNTER && s->kind != STF_SHOW_REGISTER;
		apply_pending(r);
		drain(r);
		stf_check_count(r, s);
		break;
	case STF_LOG:
	case STF_ASSERT:
	case STF_ASSUME:
	case STF_DIGEST:
		r->checks++;
		check_said(r, s);
		break;
	}
}

/* Why the missing ones may be missing. */
static void
print_drop(void *user, const struct sw_drop *d)
{
	(void)user;
	printf("  dropped in %s: %llu by %.*s\n", d->where, (unsigned long long)d->packets, STRA(d->reason));
}

/* After a wrong command the next ones are looked at, for their own mistakes; packets aren't sent any more. */
static bool
is_command(const struct stf_statement *s)
{
	return s->kind == STF_ADD || s->kind == STF_DEFAULT || s->kind == STF_REMOVE_ALL || s->kind == STF_CONTROL;
}

void
stf_run(struct stf_run *r)
{
	int e = 0;

	r->program = sw_program(r->soft.sw);
	for (uint32_t i = 0; i < r->test->n && (!r->failed_to_run || is_command(&r->test->v[i])); i++) {
		if (r->verbose)
			tell(r, &r->test->v[i]);
		execute(r, &r->test->v[i]);
	}
	apply_pending(r);
	if (r->failed_to_run)
		return;
	drain(r);
	stf_check_packets(r);
	if (r->control && (e = control_finish(r->control)) < 0)
		stf_failure(r, NULL, "the controller can't read the switch: %s", strerror(-e));
	if (r->failures || r->verbose)
		sw_each_drop(r->soft.sw, print_drop, NULL);
}
