/* quote.h - text that may quote a stranger, on its way to a terminal. */
#ifndef BASE_QUOTE_H
#define BASE_QUOTE_H

#include <stdio.h>

#include "base/str.h"

/* What is not printable, but for tabs and line ends, is told as numbers; after `most` of these the rest helps nobody. */
void quote_put(FILE *out, struct str s, uint32_t most);

#endif
