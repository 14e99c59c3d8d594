/* p4test.h - short cuts for the tests of src/p4: parse a text, print, dump, read the messages. */
#ifndef P4TEST_H
#define P4TEST_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "p4/parse.h"
#include "unit.h"

struct p4test {
	struct arena *arena;
	struct diags *diags;
};

static inline int
p4test_setup(void **state)
{
	struct arena *a = arena_make();
	struct p4test *t = arena_new(a, struct p4test);

	t->arena = a;
	t->diags = diags_make(a, sources_make(a));
	*state = t;
	return 0;
}

static inline int
p4test_teardown(void **state)
{
	arena_free(((struct p4test *)*state)->arena);
	return 0;
}

/* What a writer leaves in a memory stream, in the test's arena. */
#define p4test_capture(t, out, ...)                                     \
	({                                                              \
		char *p_ = NULL;                                        \
		size_t n_ = 0;                                          \
		FILE *out = open_memstream(&p_, &n_);                   \
		assert_non_null(out);                                   \
		__VA_ARGS__;                                            \
		fclose(out);                                            \
		const char *copy_ = arena_copy((t)->arena, p_, n_ + 1); \
		free(p_);                                               \
		copy_;                                                  \
	})

static inline const char *
p4test_messages(struct p4test *t)
{
	return p4test_capture(t, out, diags_print(t->diags, out));
}

/* Parses a program that must be right. */
static inline struct p4_node *
p4test_parse(struct p4test *t, const char *text)
{
	struct p4_node *n = p4_parse_text(t->arena, t->diags, STR("test.p4"), str_from(text), NULL);

	if (!n)
		fail_msg("%s", p4test_messages(t));
	return n;
}

static inline const char *
p4test_print(struct p4test *t, const char *text)
{
	struct p4_node *n = p4test_parse(t, text);

	return p4test_capture(t, out, p4_print(out, n, t->diags));
}

/* Parses a program that must be wrong; its messages. */
static inline const char *
p4test_errors(struct p4test *t, const char *text)
{
	assert_null(p4_parse_text(t->arena, t->diags, STR("test.p4"), str_from(text), NULL));
	return p4test_messages(t);
}

static inline void
p4test_contains(const char *text, const char *part)
{
	if (!strstr(text, part))
		fail_msg("'%s' is not in:\n%s", part, text);
}

#endif
