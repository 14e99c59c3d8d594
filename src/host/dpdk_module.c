/* dpdk_module.c - ports through DPDK's poll mode drivers, built as a module of its own (dpdk.c loads it). A port is named as DPDK names devices: an address on
 * a bus (0000:03:00.0, bound to vfio-pci), or a virtual one with its arguments (net_af_packet0,iface=eth0).
 *
 * Nothing tells when frames have arrived: whoever has such a port looks always. One queue each way. A port's frames lie in its own pool, in huge pages where
 * there are any. DPDK's environment is made with the first port and stays as long as the process. */
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <rte_dev.h>
#include <rte_eal.h>
#include <rte_errno.h>
#include <rte_ethdev.h>
#include <rte_mbuf.h>

#include "base/clock.h"
#include "host/driver.h"
#include "packetscope/program.h"

#define WORDS 32     /* of the environment's command line */
#define MEMORY "512" /* MB without huge pages: address space, used as it is needed */
#define FRAMES 4095  /* of a port's pool */
#define CACHED 256   /* of them, taken without asking the pool */
#define RING 512
#define LONGEST 9216 /* bytes of a frame, where a device takes so many */
#define SPARE 64     /* bytes for its headers and tags */
#define OUT 32
#define BUSY_NS 1000000 /* how long an interface may hold up the others */

struct dpdk {
	uint16_t id;
	struct rte_mempool *pool;
	struct host_counts counts;
	struct rte_mbuf *held[HOST_BURST]; /* frames of the last burst, which are in use until the next */
	unsigned int nheld;
	struct rte_mbuf *out[OUT];
	uint16_t nout;
};

/* --- DPDK's environment --- */

static bool
has_huge_pages(void)
{
	static const char *const sizes[] = { "/sys/kernel/mm/hugepages/hugepages-2048kB/free_hugepages",
					     "/sys/kernel/mm/hugepages/hugepages-1048576kB/free_hugepages" };
	unsigned long n = 0, sum = 0;

	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		FILE *f = fopen(sizes[i], "re");

		if (f && fscanf(f, "%lu", &n) == 1)
			sum += n;
		if (f)
			fclose(f);
	}
	return sum > 0;
}

static int
first_processor(const cpu_set_t *set)
{
	for (int i = 0; i < CPU_SETSIZE; i++)
		if (CPU_ISSET(i, set))
			return i;
	return 0;
}

/* What the user gives, else what disturbs nobody: no files, no devices but those asked for (none has that address), messages only of errors. */
static char *
command_line(const cpu_set_t *may)
{
	const char *given = getenv("PACKETSCOPE_EAL");
	char *ret;
	int n;

	if (given)
		n = asprintf(&ret, "packetscope %s", given);
	else
		n = asprintf(&ret, "packetscope --no-telemetry --log-level=error -a 00:00.0 -l %d %s", first_processor(may),
			     has_huge_pages() ? "--in-memory" : "--no-shconf --no-huge -m " MEMORY);
	return n < 0 ? NULL : ret;
}

static int
words_of(char *line, char *ret[WORDS + 1])
{
	int n = 0;

	for (char *rest = line, *word; n < WORDS && (word = strtok_r(rest, " \t", &rest));)
		ret[n++] = word;
	ret[n] = NULL;
	return n;
}

/* The thread goes on wherever it might run before: DPDK would nail it to a processor. */
static bool
start_environment(char *reterr, size_t size)
{
	char *words[WORDS + 1], *line;
	cpu_set_t may;
	int e;

	if (rte_lcore_count() > 0)
		return true; /* it is there */
	CPU_ZERO(&may);
	pthread_getaffinity_np(pthread_self(), sizeof(may), &may);
	line = command_line(&may);
	e = !line ? ENOMEM : rte_eal_init(words_of(line, words), words) < 0 ? rte_errno : 0;
	pthread_setaffinity_np(pthread_self(), sizeof(may), &may);
	free(line);
	if (!e)
		return true;
	snprintf(reterr, size, "dpdk: its environment can't be made: %s", rte_strerror(e));
	return false;
}

/* --- a device --- */

static int
find(struct dpdk *d, const char *device)
{
	char name[RTE_ETH_NAME_MAX_LEN];
	size_t n = strcspn(device, ",");

	if (n >= sizeof(name))
		return -ENAMETOOLONG;
	memcpy(name, device, n);
	name[n] = 0;
	if (rte_eth_dev_get_port_by_name(name, &d->id) == 0)
		return rte_eth_dev_is_valid_port(d->id) ? -EBUSY : -ENODEV;
	if (rte_dev_probe(device))
		return -ENODEV;
	return rte_eth_dev_get_port_by_name(name, &d->id);
}

/* Frames as long as the device takes. */
static uint32_t
mtu_of(const struct rte_eth_dev_info *info)
{
	uint32_t frame = RTE_ETHER_HDR_LEN + RTE_ETHER_CRC_LEN, mtu = LONGEST;

	mtu = mtu < info->max_mtu ? mtu : info->max_mtu;
	return mtu + frame < info->max_rx_pktlen ? mtu : info->max_rx_pktlen - frame;
}

static int
set_up_queues(struct dpdk *d)
{
	unsigned int node = (unsigned int)rte_eth_dev_socket_id(d->id);
	uint16_t in = RING, out = RING;
	int e = rte_eth_dev_adjust_nb_rx_tx_desc(d->id, &in, &out);

	if (!e)
		e = rte_eth_rx_queue_setup(d->id, 0, in, node, NULL, d->pool);
	return e ? e : rte_eth_tx_queue_setup(d->id, 0, out, node, NULL);
}

static int
set_up(struct dpdk *d)
{
	struct rte_eth_dev_info info;
	struct rte_eth_conf conf = { .rxmode = { .mq_mode = RTE_ETH_MQ_RX_NONE } };
	char name[32];
	int e = rte_eth_dev_info_get(d->id, &info);

	if (e)
		return e;
	conf.rxmode.mtu = mtu_of(&info);
	snprintf(name, sizeof(name), "packetscope-%u", (unsigned int)d->id);
	d->pool = rte_pktmbuf_pool_create(name, FRAMES, CACHED, 0, RTE_PKTMBUF_HEADROOM + LONGEST + SPARE, SOCKET_ID_ANY);
	if (!d->pool)
		return -rte_errno;
	if ((e = rte_eth_dev_configure(d->id, 1, 1, &conf)) || (e = set_up_queues(d)) || (e = rte_eth_dev_start(d->id)))
		return e;
	rte_eth_promiscuous_enable(d->id); /* a device that can't takes in everything, or what it may */
	return 0;
}

static void
dpdk_close(void *self)
{
	struct dpdk *d = self;

	rte_pktmbuf_free_bulk(d->held, d->nheld);
	rte_pktmbuf_free_bulk(d->out, d->nout);
	rte_eth_dev_stop(d->id);
	rte_eth_dev_close(d->id);
	rte_mempool_free(d->pool);
	free(d);
}

static void *
dpdk_open(const char *device, char *reterr, size_t size)
{
	struct dpdk *d;
	int e;

	if (!start_environment(reterr, size))
		return NULL;
	d = calloc(1, sizeof(*d));
	e = d ? find(d, device) : -ENOMEM;
	if (e) {
		snprintf(reterr, size, "dpdk:%s: %s", device, e == -ENODEV ? "DPDK knows no such device, or none that it could open" : rte_strerror(-e));
		free(d);
		return NULL;
	}
	e = set_up(d);
	if (!e)
		return d;
	snprintf(reterr, size, "dpdk:%s: %s", device, rte_strerror(-e));
	dpdk_close(d);
	return NULL;
}

/* Nobody tells when frames arrive. */
static int
dpdk_fd(const void *self)
{
	(void)self;
	return -1;
}

/* --- in --- */

/* In one piece, and with the tag that a driver has taken out. */
static bool
take(struct rte_mbuf **m, struct host_frame *ret)
{
	if ((*m)->ol_flags & RTE_MBUF_F_RX_VLAN_STRIPPED && rte_vlan_insert(m))
		return false;
	if (rte_pktmbuf_pkt_len(*m) > PS_MAX_PACKET || rte_pktmbuf_linearize(*m))
		return false;
	*ret = (struct host_frame){ rte_pktmbuf_mtod(*m, const uint8_t *), rte_pktmbuf_pkt_len(*m) };
	return true;
}

static uint32_t
dpdk_receive(void *self, struct host_frame ret[HOST_BURST])
{
	struct dpdk *d = self;
	struct rte_mbuf *got[HOST_BURST];
	uint16_t n;

	rte_pktmbuf_free_bulk(d->held, d->nheld);
	d->nheld = 0;
	n = rte_eth_rx_burst(d->id, 0, got, HOST_BURST);
	for (uint16_t i = 0; i < n; i++) {
		if (!take(&got[i], &ret[d->nheld])) {
			d->counts.unusable++;
			rte_pktmbuf_free(got[i]);
			continue;
		}
		d->counts.bytes_in += ret[d->nheld].len;
		d->held[d->nheld++] = got[i];
	}
	d->counts.received += d->nheld;
	return d->nheld;
}

/* --- out --- */

static void
dpdk_flush(void *self)
{
	struct dpdk *d = self;
	uint64_t end = d->nout ? clock_now() + BUSY_NS : 0;
	uint16_t at = 0;

	while (at < d->nout) {
		uint16_t n = rte_eth_tx_burst(d->id, 0, d->out + at, (uint16_t)(d->nout - at));

		at = (uint16_t)(at + n);
		if (!n && clock_now() > end)
			break;
	}
	d->counts.sent += at;
	d->counts.busy += (uint64_t)(d->nout - at);
	for (uint16_t i = at; i < d->nout; i++)
		d->counts.bytes_out -= rte_pktmbuf_pkt_len(d->out[i]);
	rte_pktmbuf_free_bulk(d->out + at, (unsigned int)(d->nout - at));
	d->nout = 0;
}

static void
dpdk_send(void *self, const uint8_t *data, uint32_t len)
{
	struct dpdk *d = self;
	struct rte_mbuf *m;
	char *at;

	if (d->nout == OUT)
		dpdk_flush(d);
	m = rte_pktmbuf_alloc(d->pool);
	if (!m) {
		d->counts.busy++;
		return;
	}
	at = len <= LONGEST + SPARE ? rte_pktmbuf_append(m, (uint16_t)len) : NULL;
	if (!at) {
		d->counts.too_long++;
		rte_pktmbuf_free(m);
		return;
	}
	memcpy(at, data, len);
	d->counts.bytes_out += len;
	d->out[d->nout++] = m;
}

static void
dpdk_counts(void *self, struct host_counts *ret)
{
	const struct dpdk *d = self;
	struct rte_eth_stats s;

	*ret = d->counts;
	if (rte_eth_stats_get(d->id, &s))
		return;
	ret->missed += s.imissed + s.rx_nombuf;
	ret->unusable += s.ierrors;
	ret->failed += s.oerrors;
}

const struct host_driver host_dpdk_driver = {
	.open = dpdk_open,
	.close = dpdk_close,
	.fd = dpdk_fd,
	.receive = dpdk_receive,
	.send = dpdk_send,
	.flush = dpdk_flush,
	.counts = dpdk_counts,
};
