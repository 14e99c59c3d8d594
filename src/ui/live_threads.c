#include "ui/live_threads.h"

#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/diag.h"
#include "switch/worker.h"
#include "ui/live.h"

struct lane {
	struct live_threads *all;
	struct sw *worker;
	struct host_port **ports; /* by number: the live's, or our own */
	uint64_t nowhere[SW_PORTS];
	pthread_t thread;
	int wake; /* an event: look at what is wanted */
};

struct live_threads {
	struct live *live;
	struct lane *lanes;
	struct sw **workers;
	uint32_t n;
	pthread_mutex_t lock;
	pthread_cond_t changed;
	/* below the lock */
	uint32_t still; /* so many threads stand still */
	bool hold, over;
};

/* --- a thread --- */

static void
on_tx(void *user, uint32_t port, uint64_t time_ns, const uint8_t *data, uint32_t len)
{
	struct lane *lane = user;

	(void)time_ns;
	if (port < SW_PORTS && lane->ports[port])
		host_send(lane->ports[port], data, len);
	else
		lane->nowhere[port % SW_PORTS]++;
}

static void
forward(struct lane *lane, const struct pollfd *fds)
{
	const struct live *l = lane->all->live;
	struct sw_arrival a[HOST_BURST];

	for (uint32_t i = 0; i < l->nports; i++)
		if (fds[i].revents)
			sw_receive_burst(lane->worker, a, live_fetch(l, lane->ports[l->list[i]], l->list[i], a));
	for (uint32_t i = 0; i < l->nports; i++)
		host_flush(lane->ports[l->list[i]]);
}

/* Stands still as long as that is wanted. False: it is over. */
static bool
obey(struct lane *lane)
{
	struct live_threads *t = lane->all;
	uint64_t times;
	bool over;

	if (read(lane->wake, &times, sizeof(times)) < 0)
		return true;
	pthread_mutex_lock(&t->lock);
	t->still++;
	pthread_cond_broadcast(&t->changed);
	while (t->hold && !t->over)
		pthread_cond_wait(&t->changed, &t->lock);
	t->still--;
	pthread_cond_broadcast(&t->changed);
	over = t->over;
	pthread_mutex_unlock(&t->lock);
	return !over;
}

static void *
run(void *user)
{
	struct lane *lane = user;
	const struct live *l = lane->all->live;
	struct pollfd fds[SW_PORTS + 1];

	for (uint32_t i = 0; i < l->nports; i++)
		fds[i] = (struct pollfd){ .fd = host_fd(lane->ports[l->list[i]]), .events = POLLIN };
	fds[l->nports] = (struct pollfd){ .fd = lane->wake, .events = POLLIN };
	for (;;) {
		if (poll(fds, l->nports + 1, -1) < 0)
			continue;
		forward(lane, fds);
		if (fds[l->nports].revents && !obey(lane))
			return NULL;
	}
}

/* --- from outside --- */

static void
wake_all(struct live_threads *t)
{
	static const uint64_t one = 1;

	for (uint32_t i = 0; i < t->n; i++)
		if (write(t->lanes[i].wake, &one, sizeof(one)) < 0)
			bug("an event that can't be written");
}

static void
wait_for(struct live_threads *t, uint32_t still)
{
	while (t->still != still)
		pthread_cond_wait(&t->changed, &t->lock);
}

void
live_threads_hold(struct live_threads *t)
{
	pthread_mutex_lock(&t->lock);
	t->hold = true;
	wake_all(t);
	wait_for(t, t->n);
	pthread_mutex_unlock(&t->lock);
	sw_workers_gather(t->live->s.soft.sw, t->workers, t->n);
}

void
live_threads_go_on(struct live_threads *t)
{
	pthread_mutex_lock(&t->lock);
	t->hold = false;
	pthread_cond_broadcast(&t->changed);
	wait_for(t, 0);
	pthread_mutex_unlock(&t->lock);
}

static bool
open_ports(struct lane *lane)
{
	struct live *l = lane->all->live;
	char why[512];

	for (uint32_t i = 0; i < l->nports; i++) {
		uint32_t port = l->list[i];

		lane->ports[port] = host_share(l->ports[port], why, sizeof(why));
		if (lane->ports[port])
			continue;
		fprintf(stderr, "packetscope switch: %s\n", why);
		return false;
	}
	return true;
}

static void
make_lane(struct live_threads *t, uint32_t i)
{
	struct lane *lane = &t->lanes[i];

	lane->all = t;
	lane->ports = i ? alloc(SW_PORTS, sizeof(struct host_port *)) : t->live->ports;
	lane->worker = t->workers[i] = sw_worker_open(t->live->s.soft.sw, lane, on_tx);
	lane->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (lane->wake < 0)
		bug("no more events");
}

struct live_threads *
live_threads_start(struct live *l, uint32_t n)
{
	struct live_threads *t = alloc(1, sizeof(*t));

	*t = (struct live_threads){ .live = l, .n = n, .lanes = alloc(n, sizeof(struct lane)), .workers = alloc(n, sizeof(struct sw *)) };
	pthread_mutex_init(&t->lock, NULL);
	pthread_cond_init(&t->changed, NULL);
	for (uint32_t i = 0; i < n; i++)
		make_lane(t, i);
	for (uint32_t i = 1; i < n; i++)
		if (!open_ports(&t->lanes[i])) {
			sw_workers_close(l->s.soft.sw, t->workers, n);
			live_threads_free(t);
			return NULL;
		}
	for (uint32_t i = 0; i < n; i++)
		if (pthread_create(&t->lanes[i].thread, NULL, run, &t->lanes[i]))
			bug("no more threads");
	return t;
}

void
live_threads_stop(struct live_threads *t)
{
	pthread_mutex_lock(&t->lock);
	t->over = true;
	wake_all(t);
	pthread_mutex_unlock(&t->lock);
	for (uint32_t i = 0; i < t->n; i++)
		pthread_join(t->lanes[i].thread, NULL);
	sw_workers_close(t->live->s.soft.sw, t->workers, t->n);
}

void
live_threads_free(struct live_threads *t)
{
	for (uint32_t i = 0; t && i < t->n; i++) {
		close(t->lanes[i].wake);
		if (i == 0)
			continue; /* its ports are the live's */
		for (uint32_t k = 0; k < SW_PORTS; k++)
			host_close(t->lanes[i].ports[k]);
		free(t->lanes[i].ports);
	}
	if (t) {
		free(t->lanes);
		free(t->workers);
	}
	free(t);
}

void
live_threads_counts(const struct live_threads *t, uint32_t port, struct host_counts *ret, uint64_t *retnowhere)
{
	for (uint32_t i = 0; i < t->n; i++) {
		struct host_counts n = { 0 };

		*retnowhere += t->lanes[i].nowhere[port];
		if (i == 0 || !t->lanes[i].ports[port])
			continue;
		host_counts(t->lanes[i].ports[port], &n);
		ret->received += n.received;
		ret->sent += n.sent;
		ret->bytes_in += n.bytes_in;
		ret->bytes_out += n.bytes_out;
		ret->missed += n.missed;
		ret->unusable += n.unusable;
		ret->busy += n.busy;
		ret->too_long += n.too_long;
		ret->failed += n.failed;
	}
}
