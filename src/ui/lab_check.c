#include "ui/lab_check.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/units.h"

/* in, filtered, lost and out of one key in one epoch. */
struct lab_cell {
	uint64_t epoch, n[4];
	uint32_t key;
	bool used;
};

enum column { IN, FILTERED, LOST, OUT, REWRITTEN };

static const struct {
	const char *name;
	enum column column;
} columns[] = { { "arrived", IN }, { "filtered", FILTERED }, { "lost", LOST }, { "sent", OUT }, { "rewritten", REWRITTEN } };

struct str
lab_check_queries(struct arena *a, const struct lab_options *o)
{
	const char *ip = o->kind == LAB_IPV6 ? "ipv6" : "ipv4";
	struct str window = units_duration_text(a, o->epoch_ns);
	struct str guard = str_fmt(a, "filter(udp.dstPort_in in {5000, 5001} && udp.srcPort_in in 1000..1063)");
	struct str key = str_fmt(a, "%s.srcIP_in", ip);
	struct str count = str_fmt(a, "reduce(keys=(%.*s), func=count, rows=128).window(%.*s)", STRA(key), STRA(window));

	return str_fmt(a,
		       "arrived = ingress().%.*s.%.*s\n"
		       "filtered = ingress().%.*s.filter(port_intent == -1).%.*s\n"
		       "sent = egress().%.*s.%.*s\n"
		       "lost = ingress().%.*s.lost([%.*s], %.*s, rows=128)\n"
		       "rewritten = egress().%.*s.filter(%s.srcIP_in != %s.srcIP_out).%.*s\n",
		       STRA(guard), STRA(count), STRA(guard), STRA(count), STRA(guard), STRA(count), STRA(guard), STRA(key), STRA(window),
		       STRA(guard), ip, o->kind == LAB_VXLAN ? "inner.ipv4" : ip, STRA(count));
}

/* --- rows -------------------------------------------------------------------------------------- */

static struct lab_cell *
cell_of(struct lab_check *c, uint64_t epoch, uint32_t key)
{
	uint32_t i;

	if (!c->cell) {
		c->ncells = 1u << 18;
		c->cell = calloc(c->ncells, sizeof(*c->cell));
	}
	i = (uint32_t)((epoch * LAB_KEYS + key) % c->ncells);
	for (uint32_t n = 0; c->cell && n < c->ncells; n++, i = (i + 1) % c->ncells) {
		struct lab_cell *l = &c->cell[i];

		if (!l->used)
			*l = (struct lab_cell){ .epoch = epoch, .key = key, .used = true };
		if (l->epoch == epoch && l->key == key)
			return l;
	}
	return NULL;
}

static void
take(struct lab_check *c, enum column column, uint64_t epoch, const struct ir_value *v)
{
	uint64_t *all[] = { c->in, c->filtered, c->lost, c->out, c->rewritten };
	uint32_t key = (uint32_t)((uint64_t)v[0].i & 0xff) - 10;
	struct lab_cell *l = key < LAB_KEYS ? cell_of(c, epoch, key) : NULL;

	if (!l) {
		c->unknown++;
		return;
	}
	all[column][key] += (uint64_t)v[1].i;
	if (column < REWRITTEN)
		l->n[column] += (uint64_t)v[1].i;
}

bool
lab_check_result(struct lab_check *c, const struct ir_result *r)
{
	for (size_t i = 0; i < sizeof(columns) / sizeof(columns[0]); i++) {
		if (!str_is(r->query->name, columns[i].name))
			continue;
		for (uint32_t k = 0; k < r->nrows; k++)
			take(c, columns[i].column, r->epoch, ir_result_row(r, k));
		c->open_epochs += (r->info.late || r->info.lost_tuples || r->info.in_flight);
		c->overflow += columns[i].column == LOST ? r->info.overflow : 0;
	}
	return true;
}

/* --- the comparison ---------------------------------------------------------------------------- */

static uint64_t
total(const uint64_t *n)
{
	uint64_t sum = 0;

	for (uint32_t i = 0; i < LAB_KEYS; i++)
		sum += n[i];
	return sum;
}

static void
count_cells(struct lab_check *c)
{
	for (uint32_t i = 0; c->cell && i < c->ncells; i++) {
		const struct lab_cell *l = &c->cell[i];

		c->cells += l->used;
		c->wrong_cells += l->used && l->n[IN] != l->n[FILTERED] + l->n[LOST] + l->n[OUT];
	}
}

static bool
same(FILE *err, const char *a, uint64_t x, const char *b, uint64_t y)
{
	if (x != y)
		fprintf(err, "packetscope lab: %s %" PRIu64 ", %s %" PRIu64 "\n", a, x, b, y);
	return x == y;
}

static bool
keys_agree(const struct lab_check *c, const struct lab_options *o, FILE *err)
{
	uint32_t wrong = 0;

	for (uint32_t i = 0; i < LAB_KEYS; i++) {
		/* sources 10.0.0.32 and up, or fd00:a::20 and up, are masqueraded; a tunnel alone rewrites nothing inside */
		uint64_t rewritten = o->nat && o->path == LAB_ROUTE && i + 10 >= 32 ? c->out[i] : 0;

		wrong += c->in[i] != c->sent[i] || c->in[i] != c->filtered[i] + c->lost[i] + c->out[i] || c->rewritten[i] != rewritten;
	}
	if (wrong)
		fprintf(err, "packetscope lab: %u of %u keys differ\n", wrong, LAB_KEYS);
	return !wrong;
}

bool
lab_check_tell(struct lab_check *c, const struct lab_options *o, FILE *out, FILE *err)
{
	uint64_t in = total(c->in), lost = total(c->lost) + c->overflow;
	uint64_t all = lost + c->w.own_lost; /* the witnesses see the router's own packets too: IPv6 speaks by itself */
	char own[64] = "";
	bool ok = true;

	if (c->w.own_lost)
		snprintf(own, sizeof(own), " (%" PRIu64 " of them the router's own)", c->w.own_lost);

	count_cells(c);
	ok &= same(err, "the generator sent", total(c->sent), "ingress counted", in);
	ok &= same(err, "ingress counted", in, "egress, filter and queue together", total(c->out) + total(c->filtered) + lost);
	ok &= same(err, "queries say filtered", total(c->filtered), "nft says", o->filter ? c->nft_filtered : 0);
	ok &= same(err, "queries say sent", total(c->out), "host b got", c->nft_arrived);
	ok &= same(err, "queries say lost, with own packets", all, "freed while queued", c->w.freed);
	ok &= same(err, "queries say lost, with own packets", all, "offered and not started", c->w.difference);
	ok &= same(err, "queries say lost, with own packets", all, "tc says", c->w.qdisc);
	ok &= same(err, "cells that don't add up:", c->wrong_cells, "should be", 0);
	ok &= same(err, "rows of losses whose witnesses differ:", c->w.keys_apart, "should be", 0);
	ok &= same(err, "rows of unknown keys:", c->unknown, "should be", 0);
	ok &= same(err, "open epochs:", c->open_epochs, "should be", 0);
	ok &= keys_agree(c, o, err);
	fprintf(out,
		"lab: sent %" PRIu64 " = left %" PRIu64 " + filtered %" PRIu64 " + lost %" PRIu64 "; rewritten %" PRIu64
		"; witnesses of loss: freed %" PRIu64 ", not started %" PRIu64 ", tc %" PRIu64 "%s; %u keys, %" PRIu64
		" (epoch, key) cells; missed: untagged %" PRIu64 ", collisions %" PRIu64 ", late %" PRIu64 ", recursion %" PRIu64
		", unseen %" PRIu64 ", softnet %" PRIu64 ", open epochs %" PRIu64 ": %s\n",
		total(c->sent), total(c->out), total(c->filtered), lost, total(c->rewritten), c->w.freed, c->w.difference, c->w.qdisc, own, LAB_KEYS,
		c->cells, c->w.untagged, c->w.collisions, c->w.late, c->w.missed_runs, c->w.unseen, c->w.softnet, c->open_epochs, ok ? "exact" : "NOT EXACT");
	return ok;
}

void
lab_check_fini(struct lab_check *c)
{
	free(c->cell);
}
