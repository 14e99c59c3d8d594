/* value.h - types and values of queries: what fields, columns and results hold.
 *
 * Integers go up to 128 bits (IPv6 addresses). `kind` says how a value is compared and printed, not how it is stored.
 */
#ifndef IR_VALUE_H
#define IR_VALUE_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "base/str.h"

__extension__ typedef __int128 ir_i128;
__extension__ typedef unsigned __int128 ir_u128;

/* kind, name in the text form */
#define IR_KINDS(X)                                                                          \
	X(IR_INT, "int")	   /* a number */                                            \
	X(IR_BOOL, "bool")                                                                   \
	X(IR_IPV4, "ipv4")	   /* 32 bits */                                             \
	X(IR_IPV6, "ipv6")	   /* 128 bits */                                            \
	X(IR_MAC, "mac")	   /* 48 bits */                                             \
	X(IR_PORT, "port")	   /* of the switch, 16 bits; IR_PORT_DROP, IR_PORT_MULTICAST */ \
	X(IR_TIME, "time")	   /* nanoseconds, 64 bits */                                \
	X(IR_REASON, "reason")	   /* drop.reason: 32-bit code in the switch, text outside */ \
	X(IR_DISCARD, "class")	   /* drop.class: in the switch the reason's code, text outside */ \
	X(IR_INSTANCE, "instance") /* 8 bits, enum of instances */                           \
	X(IR_QDISC, "qdisc")	   /* a queue of a kernel: 32 bits, MAJOR:MINOR of its handle */ \
	X(IR_FLOAT, "float")	   /* avg, ratio: only at the controller */

enum ir_kind {
#define X(kind, text) kind,
	IR_KINDS(X)
#undef X
};

/* Their values are texts, and have no order and no arithmetic. */
static inline bool
ir_is_text(enum ir_kind k)
{
	return k == IR_REASON || k == IR_DISCARD;
}

#define IR_PORT_DROP 0xffffu	  /* prints as -1 */
#define IR_PORT_LOCAL 0xfffdu	  /* of a kernel: a local process took the packet */
#define IR_PORT_MULTICAST 0xfffeu /* prints as "multicast" */

struct ir_type {
	enum ir_kind kind;
	uint16_t width;	 /* bits; 64 for IR_FLOAT */
	bool is_signed;
};

enum ir_value_tag { IR_V_ABSENT, IR_V_INT, IR_V_FLOAT, IR_V_TEXT, IR_V_LIST };

struct ir_value {
	enum ir_value_tag tag;
	union {
		ir_i128 i;	 /* IR_V_INT; IPv6 addresses as the bit pattern */
		double f;	 /* IR_V_FLOAT */
		struct str text; /* IR_V_TEXT: drop reasons and classes */
		struct { /* IR_V_LIST: paths; of the column's type, made by collectors only */
			const struct ir_value *items;
			uint32_t n;
		} list;
	};
};

#define IR_ABSENT ((struct ir_value){ .tag = IR_V_ABSENT })
static inline struct ir_value
ir_int(ir_i128 i)
{
	return (struct ir_value){ .tag = IR_V_INT, .i = i };
}

/* Total order: absent < numbers < texts < lists. */
int ir_value_cmp(const struct ir_value *a, const struct ir_value *b);
/* The same for values of one type: 128-bit patterns of unsigned types compare as unsigned. */
int ir_value_cmp_as(struct ir_type t, const struct ir_value *a, const struct ir_value *b);
/* The value of `v` in a type of integers: modulo 2^width, sign-extended when signed. */
ir_i128 ir_wrap(struct ir_type t, ir_i128 v);
/* Decimal text, unsigned for 128-bit patterns of unsigned types. */
void ir_int_print(FILE *out, struct ir_type t, ir_i128 v);
/* The shortest decimal text that reads back as the same number. */
void ir_float_print(FILE *out, double f);
/* Text for tables and CSV: 10.0.0.7, -1, multicast, 2001:db8::1, 12, 0.25; a list: 1 2 ? 4. */
void ir_value_print(FILE *out, struct ir_type t, const struct ir_value *v);
/* JSON: numbers up to 2^53 as numbers, larger as decimal strings; addresses, reasons, "multicast" and instances as strings;
 * -1 for a dropped port. */
void ir_value_json(FILE *out, struct ir_type t, const struct ir_value *v);
/* The name of a kind in the text form. */
const char *ir_kind_name(enum ir_kind kind);
/* instance names: "normal", "clone_ingress", "clone_egress", "coalesced", "recirculated", "replica", "resubmitted", "local" (of a kernel: made or taken by
 * a local process) */
#define IR_INSTANCE_NAMES 8
#define IR_INSTANCE_LOCAL 7
extern const char *const ir_instance_names[IR_INSTANCE_NAMES];

#endif
