/* internal.h - how the switch is built inside; only src/switch/ includes this.
 *
 * A `slot` is a packet with its record, PHV and buffer. Slots come from the pool, which is large enough for all
 * that the queues can hold and for what is in hand. flow.c moves slots through the pipeline, queue.c holds
 * them between the controls, pool.c owns them.
 */
#ifndef SWITCH_INTERNAL_H
#define SWITCH_INTERNAL_H

#include "packetscope/program.h"
#include "packetscope/table.h"
#include "switch/pre.h"
#include "switch/profile.h"
#include "switch/story.h"
#include "switch/switch.h"

#define SW_SLOT_SPARE 256 /* packets in hand: a burst, what is being parsed again */
#define SW_BYTES_MIN 16	  /* a packet counts at least this much in a queue of bytes, so that their number is bounded */

enum { SW_QUEUES = SW_PORTS * SW_PRIORITIES };

struct slot {
	struct ps_packet pkt;	     /* first */
	struct slot *next;	     /* in a queue or the pool's free list */
	struct slot *older, *newer; /* all packets inside, by time of arrival */
	struct sw_image *image;	     /* the program that it came under and stays with */
	uint8_t *buffer;	     /* PS_HEADROOM bytes, then room for PS_MAX_PACKET */
	void *snap_in, *snap_mid;    /* tracing only */
	uint64_t id, parent;
	uint64_t tag; /* sw_tag */
	uint64_t arrival, enq, deq, due; /* ns; due: earliest departure */
	uint64_t arrival_us; /* in hand only: the same without another division */
	uint32_t len_in, length;     /* length: bytes when `headers` was counted */
	uint32_t weight;	     /* bytes, as the queue counts them */
	uint32_t enq_len, deq_len;
	uint32_t headers;	     /* bytes of the valid headers at the start of the control */
	int32_t intent;
	uint32_t copies;
	uint16_t in_port, out_port;
	uint8_t priority, instance, passes;
	bool was_sent, has_left;
	bool in_hand;  /* of a burst (burst.c), not among those inside */
	uint8_t place; /* then: in sw.hand */
};

/* --- pool.c --- */

struct region {
	struct region *next;
	uint8_t *at;
	size_t bytes;
	uint64_t used, slots; /* slots handed out for the first time; there are */
};

struct pool {
	struct region *regions; /* newest first */
	struct slot *free;
	size_t stride;	/* bytes of a slot with all that belongs to it */
	size_t phv_size;
	bool traced;
	uint64_t slots, inside;
	struct sw_image *image; /* of packets that become ones inside */
	struct slot oldest; /* head of the ring of packets inside: newer is the oldest one */
};

int sw_pool_init(struct pool *p, size_t phv_size, bool traced);
void sw_pool_fini(struct pool *p);
/* Room for at least `slots` packets in all; -ENOMEM. */
int sw_pool_reserve(struct pool *p, uint64_t slots);
/* A slot that is not among those inside. */
struct slot *sw_pool_get(struct pool *p);
/* Such a slot comes in: among the others by its arrival. */
void sw_pool_enter(struct pool *p, struct slot *s);
/* A slot that is the newest inside (after NULL), or as old as `after`. Its packet has an empty buffer. */
struct slot *sw_pool_take(struct pool *p, struct slot *after);
void sw_pool_give(struct pool *p, struct slot *s);
/* The slot becomes the newest. */
void sw_pool_renew(struct pool *p, struct slot *s);

/* --- queue.c --- */

struct queue {
	struct slot *head, *tail;
	uint64_t n, bytes;
	uint64_t depth;
	bool depth_is_bytes, has_last;
	uint64_t pps;
	uint64_t last, last_part; /* previous departure: ns, and pps-ths of a ns */
	uint64_t enqueued, lost;
};

struct port {
	struct queue queues[SW_PRIORITIES];
	struct slot *out_head, *out_tail; /* have left their queues, but egress has not seen them */
	uint64_t waiting;		  /* packets in the queues */
	uint32_t busy;			  /* a bit for each queue with packets */
	uint64_t bps, free, free_part;	  /* free: ns when it can send again, and bps-ths of a ns */
	uint64_t next;			  /* its next departure; UINT64_MAX: none */
	uint32_t heap_at;		  /* place in the heap + 1; 0: not in it */
	struct sw_port_counts counts;
};

struct queues {
	struct port ports[SW_PORTS];
	uint16_t heap[SW_PORTS]; /* ports with departures, the next one first */
	uint32_t nheap;
	uint32_t rated;   /* queues and ports with a rate */
	uint32_t bounded; /* queues that may be full for a packet that doesn't wait: bounded in bytes, or without room */
};

void sw_queues_init(struct queues *q, const struct sw_config *c);
/* How many packets all queues can hold. */
uint64_t sw_queues_room(const struct queues *q);
/* Puts the slot (out_port, priority, weight are set) in its queue at `now` and sets enq, enq_len; false: it is full. */
bool sw_queue_put(struct queues *q, struct slot *s, uint64_t now);
/* The next slot that leaves at or before `until`, with deq and deq_len set; NULL: none. */
struct slot *sw_queue_take(struct queues *q, uint64_t until);
uint64_t sw_queue_next(const struct queues *q);
int sw_queue_set_pps(struct queues *q, uint32_t port, uint32_t priority, uint64_t pps);
int sw_queue_set_depth(struct queues *q, uint32_t port, uint32_t priority, uint64_t depth, bool is_bytes);
int sw_queue_set_bps(struct queues *q, uint32_t port, uint64_t bps);

/* --- reason.c --- */

struct reason {
	struct ps_why why;
	enum sw_special { SW_WHY, SW_EMPTY_GROUP, SW_RESUBMIT_LIMIT, SW_RECIRCULATE_LIMIT, SW_OTHER } special;
	uint64_t packets;
	uint64_t piece; /* of the input, where it first occurred (worker.h) */
	struct str text, class;
};

struct reasons {
	struct reason *v; /* in order of first occurrence */
	uint32_t n, cap;
	uint32_t *slots; /* index + 1 */
	uint32_t last;	 /* number of slots - 1 */
	char *texts;	 /* room for SW_REASON_TEXT bytes for each of v */
};
#define SW_REASON_TEXT 192

void sw_reasons_init(struct reasons *r, const struct ps_program *p);
void sw_reasons_fini(struct reasons *r);
/* Counts a drop, returns its reason. */
const struct reason *sw_reason_count(struct sw *sw, enum sw_special special, const struct ps_why *why, bool egress);
/* Adds the drops that another switch of the same program counted for a reason. */
void sw_reason_add(struct sw *sw, const struct reason *r);

/* --- objects.c --- */

struct bucket {
	uint64_t rate, burst; /* struct sw_rate */
	uint64_t time;	      /* us of the last refill */
	ps_u128 tokens; /* 10^-9 units */
	bool set;
};

struct ps_meter {
	struct bucket committed, peak;
};

struct objects {
	struct ps_table **tables;
	void **registers; /* those of the program that is at work (image.c) */
	struct ps_counter_cell **counters;
	uint32_t *counter_sizes;
	struct ps_meter **meters;
	uint32_t *meter_sizes;
	struct sw_profile **profiles;
	struct ps_crc *crcs;
	uint64_t random;
};

void sw_objects_make(struct objects *o, const struct ps_program *p, uint64_t seed);
void sw_objects_free(struct objects *o, const struct ps_program *p);
uint8_t sw_meter(struct sw *sw, uint32_t meter, uint32_t index, uint32_t bytes);
uint64_t sw_random(struct sw *sw, uint64_t lo, uint64_t hi);

/* --- crc.c --- */

/* As catalogues of CRCs have them. */
struct sw_crc {
	uint8_t width; /* 16 or 32 */
	uint32_t polynomial, initial, final_xor;
	bool reflects_data, reflects_remainder;
};

/* What custom CRCs are until the control plane says otherwise: those that v1model names. */
struct ps_crc *sw_crcs_make(const struct ps_program *p);
void sw_crc_set(struct sw *sw, uint32_t index, const struct sw_crc *parameters);

/* --- image.c --- */

struct span_of_phv {
	uint32_t offset, size;
};

struct header_size {
	uint32_t valid, bits; /* as in ps_header_info, but close together */
};

/* Memory of registers that came with one program; freed with the last of them. */
struct bank {
	uint8_t *cells;
	size_t bytes;
	uint32_t users; /* stores */
};

/* The cells of a register; given back with the last program that has it. */
struct store {
	struct bank *bank;
	void *cells;
	uint32_t users;
};

struct sw_image {
	const struct ps_program *program;
	void *library; /* dlopen's; NULL: sw.library, or linked in */
	struct store **stores; /* of the first register of a row */
	void **registers;
	struct span_of_phv *metadata; /* the user's metadata in the PHV */
	uint32_t nmetadata;
	struct header_size *headers;
	uint64_t inside; /* packets that came under it */
	struct sw_image *next; /* in sw.old */
};

/* Registers that `from` (may be NULL) has too are shared with it. */
struct sw_image *sw_image_make(const struct ps_program *p, const struct sw_image *from);
/* What sw.program, sw.ctx and the like are of; new packets inside are its. */
void sw_image_use(struct sw *sw, struct sw_image *m);

/* --- switch.c --- */

/* NULL: `reterr` says why. */
const struct ps_program *sw_load(const char *so_path, void **ret_library, char *reterr, size_t size);

/* --- the switch --- */

struct sw {
	const struct ps_program *program; /* at work: image's, or that of a packet that came before a swap */
	struct ps_ctx ctx;
	struct sw_config config;
	void *library; /* dlopen's, of `first` */
	const struct ps_program *first; /* what tables and the like were made of; stays loaded */
	struct sw_image *image, *old;	/* of packets that arrive; those that packets may still be inside of */
	struct pool pool;
	struct queues queues;
	struct reasons reasons;
	struct objects objects;
	struct sw_pre *pre;
	struct sw_counts counts;
	uint64_t now, next_id;
	uint64_t tag; /* of the packet that arrives, or leaves */
	uint64_t piece; /* worker.h */
	struct sw_image own_image; /* a worker's `image` */
	uint64_t returned; /* arrival time of the last recirculated packet */
	struct slot *hand[PS_BURST];
	struct slot *again_head, *again_tail; /* resubmitted and recirculated: next into ingress */
	uint32_t copies_made; /* by the present arrival or departure */
	void *scratch;	      /* a PHV */
	struct span_of_phv *metadata; /* the user's metadata in the PHV */
	uint32_t nmetadata;
	struct header_size *headers;
};

#endif
