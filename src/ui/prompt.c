#include "ui/prompt.h"

#include <stdio.h>
#include <stdlib.h>

#ifdef HAVE_LIBEDIT

#include <histedit.h>

#define HISTORY 1000
#define WIDTH 100 /* of offers beside each other */

struct prompt {
	EditLine *el;
	History *history;
	const char *text;
	prompt_offer *offer;
	void *user;
};

static char *
prompt_text(EditLine *el)
{
	struct prompt *p;

	el_get(el, EL_CLIENTDATA, &p);
	return (char *)(uintptr_t)p->text; /* libedit only reads it */
}

/* The next line of `rest`. */
static struct str
next_offer(struct str *rest)
{
	int64_t end = str_find(*rest, '\n');
	struct str s = str_sub(*rest, 0, end < 0 ? rest->n : (uint32_t)end);

	*rest = str_sub(*rest, end < 0 ? rest->n : (uint32_t)end + 1, rest->n);
	return s;
}

/* What all offers begin with. */
static struct str
common(struct str offers, uint32_t *ret_n)
{
	struct str all = STR_NONE;

	*ret_n = 0;
	while (offers.n) {
		struct str s = next_offer(&offers);

		if ((*ret_n)++ == 0)
			all = s;
		while (!str_starts(s, all))
			all.n--;
	}
	return all;
}

static void
show_offers(struct str offers)
{
	uint32_t column = 0;

	putchar('\n');
	while (offers.n) {
		struct str s = next_offer(&offers);

		if (column && column + 2 + s.n > WIDTH) {
			putchar('\n');
			column = 0;
		}
		column += (uint32_t)printf("%s%.*s", column ? "  " : "", STRA(s));
	}
	putchar('\n');
	fflush(stdout);
}

static unsigned char
complete(EditLine *el, int key)
{
	const LineInfo *line = el_line(el);
	struct str typed = { line->buffer, (uint32_t)(line->cursor - line->buffer) }, offers, all;
	uint32_t word = typed.n, n;
	unsigned char result = CC_REFRESH_BEEP;
	struct prompt *p;
	char *text, *rest;

	(void)key;
	el_get(el, EL_CLIENTDATA, &p);
	while (word && typed.p[word - 1] != ' ' && typed.p[word - 1] != '\t')
		word--;
	text = p->offer(p->user, typed);
	if (!text)
		return result;
	offers = str_from(text);
	all = common(offers, &n);
	if (n > 1 && all.n <= typed.n - word) {
		show_offers(offers);
		result = CC_REDISPLAY;
	} else if (n && all.n >= typed.n - word && asprintf(&rest, "%.*s%s", (int)(all.n - (typed.n - word)),
			all.p + (typed.n - word), n == 1 ? " " : "") >= 0) {
		result = el_insertstr(el, rest) ? CC_ERROR : CC_REFRESH;
		free(rest);
	}
	free(text);
	return result;
}

struct prompt *
prompt_open(const char *text, prompt_offer *offer, void *user)
{
	struct prompt *p = calloc(1, sizeof(*p));
	HistEvent event;

	if (!p)
		return NULL;
	*p = (struct prompt){ .text = text, .offer = offer, .user = user };
	p->el = el_init("packetscope", stdin, stdout, stderr);
	p->history = history_init();
	if (!p->el || !p->history) {
		prompt_close(p);
		return NULL;
	}
	history(p->history, &event, H_SETSIZE, HISTORY);
	el_set(p->el, EL_CLIENTDATA, p);
	el_set(p->el, EL_PROMPT, prompt_text);
	el_set(p->el, EL_EDITOR, "emacs");
	el_set(p->el, EL_SIGNAL, 1);
	el_set(p->el, EL_HIST, history, p->history);
	el_set(p->el, EL_ADDFN, "ps-complete", "Complete the word", complete);
	el_set(p->el, EL_BIND, "^I", "ps-complete", NULL);
	return p;
}

void
prompt_close(struct prompt *p)
{
	if (!p)
		return;
	if (p->el)
		el_end(p->el);
	if (p->history)
		history_end(p->history);
	free(p);
}

bool
prompt_next(struct prompt *p, struct str *ret)
{
	HistEvent event;
	int n = 0;
	const char *line = el_gets(p->el, &n);

	if (!line || n <= 0) {
		putchar('\n');
		return false;
	}
	*ret = str_trim((struct str){ line, (uint32_t)n });
	if (ret->n)
		history(p->history, &event, H_ENTER, line);
	return true;
}

#else

struct prompt {
	const char *text;
	char *line;
	size_t size;
};

struct prompt *
prompt_open(const char *text, prompt_offer *offer, void *user)
{
	struct prompt *p = calloc(1, sizeof(*p));

	(void)offer;
	(void)user;
	if (p)
		p->text = text;
	return p;
}

void
prompt_close(struct prompt *p)
{
	if (p)
		free(p->line);
	free(p);
}

bool
prompt_next(struct prompt *p, struct str *ret)
{
	ssize_t n;

	fputs(p->text, stdout);
	fflush(stdout);
	n = getline(&p->line, &p->size, stdin);
	if (n < 0) {
		putchar('\n');
		return false;
	}
	*ret = str_trim((struct str){ p->line, (uint32_t)n });
	return true;
}

#endif
