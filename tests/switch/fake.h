/* fake.h - what the tests know of fake.c's program. */
#ifndef TESTS_SWITCH_FAKE_H
#define TESTS_SWITCH_FAKE_H

#include "packetscope/program.h"

#define FAKE_TYPE 0x8899 /* Ethernet type of a command: op 8, arg 8, port 16, value 32 bits */

enum { FAKE_DMAC, FAKE_ROUTE, FAKE_ACL, FAKE_WIDE_TABLE, FAKE_FIXED, FAKE_EGRESS_FIXED, FAKE_PATHS };
enum { FAKE_NO_ACTION, FAKE_FORWARD, FAKE_DENY, FAKE_WIDE };
enum { FAKE_SEEN, FAKE_BIG };
enum { FAKE_HITS, FAKE_DMAC_HITS };

enum fake_op {
	FAKE_OP_FORWARD,   /* to port, priority arg */
	FAKE_OP_MARK,	   /* mark_to_drop in line 77, then src = 0xdead */
	FAKE_OP_SPEC,	   /* egress_spec = 511 */
	FAKE_OP_UNDO,	   /* mark, then forward */
	FAKE_OP_MULTICAST, /* to group port */
	FAKE_OP_CLONE,	   /* to session arg with keep = value; src = 0xbeef */
	FAKE_OP_CLONE_DROP,
	FAKE_OP_RESUBMIT, /* once, with keep = value */
	FAKE_OP_RESUBMIT_EVER,
	FAKE_OP_DMAC, FAKE_OP_ROUTE, FAKE_OP_ACL, /* tables */
	FAKE_OP_TAG,				  /* adds 4 bytes; truncated to arg if not 0 */
	FAKE_OP_METER,				  /* value = color of meter arg */
	FAKE_OP_RANDOM,				  /* value = 10 to 19 */
	FAKE_OP_RECIRCULATE,			  /* once, with keep = value, src + 1 */
	FAKE_OP_RECIRCULATE_EVER,
	FAKE_OP_EGRESS_MARK,  /* by action deny, then src = 0xfeed */
	FAKE_OP_EGRESS_CLONE, /* to session arg with keep = value; src = 0xc10e */
	FAKE_OP_EGRESS_CLONE_EVER,
	FAKE_OP_TIMES, /* dst = enq_qdepth << 24 | deq_qdepth, src = deq_timedelta, value = packet_length */
	FAKE_OP_PATHS, /* table with a selector: port is matched, value chooses */
};

extern const struct ps_program ps_program;

#endif
