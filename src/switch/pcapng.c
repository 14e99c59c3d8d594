#include "switch/pcapng.h"

#include <pcap/pcap.h>
#include <string.h>

#define NS 1000000000u
#define SNAPLEN_MOST 262144u /* libpcap's, for Ethernet */

enum block { INTERFACE = 1, OLD_PACKET = 2, SIMPLE_PACKET = 3, PACKET = 6, SECTION = 0x0a0d0d0a };
enum option { END = 0, TICKS = 9, TIME_OFFSET = 14 };

struct block_header {
	uint32_t type, size;
};

struct section {
	struct block_header header;
	uint32_t magic;
	uint16_t major, minor;
};

struct interface {
	struct block_header header;
	uint16_t link, reserved;
	uint32_t snaplen;
};

struct packet {
	struct block_header header;
	uint32_t interface, high, low, len, wire;
};

#define TRAILER sizeof(uint32_t) /* the size again */

/* --- interfaces --- */

/* if_tsresol: a power of ten, up to nanoseconds. */
static bool
set_unit(uint64_t *unit, uint8_t digits)
{
	if (digits > 9)
		return false;
	for (*unit = NS; digits > 0; digits--)
		*unit /= 10;
	return true;
}

/* The options of an interface; false: something odd. */
static bool
take_options(uint64_t *unit, const uint8_t *at, size_t n)
{
	bool given = false;

	*unit = 1000;
	while (n) {
		uint16_t head[2]; /* code, length */
		size_t padded;

		if (n < sizeof(head))
			return false;
		memcpy(head, at, sizeof(head));
		padded = sizeof(head) + ((head[1] + 3u) & ~3u);
		if (head[0] == END)
			return head[1] == 0;
		if (padded > n || head[0] == TIME_OFFSET)
			return false;
		if (head[0] == TICKS && (given || head[1] != 1 || !set_unit(unit, at[sizeof(head)])))
			return false;
		given |= head[0] == TICKS;
		at += padded;
		n -= padded;
	}
	return true;
}

static enum sw_seen
look_interface(struct sw_pcapng *g, const uint8_t *bytes, uint32_t size)
{
	struct interface i;
	uint32_t snaplen;

	if (size < sizeof(i) + TRAILER || g->n == SW_PCAPNG_INTERFACES)
		return SW_SEEN_ODD;
	memcpy(&i, bytes, sizeof(i));
	snaplen = i.snaplen && i.snaplen <= SNAPLEN_MOST ? i.snaplen : SNAPLEN_MOST;
	if (i.link != DLT_EN10MB || (g->n && snaplen != g->snaplen) ||
	    !take_options(&g->unit[g->n], bytes + sizeof(i), size - sizeof(i) - TRAILER))
		return SW_SEEN_ODD;
	g->snaplen = snaplen;
	g->n++;
	return SW_SEEN_OTHER;
}

/* --- packets --- */

static enum sw_seen
look_packet(const struct sw_pcapng *g, const uint8_t *bytes, uint32_t size, struct sw_record *ret)
{
	struct packet p;
	uint64_t ticks;

	if (size < sizeof(p) + TRAILER)
		return SW_SEEN_ODD;
	memcpy(&p, bytes, sizeof(p));
	ticks = (uint64_t)p.high << 32 | p.low;
	if (p.interface >= g->n || p.len > g->snaplen || p.len > size - sizeof(p) - TRAILER ||
	    ticks > UINT64_MAX / 2 / g->unit[p.interface])
		return SW_SEEN_ODD;
	ret->time_ns = ticks * g->unit[p.interface];
	ret->len = p.len;
	ret->wire = p.wire;
	ret->at = sizeof(p);
	return SW_SEEN_PACKET;
}

enum sw_seen
sw_pcapng_look(struct sw_pcapng *g, const uint8_t *bytes, size_t n, struct sw_record *ret)
{
	struct block_header h;
	uint32_t again;

	if (n < sizeof(h))
		return SW_SEEN_PART;
	memcpy(&h, bytes, sizeof(h));
	if (h.type == SECTION || h.type == SIMPLE_PACKET || h.type == OLD_PACKET || h.size < sizeof(h) + TRAILER || h.size % 4)
		return SW_SEEN_ODD;
	if (n < h.size)
		return SW_SEEN_PART;
	memcpy(&again, bytes + h.size - TRAILER, TRAILER);
	if (again != h.size)
		return SW_SEEN_ODD;
	ret->size = h.size;
	if (h.type == PACKET)
		return look_packet(g, bytes, h.size, ret);
	return h.type == INTERFACE ? look_interface(g, bytes, h.size) : SW_SEEN_OTHER;
}

/* --- the start --- */

/* libpcap wants to know of an interface when it opens the file: one must come first. */
bool
sw_pcapng_open(struct sw_pcapng *ret, const uint8_t *bytes, size_t n, size_t *size)
{
	struct sw_record first;
	struct sw_pcapng g = { 0 };
	struct section s;
	uint32_t again;

	if (n < sizeof(s))
		return false;
	memcpy(&s, bytes, sizeof(s));
	*size = s.header.size;
	if (s.header.type != SECTION || s.magic != 0x1a2b3c4d || s.major != 1 || s.minor != 0 || *size % 4 ||
	    *size < sizeof(s) + sizeof(uint64_t) + TRAILER || *size > n)
		return false;
	memcpy(&again, bytes + *size - TRAILER, TRAILER);
	*ret = g;
	return again == *size && sw_pcapng_look(&g, bytes + *size, n - *size, &first) == SW_SEEN_OTHER && g.n == 1;
}
