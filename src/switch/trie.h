/* trie.h - the trie of tables with one LPM field of up to 32 bits (struct ps_trie): a look-up is one to three loads, however many
 * prefixes there are, and a change touches the slots of one level: at most 65536 of prefixes up to /16, 256 of longer ones. The
 * table keeps its groups beside it, which know what a prefix covers when it goes. */
#ifndef SWITCH_TRIE_H
#define SWITCH_TRIE_H

#include "packetscope/table.h"

/* What only changes need. */
struct sw_trie {
	struct ps_trie *t;
	uint32_t nblocks, cap; /* blocks in use once, and there is address space for */
	uint32_t *spare;       /* numbers of blocks that are free again */
	uint32_t nspare;
	uint8_t *lengths; /* by handle: the prefix's */
	uint32_t size;	  /* handles are below */
	uint64_t work;	  /* slots that the last change touched */
};

/* For up to `size` prefixes. */
void sw_trie_init(struct sw_trie *s, struct ps_trie *t, uint32_t width, uint32_t size);
void sw_trie_free(struct sw_trie *s);
/* value: the field's bits, those behind the prefix 0; length: 0 to 32. */
void sw_trie_put(struct sw_trie *s, uint32_t value, uint32_t length, uint32_t handle);
/* The shortest prefix that lies in the same level of the trie as one of `length`. */
uint32_t sw_trie_level(uint32_t length);
/* wider: handle + 1 of the longest shorter prefix that covers this one and is in the same level, 0: none. */
void sw_trie_remove(struct sw_trie *s, uint32_t value, uint32_t length, uint32_t handle, uint32_t wider);

#endif
