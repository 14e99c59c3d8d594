#include "switch/pcap_file.h"

#include <errno.h>
#include <fcntl.h>
#include <pcap/pcap.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "switch/memory.h"

#define NS 1000000000u
#define SNAPLEN_MOST 262144u /* libpcap's, for Ethernet */
#define PIECE ((size_t)1 << 20) /* more than a packet with its header */
#define BITE ((size_t)128 << 10) /* read at once: packets are still in the cache when they are looked at */

struct file_header {
	uint32_t magic;
	uint16_t major, minor;
	int32_t zone;
	uint32_t accuracy, snaplen, link;
};

struct record {
	uint32_t s, fraction, len, wire;
};

/* --- libpcap --- */

static void
set_damage(struct sw_capture_file *f, const char *what)
{
	size_t size = strlen(f->path) + strlen(what) + 80;

	f->damage = alloc(size, 1);
	snprintf(f->damage, size, "%s: damaged after packet %llu: %s", f->path, (unsigned long long)f->packets, what);
}

/* Times of damaged headers can be anything; those that don't fit 64 bits of nanoseconds count as 0. */
static uint64_t
frame_time(const struct pcap_pkthdr *h)
{
	uint64_t s = (uint64_t)h->ts.tv_sec, ns = (uint64_t)h->ts.tv_usec;

	if (h->ts.tv_sec < 0 || s > UINT64_MAX / NS / 2 || ns >= NS)
		return 0;
	return s * NS + ns;
}

static void
take(struct sw_capture_file *f, uint64_t time_ns, uint32_t len, uint32_t wire, const uint8_t *data)
{
	f->next.time_ns = time_ns;
	f->next.len = len;
	f->next.wire = wire > len ? wire : len;
	f->next.data = data;
	f->has_next = true;
	f->packets++;
	f->cut += wire > len;
	f->backward += time_ns < f->last;
	f->last = time_ns;
}

/* libpcap's packet is good until its next one only. */
static const uint8_t *
keep(struct sw_capture_file *f, const uint8_t *data, uint32_t len)
{
	uint8_t *to;

	if (len > f->room - f->at) { /* a single packet: others wait when there is no room */
		f->room = len;
		free(f->bytes);
		f->bytes = alloc(len, 1);
		f->at = 0;
	}
	to = f->bytes + f->at;
	if (len)
		memcpy(to, data, len);
	f->at += len;
	return to;
}

static void
read_slowly(struct sw_capture_file *f)
{
	struct pcap_pkthdr *h;
	const u_char *data;
	int r = pcap_next_ex(f->pcap, &h, &data);

	if (r == 1) {
		take(f, frame_time(h), h->caplen, h->len, keep(f, data, h->caplen));
		return;
	}
	if (r != PCAP_ERROR_BREAK)
		set_damage(f, pcap_geterr(f->pcap));
	pcap_close(f->pcap);
	f->pcap = NULL;
}

static bool
open_slowly(struct sw_capture_file *f, char *reterr, size_t size)
{
	char why[PCAP_ERRBUF_SIZE];
	int link;

	f->pcap = pcap_open_offline_with_tstamp_precision(f->path, PCAP_TSTAMP_PRECISION_NANO, why);
	if (!f->pcap) {
		/* libpcap names the file in some of its texts only. */
		snprintf(reterr, size, "%s%s%s", strncmp(why, f->path, strlen(f->path)) ? f->path : "",
			strncmp(why, f->path, strlen(f->path)) ? ": " : "", why);
		return false;
	}
	link = pcap_datalink(f->pcap);
	if (link == DLT_EN10MB)
		return true;
	snprintf(reterr, size, "%s: its link type is %s (%s), only Ethernet can be read", f->path,
		pcap_datalink_val_to_name(link) ? pcap_datalink_val_to_name(link) : "unknown",
		pcap_datalink_val_to_description(link) ? pcap_datalink_val_to_description(link) : "no description");
	return false;
}

/* --- directly --- */

static bool
is_plain(const struct file_header *h)
{
	return (h->magic == 0xa1b2c3d4 || h->magic == 0xa1b23c4d) && h->major == 2 && h->minor == 4 && h->link == DLT_EN10MB &&
	       h->snaplen > 0 && h->snaplen <= SNAPLEN_MOST;
}

static void
make_room(struct sw_capture_file *f)
{
	f->room = PIECE;
	f->bytes = alloc(f->room, 1);
}

/* More of the file, behind what is left. */
static bool
refill(struct sw_capture_file *f)
{
	ssize_t n;

	memmove(f->bytes, f->bytes + f->at, f->end - f->at);
	f->end -= f->at;
	f->at = 0;
	do
		n = read(f->fd, f->bytes + f->end, f->room - f->end < BITE ? f->room - f->end : BITE);
	while (n < 0 && errno == EINTR);
	f->end += n > 0 ? (size_t)n : 0;
	return n > 0;
}

/* The file's start; f->at is behind its header then. */
static bool
begins_well(struct sw_capture_file *f)
{
	struct file_header h;

	if (!refill(f) || f->end < sizeof(h))
		return false;
	f->is_ng = sw_pcapng_open(&f->ng, f->bytes, f->end, &f->at);
	if (f->is_ng)
		return true;
	memcpy(&h, f->bytes, sizeof(h));
	f->unit = h.magic == 0xa1b23c4d ? 1 : 1000;
	f->snaplen = h.snaplen;
	f->at = sizeof(h);
	return is_plain(&h);
}

static bool
open_directly(struct sw_capture_file *f)
{
	struct stat st;

	f->fd = strcmp(f->path, "-") ? open(f->path, O_RDONLY | O_CLOEXEC) : -1;
	if (f->fd >= 0 && !fstat(f->fd, &st) && S_ISREG(st.st_mode) && begins_well(f))
		return true;
	if (f->fd >= 0)
		close(f->fd);
	f->fd = -1;
	f->at = f->end = 0;
	return false;
}

/* Something is odd: libpcap goes on from the packet behind those that were read, and says what it is. */
static void
give_up(struct sw_capture_file *f)
{
	char why[512];
	struct pcap_pkthdr *h;
	const u_char *data;

	close(f->fd);
	f->fd = -1;
	f->at = 0;
	if (!open_slowly(f, why, sizeof(why))) {
		set_damage(f, why);
		return;
	}
	for (uint64_t i = 0; i < f->packets; i++)
		if (pcap_next_ex(f->pcap, &h, &data) != 1)
			break;
	read_slowly(f);
}

static void
end_directly(struct sw_capture_file *f)
{
	close(f->fd);
	f->fd = -1;
}

static enum sw_seen
look_plain(const struct sw_capture_file *f, const uint8_t *bytes, size_t n, struct sw_record *ret)
{
	struct record r;

	if (n < sizeof(r))
		return SW_SEEN_PART;
	memcpy(&r, bytes, sizeof(r));
	if (r.len > f->snaplen || r.s > INT32_MAX || r.fraction >= NS / f->unit)
		return SW_SEEN_ODD;
	*ret = (struct sw_record){ r.s * (uint64_t)NS + r.fraction * f->unit, r.len, r.wire, sizeof(r), sizeof(r) + r.len };
	return n < ret->size ? SW_SEEN_PART : SW_SEEN_PACKET;
}

/* Goes to the next packet among the bytes that are there, and takes it. */
static enum sw_seen
step(struct sw_capture_file *f)
{
	struct sw_record r;
	enum sw_seen seen;

	do {
		const uint8_t *bytes = f->bytes + f->at;
		size_t n = f->end - f->at;

		seen = f->is_ng ? sw_pcapng_look(&f->ng, bytes, n, &r) : look_plain(f, bytes, n, &r);
		if (seen == SW_SEEN_PACKET)
			take(f, r.time_ns, r.len, r.wire, bytes + r.at);
		if (seen == SW_SEEN_PACKET || seen == SW_SEEN_OTHER)
			f->at += r.size;
	} while (seen == SW_SEEN_OTHER);
	return seen;
}

/* What comes next, more of the file or libpcap's packets, goes where those handed out are. */
static void
read_directly(struct sw_capture_file *f)
{
	f->waits = step(f) != SW_SEEN_PACKET;
}

/* Nothing is in use: the place to read on, or to give up. */
static void
go_on_directly(struct sw_capture_file *f)
{
	enum sw_seen seen;

	while ((seen = step(f)) == SW_SEEN_PART && refill(f))
		;
	if (seen == SW_SEEN_PACKET)
		return;
	if (seen == SW_SEEN_PART && f->end == f->at)
		end_directly(f);
	else
		give_up(f);
}

/* --- both --- */

void
sw_capture_file_read(struct sw_capture_file *f)
{
	f->has_next = false;
	if (f->fd >= 0)
		read_directly(f);
	else if (f->pcap && f->room - f->at < SNAPLEN_MOST)
		f->waits = true;
	else if (f->pcap)
		read_slowly(f);
}

void
sw_capture_file_go_on(struct sw_capture_file *f)
{
	if (!f->waits)
		return;
	f->waits = false;
	if (f->fd >= 0) {
		go_on_directly(f);
		return;
	}
	f->at = 0;
	if (f->pcap)
		read_slowly(f);
}

bool
sw_capture_file_open(struct sw_capture_file *f, const char *path, uint32_t index, char *reterr, size_t size)
{
	struct stat st;

	f->path = sw_dup(path, strlen(path) + 1);
	f->fd = -1;
	f->next.file = index;
	if (strcmp(path, "-") && !stat(path, &st) && S_ISDIR(st.st_mode)) {
		snprintf(reterr, size, "%s: is a folder", path);
		return false;
	}
	make_room(f);
	if (!open_directly(f) && !open_slowly(f, reterr, size))
		return false;
	sw_capture_file_read(f);
	sw_capture_file_go_on(f);
	return true;
}

void
sw_capture_file_close(struct sw_capture_file *f)
{
	if (f->pcap)
		pcap_close(f->pcap);
	if (f->path && f->fd >= 0)
		close(f->fd);
	free((void *)(uintptr_t)f->path);
	free(f->damage);
	free(f->bytes);
}
