#include "switch/pcap.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/outfile.h"
#include "switch/memory.h"
#include "switch/pcap_file.h"

#define NS 1000000000u

/* In memory: frames in merged order, bytes in blocks. */
struct block {
	struct block *next;
	size_t used, size;
	uint8_t bytes[];
};
#define BLOCK ((size_t)8 << 20)

struct sw_capture {
	struct sw_capture_file *inputs;
	uint32_t n;
	uint64_t first, bytes;
	bool in_memory;
	struct block *blocks;
	struct sw_frame *frames;
	uint64_t nframes, cap, at;
};

/* --- merging --- */

/* The file whose next packet is the oldest; of equals the first. */
static struct sw_capture_file *
oldest(const struct sw_capture *c)
{
	struct sw_capture_file *best = NULL;

	for (uint32_t i = 0; i < c->n; i++) {
		struct sw_capture_file *in = &c->inputs[i];

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
		struct block *b = alloc(1, sizeof(*b) + size);

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
	struct sw_capture_file *in;

	while ((in = oldest(c))) {
		if (c->nframes == c->cap) {
			uint64_t cap = c->cap ? c->cap * 2 : 4096;

			c->frames = sw_grow(c->frames, c->cap, cap, sizeof(*c->frames));
			c->cap = cap;
		}
		c->frames[c->nframes] = in->next;
		c->frames[c->nframes++].data = keep_bytes(c, in->next.data, in->next.len);
		c->bytes += in->next.len;
		sw_capture_file_read(in);
		sw_capture_file_go_on(in);
	}
}

struct sw_capture *
sw_capture_open(const char *const *paths, uint32_t n, bool in_memory, char *reterr, size_t size)
{
	struct sw_capture *c = alloc(1, sizeof(*c));
	const struct sw_capture_file *first;

	c->inputs = alloc(n, sizeof(*c->inputs));
	c->n = n;
	c->in_memory = in_memory;
	for (uint32_t i = 0; i < n; i++)
		if (!sw_capture_file_open(&c->inputs[i], paths[i], i, reterr, size)) {
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
	for (uint32_t i = 0; i < c->n; i++)
		sw_capture_file_close(&c->inputs[i]);
	while (c->blocks) {
		struct block *next = c->blocks->next;

		free(c->blocks);
		c->blocks = next;
	}
	free(c->frames);
	free(c->inputs);
	free(c);
}

static uint32_t
next_in_memory(struct sw_capture *c, struct sw_frame *ret, uint32_t most)
{
	uint32_t n = c->nframes - c->at < most ? (uint32_t)(c->nframes - c->at) : most;

	memcpy(ret, c->frames + c->at, n * sizeof(*ret));
	c->at += n;
	return n;
}

uint32_t
sw_capture_next_of(struct sw_capture *c, struct sw_frame *ret, uint32_t most)
{
	struct sw_capture_file *in = NULL;
	uint32_t n = 0;

	if (c->in_memory)
		return next_in_memory(c, ret, most);
	for (uint32_t i = 0; i < c->n; i++)
		sw_capture_file_go_on(&c->inputs[i]);
	/* A file that waits may have the next packet. */
	while (n < most && !(in && in->waits) && (in = oldest(c))) {
		ret[n++] = in->next;
		c->bytes += in->next.len;
		sw_capture_file_read(in);
	}
	return n;
}

bool
sw_capture_next(struct sw_capture *c, struct sw_frame *ret)
{
	return sw_capture_next_of(c, ret, 1) > 0;
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

/* Written as a whole, so that what comes next begins at a multiple of it in the file: the kernel then takes pages by the
 * dozen. Small enough for several files' to stay in the cache. */
#define BUFFER ((size_t)64 << 10)

struct sw_writer {
	struct outfile out;
	size_t used;
	uint8_t bytes[BUFFER]; /* on their way to the file */
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

static void
flush(struct sw_writer *w)
{
	fwrite_unlocked(w->bytes, 1, w->used, w->out.out);
	w->used = 0;
}

static void
put(struct sw_writer *w, const void *data, size_t n)
{
	const uint8_t *from = data;

	while (n) {
		size_t part = n < BUFFER - w->used ? n : BUFFER - w->used;

		memcpy(w->bytes + w->used, from, part);
		w->used += part;
		from += part;
		n -= part;
		if (w->used == BUFFER)
			flush(w);
	}
}

struct sw_writer *
sw_writer_open(const char *path)
{
	const struct file_header h = {
		.magic = 0xa1b23c4d, .major = 2, .minor = 4, .snaplen = 262144, .link = 1,
	};
	struct sw_writer *w = alloc(1, sizeof(*w));
	int err = outfile_open(&w->out, path);

	if (err) {
		free(w);
		errno = -err;
		return NULL;
	}
	setvbuf(w->out.out, NULL, _IONBF, 0);
	put(w, &h, sizeof(h));
	return w;
}

void
sw_writer_put(struct sw_writer *w, uint64_t time_ns, const uint8_t *data, uint32_t len, uint32_t wire)
{
	const struct record_header h = {
		.s = (uint32_t)(time_ns / NS), .ns = (uint32_t)(time_ns % NS), .len = len, .wire = wire,
	};

	put(w, &h, sizeof(h));
	put(w, data, len);
}

int
sw_writer_close(struct sw_writer *w, bool keep)
{
	int err;

	if (!w)
		return 0;
	flush(w);
	err = outfile_close(&w->out, keep);
	free(w);
	return err;
}
