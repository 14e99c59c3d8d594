/* stf_parse.h - tests in the STF language of P4's compilers: a text becomes a list of statements that still hold names and numbers
 * as they were written, with their places. packetscope-stf(1) describes the language.
 */
#ifndef UI_STF_PARSE_H
#define UI_STF_PARSE_H

#include "base/vec.h"
#include "switch/entries.h"

enum stf_kind {
	STF_ADD, STF_DEFAULT, STF_REMOVE_ALL, STF_CONTROL, /* `command` */
	STF_PACKET, STF_EXPECT, STF_NO_PACKET, STF_WAIT,
	STF_COUNTER, STF_REGISTER, STF_DROP, /* is what was counted as it should be? */
	STF_SHOW_COUNTER, STF_SHOW_REGISTER,
	STF_LOG, STF_ASSERT, STF_ASSUME, STF_DIGEST, /* what the program says, in its order */
};

enum stf_compare { STF_EQ, STF_NE, STF_LT, STF_LE, STF_GT, STF_GE };

struct stf_statement {
	enum stf_kind kind;
	struct span at;
	struct sw_command command; /* STF_ADD, STF_DEFAULT: names and values as written; STF_CONTROL: ready */
	struct sw_arg label;	   /* STF_ADD: the entry's name, empty: none */
	uint32_t port;
	struct str hex;	 /* STF_PACKET, STF_EXPECT: digits and '*' without spaces; STF_DIGEST: digits */
	bool any, exact; /* STF_EXPECT: without data; ends in `$`. STF_ASSERT, STF_ASSUME: without a line */
	struct sw_arg name, index; /* a counter, register or reason, and its cell; STF_LOG: the text */
	bool bytes, compares;	   /* STF_COUNTER */
	enum stf_compare compare;
	struct sw_arg number; /* to compare with */
};

struct stf_test {
	const struct source *source;
	struct stf_statement *v;
	uint32_t n, cap;
};

/* False when there are mistakes, all of which are reported. */
bool stf_parse(struct arena *a, struct diags *d, const struct source *text, struct stf_test *ret);

#endif
