/* Registers, counters and the like; and what became of the packets. */
#include <inttypes.h>
#include <time.h>

#include "base/json.h"
#include "switch/show.h"

bool
sw_show_register(struct show *s)
{
	int i = sw_show_find(s, 1, s->program->registers, s->program->nregisters, sw_register_name, "register");
	const struct ps_register_info *r = i < 0 ? NULL : &s->program->registers[i];
	const uint8_t *cells = i < 0 ? NULL : sw_register_cells(s->sw, (uint32_t)i);
	uint64_t at = 0;

	if (!r || (s->n > 2 && !sw_show_number(s, 2, r->size, "the index", &at)))
		return false;
	if (s->n > 2) {
		fprintf(s->out, "%.*s[%" PRIu64 "]= ", STRA(s->words[1]), at); /* simple_switch_CLI repeats the name as it was given */
		sw_show_value(s->out, cells + at * r->stride, r->cell, r->width, r->is_signed);
		fputc('\n', s->out);
		return true;
	}
	fprintf(s->out, "%.*s= ", STRA(s->words[1]));
	for (; at < r->size; at++) {
		fputs(at ? ", " : "", s->out);
		sw_show_value(s->out, cells + at * r->stride, r->cell, r->width, r->is_signed);
	}
	fputc('\n', s->out);
	return true;
}

bool
sw_show_counter(struct show *s)
{
	int i = sw_show_find(s, 1, s->program->counters, s->program->ncounters, sw_counter_name, "counter");
	struct ps_counter_cell c;
	uint64_t at;

	if (i < 0 || !sw_show_number(s, 2, sw_counter_size(s->sw, (uint32_t)i), "the index", &at))
		return false;
	sw_counter_read(s->sw, (uint32_t)i, (uint32_t)at, &c);
	fprintf(s->out, "%.*s[%" PRIu64 "]= (%" PRIu64 " bytes, %" PRIu64 " packets)\n", STRA(s->words[1]), at, c.bytes, c.packets);
	return true;
}

/* At least one decimal, and no zeros at the end. */
static void
print_rate(FILE *out, int number, const struct bucket *b)
{
	char decimals[12];
	int n = snprintf(decimals, sizeof(decimals), "%09u", (unsigned int)(b->rate % 1000000000u));

	while (n > 1 && decimals[n - 1] == '0')
		n--;
	fprintf(out, "%d: info rate = %" PRIu64 ".%.*s, burst size = %" PRIu64 "\n", number, b->rate / 1000000000u, n, decimals, b->burst);
}

bool
sw_show_meter(struct show *s)
{
	int i = sw_show_find(s, 1, s->program->meters, s->program->nmeters, sw_meter_name, "meter");
	const struct ps_meter *m;
	uint64_t at;

	if (i < 0 || !sw_show_number(s, 2, sw_meter_size(s->sw, (uint32_t)i), "the index", &at))
		return false;
	m = &s->sw->objects.meters[i][at];
	if (!m->peak.set)
		return sw_show_error(s, "%s[%" PRIu64 "] has no rates: everything is green", s->program->meters[i].name, at);
	print_rate(s->out, 0, &m->committed);
	print_rate(s->out, 1, &m->peak);
	return true;
}

static void
print_copies(FILE *out, const struct sw_copies *c)
{
	for (uint32_t i = 0; i < c->n; i++)
		fprintf(out, "%sport %u (rid %u)", i ? ", " : "", c->v[i].port, c->v[i].rid);
	fputc('\n', out);
}

bool
sw_show_session(struct show *s)
{
	const struct sw_session *m;
	uint64_t number;

	if (!sw_show_number(s, 1, SW_SESSIONS, "a mirroring session's number", &number))
		return false;
	m = sw_session(s->sw->pre, (uint32_t)number);
	if (!m)
		return sw_show_error(s, "there is no mirroring session %" PRIu64, number);
	if (m->kind == SW_SESSION_PORT)
		fprintf(s->out, "MirroringSessionConfig(port=%u, mgid=None)\n", m->port);
	else if (m->kind == SW_SESSION_GROUP)
		fprintf(s->out, "MirroringSessionConfig(port=None, mgid=%u)\n", m->group);
	else
		print_copies(s->out, &m->copies);
	return true;
}

static void
print_group(struct show *s, uint32_t group)
{
	struct sw_node n;

	fprintf(s->out, "**********\nmgrp(%u)\n", group);
	for (uint32_t i = 0; sw_group_node(s->sw->pre, group, i, &n); i++) {
		fprintf(s->out, "  -> (L1h=%u, rid=%u) -> (ports=[", n.handle, n.rid);
		for (uint32_t k = 0; k < n.nports; k++)
			fprintf(s->out, "%s%u", k ? ", " : "", n.ports[k]);
		fputs("], lags=[])\n", s->out);
	}
}

bool
sw_show_groups(struct show *s)
{
	fputs("==========\nMC ENTRIES\n", s->out);
	for (uint32_t i = 0; i < SW_GROUPS; i++)
		if (sw_group_exists(s->sw->pre, i))
			print_group(s, i);
	fputs("==========\nLAGS\n==========\n", s->out);
	return true;
}

/* --- ports --- */

static void
port_of(const struct sw_shell *shell, uint32_t port, struct sw_shell_port *ret)
{
	*ret = (struct sw_shell_port){ .interface = NULL };
	if (shell->port)
		shell->port(shell->user, port, ret);
}

static bool
is_worth_showing(const struct sw_shell_port *p, const struct sw_port_counts *n)
{
	return p->interface || p->nowhere || n->received || n->forwarded;
}

bool
sw_show_ports(struct show *s)
{
	fprintf(s->out, "%4s  %-15s  %12s  %14s  %12s  %14s  %10s\n", "port", "interface", "received", "bytes", "forwarded", "bytes",
		"not sent");
	for (uint32_t i = 0; i < SW_PORTS; i++) {
		struct sw_shell_port p;
		struct sw_port_counts n;

		port_of(s->shell, i, &p);
		sw_port_counts(s->sw, i, &n);
		if (is_worth_showing(&p, &n))
			fprintf(s->out, "%4u  %-15s  %12" PRIu64 "  %14" PRIu64 "  %12" PRIu64 "  %14" PRIu64 "  %10" PRIu64 "\n", i,
				p.interface ? p.interface : "-", n.received, n.bytes_in, n.forwarded, n.bytes_out,
				p.nowhere + p.busy + p.too_long + p.failed);
	}
	return true;
}

bool
sw_show_queues(struct show *s)
{
	fprintf(s->out, "%4s  %8s  %8s  %10s  %10s  %12s  %12s  %12s\n", "port", "priority", "packets", "bytes", "depth",
		"packets/s", "enqueued", "lost");
	for (uint32_t i = 0; i < SW_QUEUES; i++) {
		uint32_t port = i / SW_PRIORITIES, priority = i % SW_PRIORITIES;
		const struct queue *q = &s->sw->queues.ports[port].queues[priority];

		if (!q->enqueued && !q->lost)
			continue;
		fprintf(s->out, "%4u  %8u  %8" PRIu64 "  %10" PRIu64 "  %10" PRIu64 "%s", port, priority, q->n, q->bytes, q->depth,
			q->depth_is_bytes ? "B" : " ");
		if (q->pps)
			fprintf(s->out, " %12" PRIu64, q->pps);
		else
			fprintf(s->out, " %12s", "-");
		fprintf(s->out, "  %12" PRIu64 "  %12" PRIu64 "\n", q->enqueued, q->lost);
	}
	return true;
}

/* --- what became of the packets --- */

/* Over all ports. */
static void
add_ports(const struct show *s, struct sw_shell_port *sum)
{
	*sum = (struct sw_shell_port){ .interface = NULL };
	for (uint32_t i = 0; i < SW_PORTS; i++) {
		struct sw_shell_port p;

		port_of(s->shell, i, &p);
		sum->missed += p.missed;
		sum->nowhere += p.nowhere;
		sum->busy += p.busy;
		sum->too_long += p.too_long;
		sum->failed += p.failed;
	}
}

bool
sw_show_stats(struct show *s)
{
	struct sw_shell_port p;
	struct sw_counts n;
	uint64_t unsent;

	add_ports(s, &p);
	sw_counts(s->sw, &n);
	unsent = p.busy + p.too_long + p.failed;
	const struct {
		const char *name;
		uint64_t n;
	} lines[] = {
		{ "received", n.received }, { "copies", n.copies }, { "sent", n.forwarded - p.nowhere - unsent },
		{ "not_sent", unsent }, { "no_such_port", p.nowhere }, { "dropped_ingress", n.dropped_ingress },
		{ "dropped_egress", n.dropped_egress }, { "lost_queue", n.lost_queue }, { "queued", n.queued },
		{ "missed", p.missed + n.oversized }, { "resubmitted", n.resubmitted }, { "recirculated", n.recirculated },
		{ "copies_refused", n.refused }, { "failed_assertions", n.failed_assertions }, { "bytes_in", n.bytes_in },
		{ "bytes_out", n.bytes_out },
	};

	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++)
		fprintf(s->out, "%-17s %" PRIu64 "\n", lines[i].name, lines[i].n);
	return true;
}

/* --- drops --- */

struct visit {
	sw_drop_fn *fn;
	void *user;
};

static void
unsent(const struct visit *v, uint64_t n, uint32_t port, const struct sw_shell_port *p, const char *why)
{
	char text[128];

	if (!n)
		return;
	snprintf(text, sizeof(text), "port %u%s%s: %s", port, p->interface ? " " : "", p->interface ? p->interface : "", why);
	v->fn(v->user, &(struct sw_drop){ "port", str_from(text), discard_text(DISCARD_L2_TX, true), n });
}

void
sw_shell_each_drop(const struct sw_shell *shell, sw_drop_fn *fn, void *user)
{
	struct visit v = { fn, user };

	sw_each_drop(shell->sw, fn, user);
	for (uint32_t i = 0; i < SW_PORTS; i++) {
		struct sw_shell_port p;

		port_of(shell, i, &p);
		unsent(&v, p.nowhere, i, &p, "no such port");
		unsent(&v, p.busy, i, &p, "the interface was busy");
		unsent(&v, p.too_long, i, &p, "longer than the interface can send");
		unsent(&v, p.failed, i, &p, "the interface failed");
	}
}

struct drops {
	struct show *s;
	bool json;
	uint64_t sum;
};

static void
drop_line(void *user, const struct sw_drop *d)
{
	struct drops *all = user;
	FILE *out = all->s->out;

	all->sum += d->packets;
	if (!all->json) {
		fprintf(out, "%12" PRIu64 "  %-7s  %-*.*s%s%.*s\n", d->packets, d->where, d->class.n ? 44 : 0, STRA(d->reason),
			d->class.n ? "  " : "", STRA(d->class));
		return;
	}
	fprintf(out, "{\"type\":\"drop\",\"where\":\"%s\",\"reason\":", d->where);
	json_print_string(out, d->reason);
	fputs(",\"class\":", out);
	json_print_string(out, d->class);
	fprintf(out, ",\"packets\":%" PRIu64 "}\n", d->packets);
}

bool
sw_show_drops(struct show *s)
{
	struct drops all = { .s = s, .json = s->n > 1 };

	if (all.json && !str_is(s->words[1], "json"))
		return sw_show_error(s, "drops knows 'json' only, not '%.*s'", STRA(s->words[1]));
	sw_shell_each_drop(s->shell, drop_line, &all);
	if (!all.json)
		fprintf(s->out, "%12" PRIu64 "  in all\n", all.sum);
	return true;
}

bool
sw_show_elapsed(struct show *s)
{
	fprintf(s->out, "%" PRIu64 "\n", sw_now(s->sw) / 1000);
	return true;
}
