/* lab.h - a router between two hosts, in network namespaces that nobody else knows of: they have no names and end with their
 * processes, however those end.
 *
 *     host a ─a0──r0─ this process ─r1──b0─ host b
 *
 * This process becomes the router: it leaves the namespace that it was started in and changes nothing there.
 */
#ifndef UI_LAB_H
#define UI_LAB_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#define LAB_KEYS 64

enum lab_path { LAB_ROUTE, LAB_BRIDGE };
enum lab_queue { LAB_TBF, LAB_HTB };
enum lab_kind { LAB_IPV4, LAB_IPV6, LAB_VLAN, LAB_VXLAN };

struct lab_options {
	enum lab_path path;
	enum lab_queue queue;
	enum lab_kind kind;
	bool nat, filter;
	uint32_t rate_mbit, limit_kb; /* of the slow queue */
	uint32_t packets, bursts;
	uint64_t epoch_ns, gap_ns; /* gap: between the beginnings of bursts */
};

struct lab {
	struct lab_options o;
	pid_t a, b;
	int to_a, from_a, to_b; /* pipes */
	int answers;		/* of nft and tc */
	char why[512];
};

/* Makes the namespaces. False: why says what is missing. */
bool lab_open(struct lab *l);
void lab_close(struct lab *l);
/* Host a sends everything, once; lab_sent tells when it is done and how many packets it sent of each key. */
void lab_send(struct lab *l);
bool lab_sent(struct lab *l, uint64_t *ret_keys);
/* What the filter dropped, and what reached host b, by nft's counters. */
bool lab_counters(struct lab *l, uint64_t *ret_filtered, uint64_t *ret_arrived);

/* The sender of host a, in its own process: waits for orders on `in`, tells the counts on `out`. Never returns. */
_Noreturn void lab_sender(const struct lab_options *o, int in, int out);

#endif
