/* html.h - pages without anything from elsewhere. */
#ifndef UI_HTML_H
#define UI_HTML_H

#include <stdio.h>

#include "base/str.h"

/* Text from users, escaped. */
void html_put(FILE *out, struct str s);
/* Everything up to the body; `style` is added to what all pages have: colours, cards (.card, .wide), tables, dimmed text (.dim). */
void html_begin(FILE *out, struct str title, const char *style);
void html_end(FILE *out);

#endif
