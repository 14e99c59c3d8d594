/* hash.h - changing the hash tables that look-ups probe (packetscope/table.h). Inside the switch only. */
#ifndef SWITCH_HASH_H
#define SWITCH_HASH_H

#include "packetscope/table.h"

void sw_hash_init(struct ps_hash *h, uint32_t words);
/* The slot of `key`, or the free one where it belongs. */
uint64_t *sw_hash_slot(const struct ps_hash *h, const uint64_t *key, uint32_t words);
/* Puts or replaces. */
void sw_hash_put(struct ps_hash *h, const uint64_t *key, uint32_t words, const struct ps_entry *e);
/* The key must be there. */
void sw_hash_remove(struct ps_hash *h, const uint64_t *key, uint32_t words);

#endif
