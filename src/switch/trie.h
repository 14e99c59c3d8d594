/* trie.h - the trie of tables with one LPM field of up to 32 bits (struct ps_trie): a look-up is one to three loads, however many
 * prefixes there are. The table keeps its groups beside it, which know what a prefix covers when it goes. */
#ifndef SWITCH_TRIE_H
#define SWITCH_TRIE_H

#include "packetscope/table.h"

/* What the trie asks its table. */
struct sw_trie {
	struct ps_trie *t;
	uint32_t nblocks, cap;	  /* blocks in use once, and there is room for */
	uint32_t nentries;	  /* room in t->entries */
	uint32_t *spare;	  /* numbers of blocks that are free again */
	uint32_t nspare;
	uint8_t *lengths;	  /* by handle: the prefix's */
};

void sw_trie_init(struct sw_trie *s, struct ps_trie *t, uint32_t width);
void sw_trie_free(struct sw_trie *s);
/* value: the field's bits, those behind the prefix 0; length: 0 to 32. */
void sw_trie_put(struct sw_trie *s, uint32_t value, uint32_t length, const struct ps_entry *e);
/* The entry with the same handle was replaced. */
void sw_trie_replace(struct sw_trie *s, const struct ps_entry *e);
/* `wider`: the longest shorter prefix that covers this one, NULL: none. */
void sw_trie_remove(struct sw_trie *s, uint32_t value, uint32_t length, uint32_t handle, const struct ps_entry *wider);

#endif
