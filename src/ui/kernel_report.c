/* kernel_report.c - what three witnesses say of lost packets, and what nobody saw. */
#include <inttypes.h>
#include <stdio.h>

#include "ui/kernel.h"

static void
add_port(const struct kernel *k, uint32_t port, struct kernel_witness *w)
{
	struct ps_counts n;

	linux_counts(k->device, port, &n);
	w->seen += n.n[PS_N_SEEN];
	w->offered += n.n[PS_N_OFFERED];
	w->started += n.n[PS_N_STARTED];
	w->lost += n.n[PS_N_LOST];
	w->segmented += n.n[PS_N_SEGMENTED];
	w->dropped += n.n[PS_N_DROPPED];
	w->local += n.n[PS_N_LOCAL];
	w->elsewhere += n.n[PS_N_ELSEWHERE];
	w->own_offered += n.n[PS_N_OWN_OFFERED];
	w->own_started += n.n[PS_N_OWN_STARTED];
	w->own_lost += n.n[PS_N_OWN_LOST];
	w->own_segmented += n.n[PS_N_OWN_SEGMENTED];
	w->untagged += n.n[PS_N_UNTAGGED];
	w->collisions += n.n[PS_N_COLLISIONS];
	w->late += n.n[PS_N_LATE];
	w->merged += n.n[PS_N_MERGED];
	w->requeued += n.n[PS_N_REQUEUED];
	w->copies += n.n[PS_N_COPIES];
	w->cut += n.n[PS_N_CUT];
	w->freed_untagged += n.n[PS_N_FREED];
	w->marked += n.n[PS_N_MARKED];
}

/* Packets whose way is known, to the queue or to another end before it. */
static uint64_t
came_to(const struct kernel_witness *w)
{
	return w->offered + w->dropped + w->local + w->elsewhere;
}

static void
sum(const struct kernel *k, struct kernel_witness *w)
{
	*w = (struct kernel_witness){ .seen = 0 };
	for (uint32_t i = 0; i < k->facts.ports.n; i++)
		add_port(k, i, w);
	w->freed = w->lost + w->own_lost;
	if (k->program.hooks[KERNEL_DROP] && k->program.hooks[KERNEL_CONSUME])
		w->unseen = w->seen > came_to(w) ? w->seen - came_to(w) : 0;
	w->looked = k->program.tag == KERNEL_TAG_MEMORY;
	if (w->looked)
		w->difference = w->offered + w->own_offered - w->started - w->own_started - w->segmented - w->own_segmented;
}

static uint64_t
freed_at(const struct kernel *k, uint32_t port)
{
	struct ps_counts n;

	linux_counts(k->device, port, &n);
	return n.n[PS_N_LOST] + n.n[PS_N_OWN_LOST] - n.n[PS_N_CUT] + n.n[PS_N_FREED];
}

/* What the qdiscs count of it: segments, where they have cut what they free. */
static uint64_t
expected(const struct kernel_witness *w)
{
	return w->freed - w->cut + w->freed_untagged;
}

/* While packets go on, both counts belong together when ours hasn't moved meanwhile. */
void
kernel_witness_begin(struct kernel *k)
{
	host_softnet_drops(&k->softnet_before);
	for (uint32_t i = 0; i < k->facts.ports.n; i++) {
		const struct kernel_port *p = &k->facts.ports.v[i];
		struct host_qdisc q;
		uint64_t ours;

		for (int try = 0; try < 100; try++) {
			ours = freed_at(k, i);
			host_qdisc(p->ifindex, &q);
			if (freed_at(k, i) == ours)
				break;
		}
		k->qdisc_before[i] = q.drops - ours;
		host_netdev_drops(p->name.p, &k->netdev_before[i]);
	}
}

/* Nothing has come to a queue or left it between two readings. */
static bool
is_still(const struct kernel_witness *a, const struct kernel_witness *b)
{
	return a->offered + a->own_offered == b->offered + b->own_offered && a->difference == b->difference && a->freed == b->freed;
}

/* The qdiscs are asked between two readings of our own counts: they agree when their count lies between both. */
void
kernel_witness(const struct kernel *k, struct kernel_witness *ret)
{
	struct kernel_witness before;
	uint64_t drops = 0, queued = 0, n = 0, netdev = 0;

	sum(k, &before);
	for (uint32_t i = 0; i < k->facts.ports.n; i++) {
		struct host_qdisc q;

		host_qdisc(k->facts.ports.v[i].ifindex, &q);
		drops += q.drops - k->qdisc_before[i];
		queued += q.queued;
		host_netdev_drops(k->facts.ports.v[i].name.p, &n);
		netdev += n - k->netdev_before[i];
	}
	sum(k, ret);
	ret->queued = queued;
	ret->qdisc = drops;
	ret->agree = drops >= expected(&before) && drops <= expected(ret) &&
		     (!is_still(&before, ret) || ret->difference == ret->freed + queued + ret->collisions);
	host_softnet_drops(&n);
	ret->softnet = n - k->softnet_before;
	ret->netdev = netdev;
	ret->keys_apart = linux_keys_apart(k->device);
	ret->missed_runs = linux_missed_runs(k->device);
}

static void
report_json(const struct kernel_witness *w, FILE *out)
{
	fprintf(out,
		"{\"type\":\"kernel\",\"arrived\":%" PRIu64 ",\"offered\":%" PRIu64 ",\"started\":%" PRIu64 ",\"lost\":%" PRIu64
		",\"segmented\":%" PRIu64 ",\"dropped\":%" PRIu64 ",\"local\":%" PRIu64 ",\"elsewhere\":%" PRIu64
		",\"own\":{\"offered\":%" PRIu64 ",\"started\":%" PRIu64 ",\"lost\":%" PRIu64 "}"
		",\"witnesses\":{\"freed\":%" PRIu64 ",\"cut\":%" PRIu64 ",\"freed_untagged\":%" PRIu64 ",\"not_started\":%" PRIu64 ",\"queued\":%" PRIu64 ",\"qdisc\":%" PRIu64 ",\"keys_apart\":%" PRIu64 ",\"agree\":%s}"
		",\"missed\":{\"untagged\":%" PRIu64 ",\"collisions\":%" PRIu64 ",\"late\":%" PRIu64 ",\"merged\":%" PRIu64
		",\"requeued\":%" PRIu64 ",\"recursion\":%" PRIu64 ",\"softnet\":%" PRIu64 ",\"interface\":%" PRIu64 ",\"other_marks\":%" PRIu64 ",\"unseen\":%" PRIu64 "},\"copies\":%" PRIu64 "}\n",
		w->seen, w->offered, w->started, w->lost, w->segmented, w->dropped, w->local, w->elsewhere, w->own_offered, w->own_started,
		w->own_lost, w->freed, w->cut, w->freed_untagged, w->difference, w->queued, w->qdisc, w->keys_apart,
		!w->looked ? "null" : w->agree ? "true" : "false", w->untagged, w->collisions, w->late,
		w->merged, w->requeued, w->missed_runs, w->softnet, w->netdev, w->marked, w->unseen, w->copies);
}

static void
report_csv(const struct kernel_witness *w, struct sink *s)
{
	const struct sink_figure all[] = {
		{ "arrived", w->seen }, { "offered", w->offered }, { "started", w->started }, { "lost", w->lost }, { "segmented", w->segmented },
		{ "dropped", w->dropped }, { "local", w->local }, { "elsewhere", w->elsewhere }, { "own_offered", w->own_offered },
		{ "own_started", w->own_started }, { "own_lost", w->own_lost }, { "freed", w->freed }, { "cut", w->cut }, { "freed_untagged", w->freed_untagged }, { "not_started", w->difference },
		{ "queued", w->queued }, { "qdisc", w->qdisc }, { "keys_apart", w->keys_apart },
		{ "untagged", w->untagged }, { "collisions", w->collisions }, { "late", w->late }, { "merged", w->merged },
		{ "requeued", w->requeued }, { "recursion", w->missed_runs }, { "softnet", w->softnet }, { "interface", w->netdev },
		{ "other_marks", w->marked }, { "unseen", w->unseen }, { "copies", w->copies }, { "agree", w->agree, true },
	};

	sink_figures(s, all, sizeof(all) / sizeof(all[0]) - !w->looked); /* who didn't look has no say */
}

static void
note(FILE *out, uint64_t n, const char *text)
{
	if (n)
		fprintf(out, "  ! %" PRIu64 " %s\n", n, text);
}

static void
report_table(const struct kernel *k, const struct kernel_witness *w, FILE *out)
{
	fputs("\nkernel\n", out);
	if (k->program.tag == KERNEL_TAG_NONE) {
		fprintf(out, "  %" PRIu64 " arrived\n", w->seen);
	} else if (k->program.tag == KERNEL_TAG_STAMP) {
		fprintf(out, "  %" PRIu64 " arrived, %" PRIu64 " left (and %" PRIu64 " of our own); nobody looks into the queues\n", w->seen,
			w->started, w->own_started);
	} else {
		fprintf(out, "  %" PRIu64 " arrived, %" PRIu64 " dropped before the queue, %" PRIu64 " offered to it (and %" PRIu64 " of our own)\n", w->seen,
			w->dropped, w->offered, w->own_offered);
		fprintf(out, "  lost: %" PRIu64 " freed while queued, %" PRIu64 " offered and not started (%" PRIu64 " still queued), %" PRIu64 " by the qdiscs: %s\n",
			w->freed, w->difference, w->queued, w->qdisc, w->agree ? "agree" : "DISAGREE");
	}
	note(out, w->keys_apart, "rows of losses have packets that are neither started nor freed (in flight)");
	note(out, w->untagged, "forwarded packets had no tag (copies, segments, fragments, or from before)");
	note(out, w->marked, "packets came with other marks in the bits of --tag: their copies have no tag");
	note(out, w->copies, "copies, segments and fragments were known by their mark");
	note(out, w->collisions, "tags were overwritten while their packet was queued");
	note(out, w->late, "times a packet came after its epoch had closed");
	note(out, w->merged, "packets were several segments in one (ethtool -K ... gro off)");
	note(out, w->segmented + w->own_segmented, k->target.mark ? "packets were cut into segments while queued" :
	     "packets were cut into segments while queued: their losses have no key (--tag mark:MASK)");
	note(out, w->cut, "lost packets had been cut into segments, which the qdiscs count in their place");
	note(out, w->freed_untagged, "packets without a tag were freed by the qdiscs, which count them (segments, or packets from before)");
	note(out, w->requeued, "packets were started twice by the driver");
	note(out, w->unseen, "packets were not seen again after they had come (TCP sockets take them without a sign)");
	note(out, w->missed_runs, "runs were left out by the kernel (recursion)");
	note(out, w->softnet, "packets were dropped before any hook (softnet_stat)");
	note(out, w->netdev, "packets were dropped by the interfaces before any hook");
	fputc('\n', out);
}

void
kernel_report(const struct kernel *k, FILE *out)
{
	struct kernel_witness w;

	kernel_witness(k, &w);
	if (k->csv)
		report_csv(&w, k->sink);
	else if (k->json)
		report_json(&w, out);
	else
		report_table(k, &w, out);
}
