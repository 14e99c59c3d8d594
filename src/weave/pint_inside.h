/* pint_inside.h - the inside of the weaving of queries over network(): its state, and what its files offer each other. */
#ifndef WEAVE_PINT_INSIDE_H
#define WEAVE_PINT_INSIDE_H

#include "weave/pint.h"
#include "weave/weaver.h"

/* The names that a parser or control gives to what it can see. */
struct pint_scope {
	struct str hdr, meta, std;
};

struct pint {
	struct weaver w;
	struct weave_network *n;
	const struct manifest_network *m;
	struct ir_graph *g;
	/* Fields as packets arrived that the program may have changed when they leave are carried; nothing else is planned. */
	struct plan plan;
	struct manifest manifest; /* stays empty */
	struct pint_scope parser, ingress, egress;
	const struct plan_header *header; /* that the shim follows, or that has the field; its path is under the headers' parameter */
	struct str type_field;		  /* "etherType"; with a field: "ttl" */
	struct str shim;		  /* path of the shim: "psn_shim"; with a field: that field's */
	uint32_t width;			  /* of the field, or of the shim's digest */
	VEC(struct plan_identity) identity; /* without the field that carries the digest */
	bool loads;			  /* some query is about link.utilization */
	bool recirculates, resizes;	  /* the program does; it may add or remove headers */
	bool keeps_arrival;		  /* packets that BMv2 gives no time may be asked for latencies: they bring it along */
};

/* Text of P4, with places: $_ the prefix of names, $m our metadata, $s standard metadata, $h the headers' parameter, $e the header that the shim
 * follows, $t its type field, $p the shim (or field). */
__attribute__((format(printf, 4, 5))) void pint_put(const struct pint *p, const struct pint_scope *s, FILE *out, const char *format,
						    ...);
/* "psn_" and more */
struct str pint_name(const struct pint *p, const char *more);

/* pint_place.c: where the shim or field is. False after an error. */
bool pint_place(struct pint *p);
void pint_no_place(const struct pint *p, struct span at, const char *why);

/* pint_shim.c: the shim's header, what packets remember, parser, deparser. */
void pint_shim(struct pint *p);

/* pint_hop.c: what a switch does to a packet's shim: adds it, updates it, reports and removes it. */
void pint_hop(struct pint *p);

/* pint_digest.c: pid and digest; the packet is measured. */
void pint_functions(struct pint *p);
void pint_number(struct pint *p, FILE *out);
void pint_digest(struct pint *p, FILE *out);

/* pint_value.c: `to` becomes query i's value, as bit<64>. */
void pint_value(struct pint *p, FILE *out, uint32_t i, const char *to);
/* Codes of query i: its table; the code of variable `value` becomes variable `code` (bit<32>); the largest code. */
void pint_code_table(struct pint *p, uint32_t i);
void pint_code(struct pint *p, FILE *out, uint32_t i);
uint32_t pint_code_last(const struct pint *p, uint32_t i);
/* Adds to `value` what the code in `before` means. */
void pint_sum(struct pint *p, FILE *out, uint32_t i);

/* pint_load.c: how busy the egress port is: variable `load`, a value with 16 fractional bits. What both controls see, and the end of ingress. */
void pint_load_shared(struct pint *p, FILE *out);
void pint_load_enter(struct pint *p);
void pint_load(struct pint *p, FILE *out);
void pint_load_params(FILE *out, const struct weave_network_port *port, uint64_t rtt_ns, uint32_t tick_ns);

/* pint_report.c: fields that are carried from arrival; the report at the last switch; the query that reads it. */
void pint_carry(struct pint *p);
void pint_carry_at(struct pint *p);
void pint_report(struct pint *p, FILE *out);
struct str pint_report_query(struct pint *p);
/* A truth about the packet as it arrived: false where it reads a header that is not there. */
void pint_truth(struct pint *p, FILE *out, const struct ir_expr *e);

#endif
