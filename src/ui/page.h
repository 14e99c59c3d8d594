/* page.h - answers that take the place of the last ones on a terminal: what doesn't fit on it is left out, at the end. */
#ifndef UI_PAGE_H
#define UI_PAGE_H

#include <stdio.h>

struct page;

/* malloc'd; NULL when there is no memory. */
struct page *page_make(void);
void page_free(struct page *p);
/* What is to stand above, and what below: streams that stay the page's. */
FILE *page_head(struct page *p);
FILE *page_body(struct page *p);
/* Shows on stdout what has been written to both, and begins anew. */
void page_show(struct page *p);

#endif
