/* address.h - addresses as text: 10.0.0.1, 2001:db8::1, aa:bb:cc:dd:ee:ff. */
#ifndef QUERY_ADDRESS_H
#define QUERY_ADDRESS_H

#include "ir/value.h"

bool query_ipv4(struct str s, ir_i128 *ret);
bool query_ipv6(struct str s, ir_i128 *ret); /* the bit pattern */
bool query_mac(struct str s, ir_i128 *ret);
/* `length` ones at the upper end of `bits` bits. */
ir_u128 query_prefix_mask(uint32_t bits, uint32_t length);

#endif
