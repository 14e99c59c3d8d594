#include "switch/pcap.h"

#include <errno.h>
#include <pcap/pcap.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "switch/memory.h"
#include "base/outfile.h"

#define NS 1000000000u

struct input {
	const char *path; /* the caller's text, copied */
	pcap_t *pcap;	  /* NULL: at its end */
	struct sw_frame next;
	bool has_next;
	uint64_t packets, cut, backward, last;
	char *damage;
};

/* In memory: frames in merged order, bytes in blocks. */
struct block {
	struct block *next;
	size_t used, size;
	uint8_t bytes[];
};
#define BLOCK ((size_t)8 << 20)

struct sw_capture {
	struct input *inputs;
	uint32_t n;
	uint64_t first, bytes;
	uint64_t handed_out;
	bool in_memory;
	struct block *blocks;
	struct sw_frame *frames;
	uint64_t nframes, cap, at;
};

/* --- one file --- */

static void
set_damage(struct input *in, const char *what)
{
	size_t size = strlen(in->path) + strlen(what) + 80;

	in->damage = sw_alloc(size, 1);
	snprintf(in->damage, size, "%s: damaged after packet %llu: %s", in->path,
		(unsigned long long)in->packets, what);
}

static void
input_end(struct input *in)
{
	pcap_close(in->pcap);
	in->pcap = NULL;
	in->has_next = false;
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
input_read(struct input *in)
{
	struct pcap_pkthdr *h;
	const u_char *data;
	int r;

	if (!in->pcap)
		return;
	r = pcap_next_ex(in->pcap, &h, &data);
	if (r != 1) {
		if (r != PCAP_ERROR_BREAK)
			set_damage(in, pcap_geterr(in->pcap));
		input_end(in);
		return;
	}
	in->next.time_ns = frame_time(h);
	in->next.len = h->caplen;
	in->next.wire = h->len > h->caplen ? h->len : h->caplen;
	in->next.data = data;
	in->has_next = true;
	in->packets++;
	in->cut += h->len > h->caplen;
	in->backward += in->next.time_ns < in->last;
	in->last = in->next.time_ns;
}

static bool
input_open(struct input *in, const char *path, uint32_t index, char *reterr, size_t size)
{
	char why[PCAP_ERRBUF_SIZE];
	struct stat st;
	int link;

	in->path = sw_dup(path, strlen(path) + 1);
	in->next.file = index;
	if (strcmp(path, "-") && !stat(path, &st) && S_ISDIR(st.st_mode)) {
		snprintf(reterr, size, "%s: is a folder", path);
		return false;
	}
	in->pcap = pcap_open_offline_with_tstamp_precision(path, PCAP_TSTAMP_PRECISION_NANO, why);
	if (!in->pcap) {
		/* libpcap names the file in some of its texts only. */
		snprintf(reterr, size, "%s%s%s", strncmp(why, path, strlen(path)) ? path : "",
			strncmp(why, path, strlen(path)) ? ": " : "", why);
		return false;
	}
	link = pcap_datalink(in->pcap);
	if (link != DLT_EN10MB) {
		const char *name = pcap_datalink_val_to_name(link);
		const char *text = pcap_datalink_val_to_description(link);

		snprintf(reterr, size, "%s: its link type is %s (%s), only Ethernet can be read", path,
			name ? name : "unknown", text ? text : "no description");
		return false;
	}
	input_read(in);
	return true;
}

/* --- merging --- */

/* The file whose next packet is the oldest; of equals the first. */
static struct input *
oldest(const struct sw_capture *c)
{
	struct input *best = NULL;

	for (uint32_t i = 0; i < c->n; i++) {
		struct input *in = &c->inputs[i];

		if (in->has_next && (!best || in->next.time_ns < best->next.time_ns))
			best = in;
	}
	return best;
}

static uint8_t *
keep_bytes(struct sw_capture *c, const uint8_t *data, size_t n)
{
	uint8_t *to;

	if (!c->blocks || c->blocks->size - c->blocks->used < n) {
		size_t size = n > BLOCK ? n : BLOCK;
		struct block *b = sw_alloc(1, sizeof(*b) + size);

		b->size = size;
		b->next = c->blocks;
		c->blocks = b;
	}
	to = c->blocks->bytes + c->blocks->used;
	memcpy(to, data, n);
	c->blocks->used += n;
	return to;
}

static void
load_all(struct sw_capture *c)
{
	struct input *in;

	while ((in = oldest(c))) {
		if (c->nframes == c->cap) {
			uint64_t cap = c->cap ? c->cap * 2 : 4096;

			c->frames = sw_grow(c->frames, c->cap, cap, sizeof(*c->frames));
			c->cap = cap;
		}
		c->frames[c->nframes] = in->next;
		c->frames[c->nframes++].data = keep_bytes(c, in->next.data, in->next.len);
		c->bytes += in->next.len;
		input_read(in);
	}
}

struct sw_capture *
sw_capture_open(const char *const *paths, uint32_t n, bool in_memory, char *reterr, size_t size)
{
	struct sw_capture *c = sw_alloc(1, sizeof(*c));
	const struct input *first;

	c->inputs = sw_alloc(n, sizeof(*c->inputs));
	c->n = n;
	c->in_memory = in_memory;
	for (uint32_t i = 0; i < n; i++)
		if (!input_open(&c->inputs[i], paths[i], i, reterr, size)) {
			sw_capture_close(c);
			return NULL;
		}
	first = oldest(c);
	c->first = first ? first->next.time_ns : 0;
	if (in_memory)
		load_all(c);
	return c;
}

void
sw_capture_close(struct sw_capture *c)
{
	if (!c)
		return;
	for (uint32_t i = 0; i < c->n; i++) {
		if (c->inputs[i].pcap)
			pcap_close(c->inputs[i].pcap);
		free((void *)(uintptr_t)c->inputs[i].path);
		free(c->inputs[i].damage);
	}
	while (c->blocks) {
		struct block *next = c->blocks->next;

		free(c->blocks);
		c->blocks = next;
	}
	free(c->frames);
	free(c->inputs);
	free(c);
}

bool
sw_capture_next(struct sw_capture *c, struct sw_frame *ret)
{
	struct input *in;

	if (c->in_memory) {
		if (c->at == c->nframes)
			return false;
		*ret = c->frames[c->at++];
		return true;
	}
	/* The packet handed out last is still its file's `next`: its bytes had to stay. */
	if (c->handed_out)
		input_read(&c->inputs[c->handed_out - 1]);
	in = oldest(c);
	c->handed_out = in ? (uint64_t)(in - c->inputs) + 1 : 0;
	if (!in)
		return false;
	c->bytes += in->next.len;
	*ret = in->next;
	return true;
}

void
sw_capture_rewind(struct sw_capture *c)
{
	c->at = 0;
}

uint64_t
sw_capture_first_ns(const struct sw_capture *c)
{
	return c->first;
}

uint64_t
sw_capture_start_ns(const struct sw_capture *c)
{
	return c->first - c->first % NS;
}

void
sw_capture_counts(const struct sw_capture *c, struct sw_capture_counts *ret)
{
	*ret = (struct sw_capture_counts){ .bytes = c->bytes };
	for (uint32_t i = 0; i < c->n; i++) {
		ret->packets += c->inputs[i].packets;
		ret->cut += c->inputs[i].cut;
		ret->backward += c->inputs[i].backward;
		ret->damaged |= c->inputs[i].damage != NULL;
	}
}

const char *
sw_capture_damage(const struct sw_capture *c, uint32_t i)
{
	return i < c->n ? c->inputs[i].damage : NULL;
}

/* --- writing --- */

struct sw_writer {
	struct outfile out;
};

struct file_header {
	uint32_t magic;
	uint16_t major, minor;
	int32_t zone;
	uint32_t accuracy, snaplen, link;
};

struct record_header {
	uint32_t s, ns, len, wire;
};

struct sw_writer *
sw_writer_open(const char *path)
{
	const struct file_header h = {
		.magic = 0xa1b23c4d, .major = 2, .minor = 4, .snaplen = 262144, .link = 1,
	};
	struct sw_writer *w = sw_alloc(1, sizeof(*w));
	int err = outfile_open(&w->out, path);

	if (err) {
		free(w);
		errno = -err;
		return NULL;
	}
	fwrite(&h, sizeof(h), 1, w->out.out);
	return w;
}

void
sw_writer_put(struct sw_writer *w, uint64_t time_ns, const uint8_t *data, uint32_t len, uint32_t wire)
{
	const struct record_header h = {
		.s = (uint32_t)(time_ns / NS), .ns = (uint32_t)(time_ns % NS), .len = len, .wire = wire,
	};

	fwrite_unlocked(&h, sizeof(h), 1, w->out.out);
	fwrite_unlocked(data, 1, len, w->out.out);
}

int
sw_writer_close(struct sw_writer *w, bool keep)
{
	int err;

	if (!w)
		return 0;
	err = outfile_close(&w->out, keep);
	free(w);
	return err;
}
