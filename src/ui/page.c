#include "ui/page.h"

#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>

struct part {
	FILE *out;
	char *text;
	size_t size;
};

struct page {
	struct part head, body;
};

struct page *
page_make(void)
{
	struct page *p = calloc(1, sizeof(*p));

	if (!p)
		return NULL;
	p->head.out = open_memstream(&p->head.text, &p->head.size);
	p->body.out = open_memstream(&p->body.text, &p->body.size);
	if (p->head.out && p->body.out)
		return p;
	page_free(p);
	return NULL;
}

static void
part_free(struct part *p)
{
	if (p->out)
		fclose(p->out);
	free(p->text);
}

void
page_free(struct page *p)
{
	if (!p)
		return;
	part_free(&p->head);
	part_free(&p->body);
	free(p);
}

FILE *
page_head(struct page *p)
{
	return p->head.out;
}

FILE *
page_body(struct page *p)
{
	return p->body.out;
}

/* Whole lines, as long as they fit into `left` lines of `width`. Two empty lines are one. Returns how many lines are left. */
static size_t
print_lines(const struct part *p, size_t left, size_t width)
{
	size_t before = 0;

	for (size_t at = 0; at < p->size;) {
		size_t n = strcspn(p->text + at, "\n"), lines = n ? (n + width - 1) / width : 1;

		if (lines > left)
			return 0;
		if (n || before) {
			fwrite(p->text + at, 1, n, stdout);
			fputc('\n', stdout);
			left -= lines;
		}
		before = n;
		at += n + 1;
	}
	return left;
}

void
page_show(struct page *p)
{
	struct winsize w = { .ws_row = 0 };
	size_t left;

	if (ioctl(1, TIOCGWINSZ, &w) || w.ws_row < 2 || !w.ws_col)
		w = (struct winsize){ .ws_row = 24, .ws_col = 80 };
	fflush(p->head.out);
	fflush(p->body.out);
	fputs("\033[H\033[J", stdout);
	left = print_lines(&p->head, w.ws_row - 1u, w.ws_col);
	print_lines(&p->body, left, w.ws_col);
	fflush(stdout);
	rewind(p->head.out);
	rewind(p->body.out);
}
