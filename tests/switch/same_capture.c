#include "same_capture.h"

#include <pcap/pcap.h>
#include <stdio.h>
#include <string.h>

#include "switch/pcap.h"

#define NS 1000000000u
#define BURST 32

struct both {
	struct sw_capture *ours;
	pcap_t *theirs;
	unsigned packets;
	char *err;
	size_t size;
};

static bool
differs(struct both *b, const char *what)
{
	snprintf(b->err, b->size, "after %u packets: %s", b->packets, what);
	return false;
}

/* Times that have no room are 0 (frame_time of pcap_file.c). */
static uint64_t
time_of(const struct pcap_pkthdr *h)
{
	uint64_t s = (uint64_t)h->ts.tv_sec, ns = (uint64_t)h->ts.tv_usec;

	return h->ts.tv_sec < 0 || s > UINT64_MAX / NS / 2 || ns >= NS ? 0 : s * NS + ns;
}

static bool
same_packet(struct both *b, const struct sw_frame *f)
{
	struct pcap_pkthdr *h;
	const u_char *data;

	if (pcap_next_ex(b->theirs, &h, &data) != 1)
		return differs(b, "libpcap has no more");
	if (f->time_ns != time_of(h))
		return differs(b, "times");
	if (f->len != h->caplen || f->wire != (h->len > h->caplen ? h->len : h->caplen))
		return differs(b, "lengths");
	if (f->len && memcmp(f->data, data, f->len) != 0)
		return differs(b, "bytes");
	b->packets++;
	return true;
}

static bool
same_end(struct both *b)
{
	const char *damage = sw_capture_damage(b->ours, 0);
	struct pcap_pkthdr *h;
	const u_char *data;
	int r = pcap_next_ex(b->theirs, &h, &data);

	if (r == 1)
		return differs(b, "libpcap has more");
	if ((r == PCAP_ERROR_BREAK) != (damage == NULL))
		return differs(b, damage ? damage : pcap_geterr(b->theirs));
	return !damage || strstr(damage, pcap_geterr(b->theirs)) || differs(b, damage);
}

static bool
same_packets(struct both *b)
{
	struct sw_frame f[BURST];
	uint32_t n;

	while ((n = sw_capture_next_of(b->ours, f, BURST)) > 0)
		for (uint32_t i = 0; i < n; i++)
			if (!same_packet(b, &f[i]))
				return false;
	return same_end(b);
}

bool
same_capture(const char *path, char *reterr, size_t size)
{
	char why[PCAP_ERRBUF_SIZE];
	struct both b = { .err = reterr, .size = size };
	bool same;

	b.ours = sw_capture_open(&path, 1, false, reterr, size);
	b.theirs = pcap_open_offline_with_tstamp_precision(path, PCAP_TSTAMP_PRECISION_NANO, why);
	if (b.theirs && pcap_datalink(b.theirs) != DLT_EN10MB) {
		pcap_close(b.theirs);
		b.theirs = NULL;
	}
	same = b.ours && b.theirs ? same_packets(&b) :
				    !b.ours == !b.theirs || differs(&b, b.ours ? "libpcap can't open it" : "libpcap can open it");
	if (b.theirs)
		pcap_close(b.theirs);
	sw_capture_close(b.ours);
	return same;
}
