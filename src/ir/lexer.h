/* lexer.h - tokens of the graph's text form (text.h). The lexer lies on its owner's stack; what tokens stand for is in its arena or in the text. */
#ifndef IR_LEXER_H
#define IR_LEXER_H

#include "base/arena.h"
#include "base/diag.h"
#include "base/str.h"

enum ir_token_kind { IR_T_END, IR_T_LINE, IR_T_WORD, IR_T_NUMBER, IR_T_STRING, IR_T_MARK };

struct ir_token {
	enum ir_token_kind kind;
	struct span at;
	struct str text; /* WORD, NUMBER, MARK: as written; STRING: what it stands for */
};

struct ir_lexer {
	struct arena *a;
	struct diags *d;
	struct str text;
	uint32_t base; /* offset of text[0] */
	uint32_t pos;
	struct ir_token tok; /* the one at hand */
	uint32_t errors;
};

/* Reports the first error only: nobody writes such texts by hand, and it is the cause of all others. Always false. */
bool ir_lex_fail(struct ir_lexer *l, const char *what);
void ir_lex_next(struct ir_lexer *l);
/* Is the token at hand this word or mark? accept: then go on; expect: else report it. */
bool ir_lex_is(const struct ir_lexer *l, const char *text);
bool ir_lex_accept(struct ir_lexer *l, const char *text);
bool ir_lex_expect(struct ir_lexer *l, const char *text);

#endif
