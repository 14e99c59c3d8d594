/* net_html.c - the drawing and what belongs to it. Everything that comes from users is escaped. Rows name what they are about in the drawing (data-on), so that it lights
 * up when the pointer is over them, and stays so after a click. */
#include "ui/net_html.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/outfile.h"
#include "ui/html.h"
#include "ui/net_found.h"
#include "ui/net_layout.h"
#include "ui/net_truth.h"

#define WIDTH 1080
#define TALLEST 760
#define MARGIN 24
#define ROWS_MAX 1000 /* of a table */
#define NAMES_MAX 100 /* switches with names in the drawing */

static const char style[] =
	".flow td{white-space:nowrap}.flow tr.row{cursor:pointer}.flow tr.row:hover td,.flow tr.pin td{background:var(--line)}\n"
	"svg line{stroke-linecap:round}svg .down{stroke-dasharray:4 4}svg circle{fill:var(--card);stroke:var(--dim);stroke-width:1.5}\n"
	"svg rect.host{fill:var(--user)}svg .name{font-size:10px;text-anchor:middle;pointer-events:none;paint-order:stroke;stroke:var(--card);stroke-width:3px}\n"
	"svg .on{stroke:var(--on)!important;stroke-width:4.5!important}svg circle.on{fill:var(--on)}svg circle.hop{fill:var(--hop);stroke:var(--hop)!important}\n"
	"svg.quiet line:not(.on){opacity:.25}:root{--on:#7b3fe4;--hop:#e4503f}@media(prefers-color-scheme:dark){:root{--on:#b794ff;--hop:#ff8a75}}\n"
	".cards{display:flex;flex-wrap:wrap;gap:8px;margin:14px 0}.cards .card{margin:0;padding:8px 12px;font-size:13px}.cards b{display:block;font-size:19px;font-weight:600}\n"
	".bar{display:inline-block;height:9px;background:var(--bar);border-radius:2px;margin-right:6px}.scale{display:inline-block;width:120px;height:8px;"
	"border-radius:4px;vertical-align:middle;margin:0 6px;background:linear-gradient(90deg,hsl(210 35% 60%),hsl(130 55% 45%),hsl(50 85% 48%),hsl(0 75% 50%))}\n";

static const char script[] =
	"<script>\nconst svg=document.querySelector('svg');let pinned=null;\n"
	"const show=r=>{document.querySelectorAll('.on,.hop').forEach(e=>e.classList.remove('on','hop'));svg.classList.toggle('quiet',!!r);\n"
	" if(r){r.dataset.on.split(' ').forEach(i=>{const e=document.getElementById(i);if(e)e.classList.add('on')});\n"
	"  if(r.dataset.hop){const e=document.getElementById(r.dataset.hop);if(e)e.classList.add('hop')}}};\n"
	"document.querySelectorAll('tr.row').forEach(r=>{r.onmouseenter=()=>show(r);r.onmouseleave=()=>show(pinned);\n"
	" r.onclick=()=>{if(pinned)pinned.classList.remove('pin');pinned=pinned===r?null:r;if(pinned)pinned.classList.add('pin');show(r)}});\n</script>\n";

struct page {
	FILE *out;
	const struct net_run *r;
	const struct net_topology *t;
	struct net_point *at;
	double height, end_s;
};

/* --- the drawing --- */

/* The busier of both directions. */
static double
load_of(const struct page *p, uint32_t link)
{
	uint64_t rate = p->t->links.v[link].rate_bps;
	struct net_traffic a = net_world_traffic(p->r->world, link, 0), b = net_world_traffic(p->r->world, link, 1);

	return rate && p->end_s > 0 ? (double)(a.bytes > b.bytes ? a.bytes : b.bytes) * 8 / (double)rate / p->end_s : 0;
}

/* From blue over green and yellow to red. */
static void
put_colour(const struct page *p, double load)
{
	double hue = load < 0.33 ? 210 - load / 0.33 * 80 : load < 0.66 ? 130 - (load - 0.33) / 0.33 * 80 : 50 - (fmin(load, 1) - 0.66) / 0.34 * 50;

	fprintf(p->out, "hsl(%.0f %.0f%% %.0f%%)", hue, 35 + fmin(load, 1) * 40, 60 - fmin(load, 1) * 10);
}

static void
draw_link(const struct page *p, uint32_t i)
{
	const struct net_link *l = &p->t->links.v[i];
	const struct net_node *a = &p->t->nodes.v[l->end[0].node], *b = &p->t->nodes.v[l->end[1].node];
	const struct net_point *from = &p->at[l->end[0].node], *to = &p->at[l->end[1].node];
	double load = load_of(p, i);

	fprintf(p->out, "<line id=\"l%u\" x1=\"%.1f\" y1=\"%.1f\" x2=\"%.1f\" y2=\"%.1f\" stroke-width=\"%.1f\"%s stroke=\"", i, from->x, from->y,
		to->x, to->y, (a->is_host || b->is_host ? 0.8 : 1.6) + 3 * sqrt(fmin(load, 1)), l->is_up ? "" : " class=\"down\"");
	put_colour(p, load);
	fputs("\"><title>", p->out);
	for (uint32_t side = 0; side < 2; side++) {
		struct net_traffic n = net_world_traffic(p->r->world, i, side);

		html_put(p->out, side ? b->name : a->name);
		fputs(" \xe2\x86\x92 ", p->out);
		html_put(p->out, side ? a->name : b->name);
		fprintf(p->out, ": %" PRIu64 " packets, %" PRIu64 " lost, %.2f %%%s", n.packets, n.lost,
			l->rate_bps && p->end_s > 0 ? (double)n.bytes * 800 / (double)l->rate_bps / p->end_s : 0, side ? "" : "\n");
	}
	fprintf(p->out, "%s</title></line>\n", l->is_up ? "" : "\ndown");
}

static void
draw_host(const struct page *p, uint32_t i)
{
	const struct net_node *n = &p->t->nodes.v[i];
	double size = p->t->hosts.n > 150 ? 4 : 7;

	fprintf(p->out, "<rect class=\"host\" x=\"%.1f\" y=\"%.1f\" width=\"%.0f\" height=\"%.0f\" rx=\"1.5\"><title>", p->at[i].x - size / 2,
		p->at[i].y - size / 2, size, size);
	html_put(p->out, n->name);
	fprintf(p->out, ", %u.%u.%u.%u</title></rect>\n", n->ip >> 24, n->ip >> 16 & 255, n->ip >> 8 & 255, n->ip & 255);
	if (p->t->hosts.n > 40)
		return;
	fprintf(p->out, "<text class=\"name dim\" x=\"%.1f\" y=\"%.1f\">", p->at[i].x, p->at[i].y + 16);
	html_put(p->out, n->name);
	fputs("</text>\n", p->out);
}

static void
draw_switch(const struct page *p, uint32_t i)
{
	const struct net_node *n = &p->t->nodes.v[i];
	uint32_t count = p->t->switches.n;
	double radius = count > 300 ? 3 : count > NAMES_MAX ? 4.5 : 9;
	struct sw_counts c;

	sw_counts(net_world_switch(p->r->world, i), &c);
	fprintf(p->out, "<circle id=\"n%u\" cx=\"%.1f\" cy=\"%.1f\" r=\"%.1f\"><title>", i, p->at[i].x, p->at[i].y, radius);
	html_put(p->out, n->name);
	fprintf(p->out, " (%u): %" PRIu64 " packets in, %" PRIu64 " out, %" PRIu64 " dropped, %" PRIu64 " lost in queues</title></circle>\n", n->id,
		c.received, c.forwarded, c.dropped_ingress + c.dropped_egress, c.lost_queue);
	if (count > NAMES_MAX)
		return;
	fprintf(p->out, "<text class=\"name\" x=\"%.1f\" y=\"%.1f\">", p->at[i].x, p->at[i].y - radius - 3);
	html_put(p->out, n->name);
	fputs("</text>\n", p->out);
}

static void
draw(const struct page *p)
{
	fprintf(p->out, "<div class=\"card wide\"><svg viewBox=\"%d %d %d %.0f\" width=\"100%%\">\n", -MARGIN, -MARGIN, WIDTH + 2 * MARGIN,
		p->height + 2 * MARGIN);
	for (uint32_t i = 0; i < p->t->links.n; i++)
		draw_link(p, i);
	vec_each(h, &p->t->hosts)
		draw_host(p, *h);
	vec_each(s, &p->t->switches)
		draw_switch(p, *s);
	fputs("</svg><p class=\"dim\">utilisation of links <span class=\"scale\"></span> 0 to 100 %</p></div>\n", p->out);
}

/* --- tables --- */

static void
put_path(const struct page *p, const struct net_found_row *row, double hop)
{
	uint32_t links[NET_PORTS_MAX];

	fputs(" data-on=\"", p->out);
	for (uint32_t i = 0; i < row->npath; i++) {
		uint32_t n = i ? net_links_between(p->t, row->path[i - 1], row->path[i], links, NET_PORTS_MAX) : 0;

		for (uint32_t k = 0; k < n; k++)
			fprintf(p->out, " l%u", links[k]);
		fprintf(p->out, "%sn%u", i ? " " : "", row->path[i]);
	}
	fputc('"', p->out);
	if (hop >= 1 && hop <= row->npath)
		fprintf(p->out, " data-hop=\"n%u\"", row->path[(uint32_t)hop - 1]);
}

/* A switch, and the link at one of its ports. */
static bool
put_place(const struct page *p, const struct net_found_query *q, const struct net_found_row *row)
{
	double id = q->place == UINT32_MAX ? 0 : row->numbers[q->place];
	const struct net_port *port;
	uint32_t node;

	if (!(id >= 1 && id <= p->t->switches.n))
		return false;
	node = p->t->switches.v[(uint32_t)id - 1];
	port = net_port(p->t, node, (uint32_t)row->numbers[q->place + 1]);
	fprintf(p->out, "<tr class=\"row\" data-on=\"n%u", node);
	if (port)
		fprintf(p->out, " l%u", port->link);
	fprintf(p->out, "\" data-hop=\"n%u\">", node);
	return true;
}

static bool
has_bar(const struct net_found_query *q, uint32_t column)
{
	return !q->columns[column].is_key && (q->columns[column].type.kind == IR_TIME || q->columns[column].type.kind == IR_FLOAT);
}

static void
put_row(const struct page *p, const struct net_found_query *q, const struct net_found_row *row, const double *most)
{
	const struct net_found_row *path = net_found_path(p->r->found, q, row);

	if (!put_place(p, q, row)) {
		fputs(path ? "<tr class=\"row\"" : "<tr", p->out);
		if (path)
			put_path(p, path, q->hop == UINT32_MAX ? 0 : row->numbers[q->hop]);
		fputs(">", p->out);
	}
	for (uint32_t i = 0; i < q->ncolumns; i++) {
		fputs("<td>", p->out);
		if (has_bar(q, i) && row->numbers[i] > 0 && most[i] > 0)
			fprintf(p->out, "<span class=\"bar\" style=\"width:%.0fpx\"></span>", 1 + 90 * row->numbers[i] / most[i]);
		html_put(p->out, row->cells[i]);
		fputs("</td>", p->out);
	}
	fputs("</tr>\n", p->out);
}

static void
put_query(const struct page *p, const struct net_found_query *q)
{
	double *most = arena_array(p->r->arena, double, q->ncolumns);

	vec_each(row, &q->rows)
		for (uint32_t i = 0; i < q->ncolumns; i++)
			most[i] = row->numbers[i] > most[i] ? row->numbers[i] : most[i];
	fputs("<h2>", p->out);
	html_put(p->out, q->name);
	fputs("</h2><div class=\"card wide\"><table class=\"flow\"><tr>", p->out);
	for (uint32_t i = 0; i < q->ncolumns; i++) {
		fputs("<th>", p->out);
		html_put(p->out, q->columns[i].name);
		fputs("</th>", p->out);
	}
	fputs("</tr>\n", p->out);
	for (uint32_t i = 0; i < q->rows.n && i < ROWS_MAX; i++)
		put_row(p, q, &q->rows.v[i], most);
	fputs("</table>", p->out);
	if (q->rows.n > ROWS_MAX)
		fprintf(p->out, "<p class=\"dim\">and %u more</p>", q->rows.n - ROWS_MAX);
	fputs("</div>\n", p->out);
}

/* --- the page --- */

static void
card(const struct page *p, const char *what, uint64_t n)
{
	fprintf(p->out, "<div class=\"card\"><b>%" PRIu64 "</b><span class=\"dim\">%s</span></div>\n", n, what);
}

static void
put_cards(const struct page *p)
{
	struct net_counts n;

	net_world_counts(p->r->world, &n);
	fputs("<div class=\"cards\">\n", p->out);
	card(p, "packets sent", n.sent);
	card(p, "delivered", n.delivered);
	card(p, "lost by links", n.lost_loss + n.lost_down);
	card(p, "lost in queues", n.lost_queue);
	card(p, "dropped by switches", n.dropped);
	if (p->r->truth) {
		struct net_truth_counts c = net_truth_counts(p->r->truth);

		card(p, "flows with a decoded path", c.decoded);
		card(p, "wrong paths", c.wrong);
	}
	fputs("</div>\n", p->out);
}

static void
put_changes(const struct page *p)
{
	if (!p->r->net->changes.n)
		return;
	fputs("<h2>What changed</h2><div class=\"card\">\n", p->out);
	vec_each(c, &p->r->net->changes) {
		fputs("<p><code>", p->out);
		html_put(p->out, c->text);
		fputs("</code></p>\n", p->out);
	}
	fputs("</div>\n", p->out);
}

static void
put_page(const struct page *p)
{
	html_begin(p->out, p->t->name, style);
	fputs("<h1>", p->out);
	html_put(p->out, p->t->name);
	fprintf(p->out, "</h1><p class=\"dim\">%u switches, %u hosts, %u links; %.3f s</p>\n", p->t->switches.n, p->t->hosts.n, p->t->links.n,
		p->end_s);
	put_cards(p);
	draw(p);
	put_changes(p);
	vec_each(q, &p->r->found->queries)
		put_query(p, *q);
	fputs(script, p->out);
	html_end(p->out);
}

bool
net_html(const struct net_run *r, const char *path)
{
	struct page p = { .r = r, .t = r->net->t, .end_s = (double)r->last_ns / 1e9 };
	struct outfile f;
	int e = outfile_open(&f, path);

	if (e == 0) {
		p.out = f.out;
		p.at = net_layout(r->arena, p.t, WIDTH, TALLEST, &p.height);
		put_page(&p);
		e = outfile_commit(&f);
	}
	if (e)
		fprintf(stderr, "packetscope net: %s: %s\n", path, strerror(-e));
	return e == 0;
}
