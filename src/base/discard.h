/* discard.h - every packet that does not leave has one class of the IETF's discard model (draft-ietf-opsawg-discardmodel-16):
 * the classes, what the drop codes of other systems are in them (discard.def is the one table), and which reason of a P4 program
 * has which class. Classes are written `DIRECTION/discards/PATH`, as in "ingress/discards/policy/l3/acl".
 */
#ifndef BASE_DISCARD_H
#define BASE_DISCARD_H

#include "base/map.h"

enum discard {
	DISCARD_NONE,
#define CLASS(id, path) DISCARD_##id,
#include "base/discard.def"
	DISCARD_CLASSES
};

/* "policy/l3/acl"; "" for DISCARD_NONE. */
const char *discard_path(enum discard c);
/* DISCARD_NONE when there is no such path. */
enum discard discard_from_path(struct str path);
/* "ingress/discards/policy/l3/acl"; static. */
struct str discard_text(enum discard c, bool egress);
/* A full queue of this priority (0 to 7), which is the model's QoS class. */
struct str discard_tail_drop(uint32_t priority);
/* All paths, for "did you mean": DISCARD_CLASSES - 1 of them. */
void discard_paths(struct str *ret);

/* --- other systems' codes ----------------------------------------------------------------------------------------- */

enum discard_code_kind { DISCARD_KERNEL, DISCARD_SFLOW, DISCARD_INT };
struct discard_code {
	enum discard_code_kind kind;
	uint32_t code; /* of no meaning for the kernel, which numbers its reasons anew in each version */
	const char *name;
	enum discard discard;
};
/* The whole table; *n entries. */
const struct discard_code *discard_codes(uint32_t *n);
/* By the kernel's name, with or without SKB_DROP_REASON_. What is no drop of a packet in transit is the control plane's. */
enum discard discard_of_kernel(struct str name);
/* Its text: drops for want of room, and of senders, are egress's. */
struct str discard_text_of_kernel(struct str name);
/* DISCARD_INTERNAL for unknown codes, as the model says. */
enum discard discard_of_code(enum discard_code_kind kind, uint32_t code);

/* --- reasons of a P4 program ----------------------------------------------------------------------------------------- */

/* Reasons (docs/semantics.md) and their classes; lives in the map's arena. */
struct discards {
	struct map classes; /* "MyIngress.acl/deny", "MyIngress.acl/deny#default" -> text of the class */
	struct map told;    /* what a woven program calls otherwise than the user's -> as the user's does */
};

void discards_init(struct discards *d, struct arena *a);
void discards_put(struct discards *d, struct str reason, enum discard c, bool egress);
/* From now on `reason` is told as `as`. */
void discards_tell_as(struct discards *d, struct str reason, struct str as);
/* The user's own words for a reason; mostly the reason itself. */
const char *discards_told(const struct discards *d, struct str reason, const char *otherwise);
/* The class's text of a drop reason; of what the program didn't state: the switch's own reasons, and policy for the rest. */
struct str discards_class(const struct discards *d, struct str reason, bool egress);

#endif
