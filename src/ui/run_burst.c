#include "ui/run_burst.h"
#include "ui/interrupt.h"

struct packets {
	struct sw_arrival v[PS_BURST];
	uint32_t at, n; /* those from `at` on wait */
	uint64_t done;	/* in all */
};

bool
run_burst_fits(const struct session *s, bool is_traced)
{
	return !is_traced && sw_program(s->soft.sw)->in_order;
}

static bool
fetch(const struct run_burst *b, struct packets *p)
{
	struct sw_frame f[PS_BURST];
	uint64_t last = b->s->soft.arrived;

	p->at = 0;
	p->n = sw_capture_next_of(b->ports->in, f, PS_BURST);
	for (uint32_t i = 0; i < p->n; i++) {
		uint64_t t = f[i].time_ns - b->ports->start_ns;

		last = t > last ? t : last;
		p->v[i] = (struct sw_arrival){ .time_ns = last, .data = f[i].data, .len = f[i].len,
					       .port = b->s->args.in.v[f[i].file].port };
	}
	return p->n > 0;
}

/* The controller looks before each packet that enters a new epoch, and every few packets, as if they came one by one. */
static bool
is_due(const struct run_burst *b, uint64_t t, uint64_t number)
{
	return b->s->control && (t >= control_deadline(b->s->control) || number % RUN_POLL_EVERY == 0);
}

static void
look(struct run_burst *b, uint64_t t)
{
	b->error = session_advance(b->s, t);
	if (b->error == 0)
		b->error = control_advance(b->s->control, t);
}

/* The waiting packets up to where the controller wants to look again. */
static void
push(struct run_burst *b, struct packets *p)
{
	const struct sw_arrival *a = p->v + p->at;
	uint32_t n = 1;

	while (p->at + n < p->n && !is_due(b, a[n].time_ns, p->done + n + 1))
		n++;
	sw_receive_burst(b->s->soft.sw, a, n);
	p->at += n;
	p->done += n;
	b->s->soft.arrived = a[n - 1].time_ns;
	progress_tick(b->progress, p->done, b->s->soft.arrived);
}

void
run_burst_drive(struct run_burst *b)
{
	struct packets p = { .done = 0 };

	while (!interrupted() && fetch(b, &p))
		while (p.at < p.n) {
			if (is_due(b, p.v[p.at].time_ns, p.done + 1))
				look(b, p.v[p.at].time_ns);
			if (b->error || sink_error(b->s->sink))
				return;
			push(b, &p);
		}
}
