#include "ui/threads.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/alloc.h"
#include "base/diag.h"
#include "switch/worker.h"
#include "ui/interrupt.h"

#define PIECE 4096	    /* packets */
#define PIECE_BYTES 1048576 /* of packets, about */
#define PIECES 4	    /* for each thread: being filled, waiting, being worked on, being written */

/* Bytes one behind the other; malloc'ed. */
struct bytes {
	uint8_t *v;
	size_t n, cap;
};

struct departure {
	uint64_t time_ns;
	uint32_t port, len;
	size_t at; /* of its bytes */
};

enum stage { FILLED, DONE };

struct piece {
	enum stage stage;
	struct sw_arrival v[PIECE];
	size_t at[PIECE]; /* of their bytes, while these still move */
	uint32_t n;
	struct bytes in, out;
	struct departure *departures;
	size_t ndepartures, cap;
};

struct crew {
	pthread_mutex_t lock;
	pthread_cond_t changed;
	struct piece *pieces; /* a ring */
	uint32_t npieces;
	uint64_t filled, taken, written; /* pieces so far */
	bool over;
	struct run_burst *b;
};

struct hand {
	struct crew *crew;
	struct sw *worker;
	struct piece *piece;
	pthread_t thread;
};

uint32_t
threads_allowed(const struct session *s, bool has_queries, int asked)
{
	const char *why = has_queries ? "the queries' state" : sw_workers_hindrance(s->soft.sw);

	if (asked <= 1 || !why)
		return asked < 1 ? 1 : (uint32_t)asked;
	fprintf(stderr, "packetscope %s: runs on one thread: packets share %s\n", s->command, why);
	return 1;
}

static size_t
add_bytes(struct bytes *b, const uint8_t *data, uint32_t len)
{
	size_t at = b->n;

	if (b->cap - b->n < len) {
		b->cap = 2 * (b->n + len) + PIECE_BYTES;
		b->v = alloc_again(b->v, b->cap, 1);
	}
	if (len)
		memcpy(b->v + at, data, len);
	b->n += len;
	return at;
}

/* --- a worker's thread --- */

static void
on_tx(void *user, uint32_t port, uint64_t time_ns, const uint8_t *data, uint32_t len)
{
	struct piece *p = ((struct hand *)user)->piece;

	if (p->ndepartures == p->cap) {
		p->cap = p->cap ? p->cap * 2 : PIECE;
		p->departures = alloc_again(p->departures, p->cap, sizeof(*p->departures));
	}
	p->departures[p->ndepartures++] = (struct departure){ time_ns, port, len, add_bytes(&p->out, data, len) };
}

/* The next filled piece; NULL: there will be none. */
static struct piece *
take(struct crew *c, uint64_t *ret_number)
{
	struct piece *p = NULL;

	pthread_mutex_lock(&c->lock);
	while (c->taken == c->filled && !c->over)
		pthread_cond_wait(&c->changed, &c->lock);
	if (c->taken < c->filled) {
		*ret_number = c->taken++;
		p = &c->pieces[*ret_number % c->npieces];
	}
	pthread_mutex_unlock(&c->lock);
	return p;
}

static void
set_stage(struct crew *c, struct piece *p, enum stage stage)
{
	pthread_mutex_lock(&c->lock);
	p->stage = stage;
	pthread_cond_broadcast(&c->changed);
	pthread_mutex_unlock(&c->lock);
}

static void *
work(void *hand)
{
	struct hand *h = hand;
	uint64_t number;

	while ((h->piece = take(h->crew, &number))) {
		sw_worker_piece(h->worker, number);
		sw_receive_burst(h->worker, h->piece->v, h->piece->n);
		set_stage(h->crew, h->piece, DONE);
	}
	return NULL;
}

/* --- the main thread: reads and writes --- */

static bool
fill(struct crew *c, struct piece *p)
{
	struct sw_frame f[PS_BURST];
	struct run_burst *b = c->b;
	uint32_t n = PS_BURST;

	p->n = 0;
	p->in.n = p->out.n = 0;
	p->ndepartures = 0;
	while (n && p->n + PS_BURST <= PIECE && p->in.n < PIECE_BYTES && !interrupted()) {
		n = sw_capture_next_of(b->ports->in, f, PS_BURST);
		for (uint32_t i = 0; i < n; i++) {
			uint64_t t = f[i].time_ns - b->ports->start_ns, last = b->s->soft.arrived;

			b->s->soft.arrived = t > last ? t : last;
			p->at[p->n] = add_bytes(&p->in, f[i].data, f[i].len);
			p->v[p->n++] = (struct sw_arrival){ .time_ns = b->s->soft.arrived, .len = f[i].len,
							    .port = b->s->args.in.v[f[i].file].port };
		}
	}
	for (uint32_t i = 0; i < p->n; i++)
		p->v[i].data = p->in.v + p->at[i];
	return p->n > 0;
}

/* Waits for the oldest piece, and writes what left. */
static void
write_oldest(struct crew *c)
{
	struct piece *p = &c->pieces[c->written % c->npieces];

	pthread_mutex_lock(&c->lock);
	while (p->stage != DONE)
		pthread_cond_wait(&c->changed, &c->lock);
	pthread_mutex_unlock(&c->lock);
	for (size_t i = 0; i < p->ndepartures; i++) {
		const struct departure *d = &p->departures[i];

		ports_tx(c->b->ports, d->port, d->time_ns, p->out.v + d->at, d->len);
	}
	c->written++;
}

static void
read_and_write(struct crew *c)
{
	uint64_t packets = 0;

	for (;;) {
		struct piece *p = &c->pieces[c->filled % c->npieces];

		if (c->filled - c->written == c->npieces)
			write_oldest(c); /* which is this one */
		if (!fill(c, p))
			break;
		packets += p->n;
		pthread_mutex_lock(&c->lock);
		p->stage = FILLED;
		c->filled++;
		pthread_cond_broadcast(&c->changed);
		pthread_mutex_unlock(&c->lock);
		progress_tick(c->b->progress, packets, c->b->s->soft.arrived);
	}
	pthread_mutex_lock(&c->lock);
	c->over = true;
	pthread_cond_broadcast(&c->changed);
	pthread_mutex_unlock(&c->lock);
	while (c->written < c->filled)
		write_oldest(c);
}

/* --- all of it --- */

static void
start_all(struct crew *c, struct hand *hands, uint32_t n)
{
	struct sw *sw = c->b->s->soft.sw;

	for (uint32_t i = 0; i < n; i++) {
		hands[i] = (struct hand){ .crew = c, .worker = sw_worker_open(sw, &hands[i], on_tx) };
		if (pthread_create(&hands[i].thread, NULL, work, &hands[i]))
			bug("no more threads");
	}
}

static void
finish_all(struct crew *c, struct hand *hands, uint32_t n)
{
	struct sw *workers[THREADS_MOST];

	for (uint32_t i = 0; i < n; i++) {
		pthread_join(hands[i].thread, NULL);
		workers[i] = hands[i].worker;
	}
	sw_workers_close(c->b->s->soft.sw, workers, n);
	for (uint32_t i = 0; i < c->npieces; i++) {
		free(c->pieces[i].in.v);
		free(c->pieces[i].out.v);
		free(c->pieces[i].departures);
	}
	free(c->pieces);
}

void
threads_drive(struct run_burst *b, uint32_t nthreads)
{
	struct hand hands[THREADS_MOST];
	struct crew c = { .b = b, .npieces = nthreads * PIECES };

	c.pieces = alloc(c.npieces, sizeof(*c.pieces));
	pthread_mutex_init(&c.lock, NULL);
	pthread_cond_init(&c.changed, NULL);
	start_all(&c, hands, nthreads);
	read_and_write(&c);
	finish_all(&c, hands, nthreads);
	pthread_cond_destroy(&c.changed);
	pthread_mutex_destroy(&c.lock);
}
