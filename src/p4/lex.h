/* lex.h - P4_16 tokens: from bytes to words. Internal to src/p4.
 *
 * The lexer serves the preprocessor (which wants to know about line ends) and, for the weaver's
 * snippets, the parser directly. Tokens point into the source's text.
 */
#ifndef P4_LEX_H
#define P4_LEX_H

#include "base/diag.h"
#include "base/vec.h"

/* kind, text for messages. Keywords stand together, in alphabetical order. */
#define P4_PUNCTUATION(X)             \
	X(TOK_INVALID, "{#}")         \
	X(TOK_LBRACE, "{")            \
	X(TOK_RBRACE, "}")            \
	X(TOK_LPAREN, "(")            \
	X(TOK_RPAREN, ")")            \
	X(TOK_LBRACKET, "[")          \
	X(TOK_RBRACKET, "]")          \
	X(TOK_SEMI, ";")              \
	X(TOK_COMMA, ",")             \
	X(TOK_COLON, ":")             \
	X(TOK_QUESTION, "?")          \
	X(TOK_DOT, ".")               \
	X(TOK_RANGE, "..")            \
	X(TOK_DOTS, "...")            \
	X(TOK_AT, "@")                \
	X(TOK_HASH, "#")              \
	X(TOK_PASTE, "##")            \
	X(TOK_ASSIGN, "=")            \
	X(TOK_ADD_ASSIGN, "+=")       \
	X(TOK_SUB_ASSIGN, "-=")       \
	X(TOK_MUL_ASSIGN, "*=")       \
	X(TOK_DIV_ASSIGN, "/=")       \
	X(TOK_MOD_ASSIGN, "%=")       \
	X(TOK_ADD_SAT_ASSIGN, "|+|=") \
	X(TOK_SUB_SAT_ASSIGN, "|-|=") \
	X(TOK_SHL_ASSIGN, "<<=")      \
	X(TOK_AND_ASSIGN, "&=")       \
	X(TOK_OR_ASSIGN, "|=")        \
	X(TOK_XOR_ASSIGN, "^=")       \
	X(TOK_PLUS, "+")              \
	X(TOK_MINUS, "-")             \
	X(TOK_STAR, "*")              \
	X(TOK_SLASH, "/")             \
	X(TOK_PERCENT, "%")           \
	X(TOK_ADD_SAT, "|+|")         \
	X(TOK_SUB_SAT, "|-|")         \
	X(TOK_CONCAT, "++")           \
	X(TOK_SHL, "<<")              \
	X(TOK_LT, "<")                \
	X(TOK_GT, ">")                \
	X(TOK_LE, "<=")               \
	X(TOK_GE, ">=")               \
	X(TOK_EQ, "==")               \
	X(TOK_NE, "!=")               \
	X(TOK_NOT, "!")               \
	X(TOK_TILDE, "~")             \
	X(TOK_AND, "&")               \
	X(TOK_OR, "|")                \
	X(TOK_XOR, "^")               \
	X(TOK_MASK, "&&&")            \
	X(TOK_AND_AND, "&&")          \
	X(TOK_OR_OR, "||")

#define P4_KEYWORDS(X)                      \
	X(TOK_DONTCARE, "_")                \
	X(TOK_ABSTRACT, "abstract")         \
	X(TOK_ACTION, "action")             \
	X(TOK_ACTIONS, "actions")           \
	X(TOK_APPLY, "apply")               \
	X(TOK_BIT, "bit")                   \
	X(TOK_BOOL, "bool")                 \
	X(TOK_BREAK, "break")               \
	X(TOK_CONST, "const")               \
	X(TOK_CONTINUE, "continue")         \
	X(TOK_CONTROL, "control")           \
	X(TOK_DEFAULT, "default")           \
	X(TOK_ELSE, "else")                 \
	X(TOK_ENTRIES, "entries")           \
	X(TOK_ENUM, "enum")                 \
	X(TOK_ERROR, "error")               \
	X(TOK_EXIT, "exit")                 \
	X(TOK_EXTERN, "extern")             \
	X(TOK_FALSE, "false")               \
	X(TOK_FOR, "for")                   \
	X(TOK_HEADER, "header")             \
	X(TOK_HEADER_UNION, "header_union") \
	X(TOK_IF, "if")                     \
	X(TOK_IN, "in")                     \
	X(TOK_INOUT, "inout")               \
	X(TOK_INT, "int")                   \
	X(TOK_KEY, "key")                   \
	X(TOK_LIST, "list")                 \
	X(TOK_MATCH_KIND, "match_kind")     \
	X(TOK_OUT, "out")                   \
	X(TOK_PACKAGE, "package")           \
	X(TOK_PARSER, "parser")             \
	X(TOK_PRIORITY, "priority")         \
	X(TOK_RETURN, "return")             \
	X(TOK_SELECT, "select")             \
	X(TOK_STATE, "state")               \
	X(TOK_STRING, "string")             \
	X(TOK_STRUCT, "struct")             \
	X(TOK_SWITCH, "switch")             \
	X(TOK_TABLE, "table")               \
	X(TOK_THIS, "this")                 \
	X(TOK_TRANSITION, "transition")     \
	X(TOK_TRUE, "true")                 \
	X(TOK_TUPLE, "tuple")               \
	X(TOK_TYPE, "type")                 \
	X(TOK_TYPEDEF, "typedef")           \
	X(TOK_VALUE_SET, "value_set")       \
	X(TOK_VARBIT, "varbit")             \
	X(TOK_VOID, "void")

enum p4_tok {
	TOK_EOF,
	TOK_EOL,	/* only from p4_lex_in_line */
	TOK_BAD,	/* bytes that start no token; allowed in annotations only. Without text: it
			 * stands for something wrong that has been reported */
	TOK_BAD_STRING, /* not terminated */
	TOK_NAME,	/* identifier */
	TOK_NUMBER,	/* digits and letters; checked by p4_number */
	TOK_TEXT,	/* "string" */
#define X(kind, text) kind,
	P4_PUNCTUATION(X) P4_KEYWORDS(X)
#undef X
};

struct p4_token {
	enum p4_tok kind;
	bool bol;	 /* first on its line */
	bool space;	 /* white space or a comment before it */
	bool painted;	 /* never expanded again (preprocessor) */
	struct span at;	 /* where the user wrote it; of macro output: the macro's use */
	struct span def; /* of macro output: where the token stands in the definition */
	struct str text;
};

/* A run of // lines directly above token number `token`. */
struct p4_comment {
	uint32_t token;
	struct str text; /* lines joined by \n, without // and one blank */
};

struct p4_tokens {
	VEC(struct p4_token) list;	 /* ends with TOK_EOF */
	VEC(struct p4_comment) comments; /* ascending; only kept for snippets */
	bool is_cut; /* the rest of the text could not be read: nothing at the end is the user's
			mistake */
};

struct p4_lexer {
	struct arena *arena;
	struct diags *diags;
	const struct source *source;
	uint32_t pos;
	bool bol;
	struct p4_tokens *comments; /* NULL: comments are dropped */
	uint32_t errors;
};

void p4_lexer_init(struct p4_lexer *l, struct arena *a, struct diags *d, const struct source *s);
/* The next token; TOK_EOF at the end, again and again. */
struct p4_token p4_lex(struct p4_lexer *l);
/* The same, but TOK_EOL (not consumed) at the end of the line. For directives. */
struct p4_token p4_lex_in_line(struct p4_lexer *l);
/* Everything up to the end of the line, which is not consumed; backslash-newline joins lines. */
struct str p4_lex_rest_of_line(struct p4_lexer *l);
/* Steps over text of a switched-off #if branch up to the next # that starts a line, which is
 * consumed; false at the end of the text. */
bool p4_lex_skip_to_hash(struct p4_lexer *l);

/* One token at the start of `text`: its kind and length. White space is not skipped. */
enum p4_tok p4_scan(struct str text, uint32_t *ret_length);
/* `;` or `control`, for messages; "" for the kinds without a fixed spelling. */
const char *p4_tok_text(enum p4_tok kind);
/* Is it an identifier, or a keyword that P4 allows as a name (apply, key, ...)? */
bool p4_tok_is_name(enum p4_tok kind);
bool p4_tok_is_keyword(enum p4_tok kind);

/* All tokens of a text, without preprocessing, comments kept. */
void p4_lex_all(struct arena *a, struct diags *d, const struct source *s, struct p4_tokens *ret);

/* Spellings of tokens side by side, one blank where there was white space. */
struct str p4_tokens_text(struct arena *a, const struct p4_token *v, uint32_t n);

/* Reads `8w0xff`: width (0: none), sign, base and the digits without prefix. Returns NULL or
 * what is wrong with it. */
struct p4_number {
	uint32_t width;
	bool is_signed;
	uint8_t base;
	struct str digits;
};
const char *p4_number(struct str text, struct p4_number *ret);

#endif
