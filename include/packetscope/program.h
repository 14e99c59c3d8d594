/* program.h - what a compiled P4 program (a shared object made by `packetscope`) and the switch that runs it
 * share. Generated code includes this file, prim.h (arithmetic, extraction), hash.h and table.h
 * (look-ups); the switch includes it too. Nothing here knows of queries.
 *
 * Ownership: the switch owns packets, PHVs, tables, registers, counters and meters, and sizes them from the program's
 * descriptor before the first packet. Generated code never allocates.
 *
 * Integers: bit<N> and int<N> live in uint8_t, uint16_t, uint32_t, uint64_t or unsigned __int128, the smallest that holds N
 * bits; the bits above N are always 0 (int<N>: kept as two's complement in the low N bits, upper bits 0, in PHVs, tables and
 * registers). Wider ones are arrays of uint64_t, least significant word first.
 */
#ifndef PACKETSCOPE_PROGRAM_H
#define PACKETSCOPE_PROGRAM_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

/* Headers' words are loaded and stored with their bytes turned round, and cells of registers are read by their first bytes. */
#if __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
#error "PacketScope's switch runs on little-endian machines only"
#endif

#define PS_ABI 11 /* raised with every change of what is laid out here or in table.h */
#define PS_PROGRAM_SYMBOL "ps_program" /* the exported `const struct ps_program` */

#define PS_DROP_PORT 511
#define PS_HEADROOM 512	   /* bytes before ps_packet.data that a deparser may grow into */
#define PS_MAX_PACKET 65535
#define PS_BURST 32

__extension__ typedef unsigned __int128 ps_u128;
__extension__ typedef __int128 ps_i128;

/* standard_metadata of v1model, field by field. Times are microseconds of the switch's clock. */
struct ps_std {
	uint16_t ingress_port, egress_spec, egress_port;
	uint16_t mcast_grp, egress_rid;
	uint8_t checksum_error, priority;
	uint32_t parser_error; /* number of the error, 0 NoError */
	uint32_t instance_type, packet_length;
	uint32_t enq_timestamp, enq_qdepth, deq_timedelta, deq_qdepth;
	uint64_t ingress_global_timestamp, egress_global_timestamp;
};

enum ps_instance { /* instance_type, as BMv2 numbers it */
	PS_NORMAL = 0, PS_INGRESS_CLONE = 1, PS_EGRESS_CLONE = 2, PS_COALESCED = 3,
	PS_RECIRCULATED = 4, PS_REPLICA = 5, PS_RESUBMITTED = 6,
};

/* What marked a packet for drop. table, action: index into the program's lists, PS_NONE when there is none. */
#define PS_NONE 0xffff
#define PS_DEFAULT_ENTRY 0xffffffffu
struct ps_why {
	uint16_t table, action;
	uint32_t entry; /* handle of the entry that ran the action; PS_DEFAULT_ENTRY: the table's default */
	uint32_t line;	/* of a mark outside actions */
	uint8_t control; /* 0 ingress, 1 egress */
	bool marked;	 /* a mark stands; if not, only `control` means something */
};

#define PS_NO_REQUEST 0xffffffffu
enum ps_request { PS_CLONE = 1, PS_RESUBMIT = 2, PS_RECIRCULATE = 4, PS_TRUNCATE = 8 };

/* One packet inside the switch. Generated code reads and writes all of it except `owner`. */
struct ps_packet {
	uint8_t *data;	 /* first byte; PS_HEADROOM bytes are free before it */
	void *phv;	 /* program's parsed headers and metadata, ps_program.phv_size bytes */
	uint32_t len;	 /* bytes from data */
	uint32_t parsed; /* bytes that the parser consumed: the payload starts at data + parsed */
	struct ps_std std;
	/* What was asked for (PS_ bits; the switch acts on it after the control, the last request of a kind counts), and next to
	 * it what each bit's fields say. Without the bit they mean nothing. */
	uint8_t requests;
	struct ps_why why;
	uint32_t clone_session, clone_list; /* list: index into field_lists or PS_NO_REQUEST */
	uint32_t resubmit_list, recirculate_list; /* PS_EMPTY_LIST: no fields */
	uint32_t truncate; /* keep this many bytes */
	uint32_t keep_list;
	/* Resubmitted, recirculated and cloned packets bring user metadata along: when keep_phv is not NULL, `parse` copies
	 * field list keep_list from there after clearing the PHV and before the parser runs, as BMv2 does. */
	const void *keep_phv;
	void *mark_phv;	 /* tracing only: a copy of the PHV is made here at each mark; else NULL */
	void *owner;	 /* the switch's own record */
};
#define PS_EMPTY_LIST 0xfffffffeu

/* --- tables ----------------------------------------------------------------------------------- */

enum ps_match { PS_EXACT, PS_LPM, PS_TERNARY, PS_RANGE, PS_OPTIONAL, PS_SELECTOR };

/* A key is a block of bytes; each field sits at `offset` as a native integer of `size` bytes (1, 2, 4, 8, 16, or 8k for wider),
 * aligned to min(size, 8); gaps are 0; the whole key is key_size bytes, a multiple of 8. */
struct ps_key_info {
	const char *name; /* as BMv2 names it: "hdr.ipv4.dstAddr", or @name */
	enum ps_match match;
	uint16_t width; /* bits */
	uint16_t offset, size;
};

struct ps_param_info {
	const char *name;
	uint16_t width;
	bool is_signed;
	uint16_t offset, size; /* in ps_entry.data, native integers as in keys */
};

struct ps_action_info {
	const char *name; /* control-plane name, "MyIngress.ipv4_forward" */
	uint16_t nparams;
	const struct ps_param_info *params; /* directionless ones, which entries carry */
	uint16_t data_size; /* bytes, multiple of 8 */
};

/* What a look-up returns. Entries are immutable once inserted (a modification replaces the entry). */
struct ps_entry {
	uint32_t handle;   /* PS_DEFAULT_ENTRY for the default action */
	uint16_t action;   /* index into ps_program.actions */
	bool hit;	   /* false for the default entry */
	int32_t priority;  /* smaller wins (simple_switch_CLI's sense) */
	uint32_t group;	   /* action profile/selector: member or group, resolved by the switch; else 0 */
	uint32_t counter;  /* index into the table's direct counters and meters */
	uint8_t data[] __attribute__((aligned(16)));
};

/* A const entry or a `entries` initial entry, or the default action, as the program states it. */
struct ps_entry_init {
	const void *value; /* key_size bytes, NULL for defaults */
	const void *mask;  /* ternary, lpm, optional: key_size bytes of mask; range: the high ends; NULL when all exact */
	int32_t priority;
	uint16_t action;
	const void *data; /* data_size bytes of the action */
};

struct ps_table_info {
	const char *name; /* control-plane name, "MyIngress.ipv4_lpm" */
	uint16_t nkeys;
	const struct ps_key_info *keys;
	uint16_t key_size;
	uint16_t nactions;
	const uint16_t *actions; /* permitted, by index into ps_program.actions */
	const bool *default_only; /* per permitted action: @defaultonly */
	struct ps_entry_init default_entry; /* always valid: NoAction when the program states none */
	bool const_default, const_entries;
	uint32_t nentries;
	const struct ps_entry_init *entries;
	uint32_t size;	 /* `size` property, 1024 when absent */
	int32_t direct_counter; /* index into counters, -1: none */
	int32_t direct_meter;	/* index into meters, -1: none */
	int32_t profile;	/* index into profiles, -1: none */
};

struct ps_table; /* table.h */

/* --- stateful objects --------------------------------------------------------------------------- */

struct ps_register_info {
	const char *name;
	uint32_t size;	/* cells */
	uint16_t width; /* bits of a cell */
	uint16_t cell;	/* bytes of a cell: 1, 2, 4, 8, 16, or 8k */
	bool is_signed;
	/* Registers may lie in memory as rows, a cell of each side by side: the first one of the row, which is a register like others, is `row`. */
	uint32_t row;
	uint16_t at, stride; /* bytes: of its cell in the row, and of the whole row */
};
struct ps_counter_info {
	const char *name;
	uint32_t size;	/* 0: direct */
	uint8_t kind;	/* 0 packets, 1 bytes, 2 both */
};
struct ps_meter_info {
	const char *name;
	uint32_t size;	/* 0: direct */
	uint8_t kind;	/* 0 packets, 1 bytes */
};
struct ps_profile_info {
	const char *name;
	uint32_t size;
	bool selector;
};
struct ps_field_list_info { /* @field_list(n) of the user's metadata, for clones and resubmission */
	uint32_t number;
};

/* A CRC with parameters of the control plane's. */
struct ps_crc_info {
	const char *name; /* NULL: not known */
	const char *why;  /* then: the reason; NULL: any name means it */
	uint8_t width;	  /* 16 or 32 */
};

struct ps_counter_cell { uint64_t packets, bytes; };
struct ps_meter;	 /* the switch's */
struct ps_crc;		 /* crc.h */
struct ps_digest;	 /* reserved */

/* --- the PHV, for traces ------------------------------------------------------------------------- */

struct ps_field_info {
	const char *path; /* "ipv4.srcAddr", "mpls[0].label", "meta.nexthop" */
	uint16_t width;
	bool is_signed, is_bool;
	uint32_t offset, size; /* in the PHV, native integer */
	int32_t header;	       /* index into headers; -1 for metadata */
	bool packed;	       /* not so: bits of the word of 64 bits at `offset`, from `shift` on; `size` is that of ps_field_in's integer */
	uint8_t shift;
};

/* The native integer of a field, in the PHV or made in *room. */
static inline const uint8_t *
ps_field_in(const struct ps_field_info *f, const void *phv, uint64_t *room)
{
	const uint8_t *at = (const uint8_t *)phv + f->offset;

	if (!f->packed)
		return at;
	memcpy(room, at, sizeof(*room));
	*room = *room >> f->shift & ~UINT64_C(0) >> (64 - f->width);
	return (const uint8_t *)room;
}

struct ps_header_info {
	const char *path;
	uint32_t valid; /* offset of its uint8_t validity in the PHV */
	uint32_t bits;	/* fixed size on the wire */
};

/* --- the switch as generated code sees it ---------------------------------------------------------- */

struct ps_switch; /* the switch's own, opaque */

/* What a packet meets on its way. Only programs that were generated with notes tell it. */
enum ps_note {
	PS_NOTE_STATE,	 /* a parser state begins: name */
	PS_NOTE_CONTROL, /* 0 ingress, 1 egress, 2 what follows egress: index */
	PS_NOTE_TABLE,	 /* a table was looked up: index, entry */
	PS_NOTE_ACTION,	 /* an action begins: index */
	PS_NOTE_DONE,	 /* the action that began last has ended */
};

struct ps_ctx {
	struct ps_table *const *tables;	     /* by table index */
	void *const *registers;		     /* first cells, by register index */
	struct ps_counter_cell *const *counters; /* by counter index; direct ones by ps_entry.counter */
	const struct ps_crc *crcs; /* by index into ps_program.crcs */
	struct ps_switch *sw;
	/* The rest is rare; generated code calls back. */
	uint8_t (*meter)(struct ps_switch *sw, uint32_t meter, uint32_t index, uint32_t bytes); /* 0 green 1 yellow 2 red */
	uint64_t (*random)(struct ps_switch *sw, uint64_t lo, uint64_t hi);
	void (*digest)(struct ps_switch *sw, uint32_t receiver, const void *data, uint32_t size);
	void (*log)(struct ps_switch *sw, const char *text); /* log_msg, formatted */
	void (*assertion)(struct ps_switch *sw, uint32_t line, bool assumption);
	/* NULL: nobody listens */
	void (*note)(struct ps_switch *sw, const struct ps_packet *pkt, enum ps_note kind, uint32_t index, const char *name,
		     const struct ps_entry *entry);
};

struct ps_program {
	uint32_t abi;
	const char *name;
	uint32_t phv_size;
	uint32_t ntables, nactions, nregisters, ncounters, nmeters, nprofiles, nfield_lists, nfields, nheaders, nerrors, ncrcs;
	uint32_t nsets; /* parsers' value sets, which are tables without actions: after the ntables others */
	const struct ps_table_info *tables;
	const struct ps_action_info *actions;
	const struct ps_register_info *registers;
	const struct ps_counter_info *counters;
	const struct ps_meter_info *meters;
	const struct ps_profile_info *profiles;
	const struct ps_field_list_info *field_lists;
	const struct ps_crc_info *crcs;
	const struct ps_field_info *fields;
	const struct ps_header_info *headers;
	const char *const *errors; /* names, "NoError" first */
	const char *ingress_name, *egress_name; /* "MyIngress": for drop reasons */
	bool uses_queue_fields;
	bool resizes; /* a control may make headers valid or invalid */
	/* Many packets at a time have the same results as one by one: what lives longer than a packet is touched by one part of the
	 * program only, and no packet comes back. */
	bool in_order;
	const char *shared; /* something that packets share, so that they can't be spread over threads; NULL: nothing */

	/* Each takes n packets. Clears the PHV (headers invalid, metadata 0), parses, verifies checksums; sets pkt->parsed and
	 * std.parser_error. */
	void (*parse)(const struct ps_ctx *ctx, struct ps_packet *const *pkts, uint32_t n);
	void (*ingress)(const struct ps_ctx *ctx, struct ps_packet *const *pkts, uint32_t n);
	/* The egress control, NULL: it does nothing; the drop test and clones come between it and deparse. */
	void (*egress)(const struct ps_ctx *ctx, struct ps_packet *const *pkts, uint32_t n);
	/* Updates checksums and writes the headers before the payload; sets data and len, parsed = 0... */
	void (*deparse)(const struct ps_ctx *ctx, struct ps_packet *const *pkts, uint32_t n);
	/* Copies the user metadata fields of field list `list` (index) from one PHV to another. */
	void (*copy_fields)(uint32_t list, const void *from_phv, void *to_phv);
};

#endif
