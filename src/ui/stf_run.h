/* stf_run.h - one test on one switch: what is carried out, what came out, and how it differs from what was expected.
 * All memory is in `arena`. */
#ifndef UI_STF_RUN_H
#define UI_STF_RUN_H

#include <stdio.h>

#include "control/control.h"
#include "device/soft.h"
#include "ui/load.h"
#include "ui/stf_parse.h"

/* A packet that left, or something that the program said. */
struct stf_packet {
	uint32_t port, len;
	const uint8_t *data;
	bool expected;
};

struct stf_said {
	enum stf_kind kind; /* STF_LOG, STF_ASSERT, STF_ASSUME, STF_DIGEST */
	struct str text;    /* a line, or digits */
	uint32_t number;    /* line or receiver */
};

struct stf_label {
	struct str name;
	uint32_t table, handle;
};

struct stf_run {
	struct arena *arena;
	struct compilation *c;
	const struct stf_test *test;
	struct soft_device soft;
	struct control *control; /* NULL without queries */
	const struct ps_program *program;
	uint64_t now; /* ns: when the next packet comes */
	bool verbose, failed_to_run;
	VEC(struct stf_packet) out;
	VEC(struct stf_said) said;
	uint32_t heard;	   /* of `said` */
	uint32_t last_out; /* packets that were out before the last `packet` */
	VEC(struct stf_label) labels;
	struct sw_commands pending; /* of the control plane, until the next packet */
	uint32_t checks, failures;
};

/* Carries the test out and prints what isn't as expected. The switch is r->soft.sw, which gets stf_config. */
void stf_run(struct stf_run *r);
struct sw_config stf_config(struct stf_run *r);

/* Begins the report of a failure with the statement's place. */
void stf_failure(struct stf_run *r, const struct stf_statement *s, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/* stf_packets.c: compares all packets that left with all that were expected, and prints what differs. */
void stf_check_packets(struct stf_run *r);
void stf_print_bytes(const struct stf_packet *p);

/* stf_counts.c: STF_COUNTER, STF_REGISTER, STF_DROP, STF_SHOW_COUNTER, STF_SHOW_REGISTER. */
void stf_check_count(struct stf_run *r, const struct stf_statement *s);

#endif
