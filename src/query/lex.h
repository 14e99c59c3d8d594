/* lex.h - query text to tokens, all at once: the parser looks ahead freely. Tokens live in the
 * arena. */
#ifndef QUERY_LEX_H
#define QUERY_LEX_H

#include "base/diag.h"
#include "ir/value.h"

/* clang-format off */
/* kind, how messages call it */
#define TOKENS(X)                                                                                \
	X(TOKEN_END, "the end of the file")                                                      \
	X(TOKEN_BAD, "an unreadable character") /* reported already */                           \
	X(TOKEN_NAME, "a name")             X(TOKEN_INT, "a number")                             \
	X(TOKEN_DECIMAL, "a fraction")      X(TOKEN_TIME, "a duration")                          \
	X(TOKEN_SIZE, "a size")             X(TOKEN_RATE, "a rate")                              \
	X(TOKEN_IPV4, "an IPv4 address")    X(TOKEN_IPV6, "an IPv6 address")                     \
	X(TOKEN_MAC, "a MAC address")       X(TOKEN_PREFIX4, "an IPv4 prefix")                   \
	X(TOKEN_PREFIX6, "an IPv6 prefix")  X(TOKEN_STRING, "a string")                          \
	/* from here on: the token's own text; longer ones first */                              \
	X(TOKEN_ARROW, "=>")    X(TOKEN_EQ, "==")       X(TOKEN_NE, "!=")    X(TOKEN_LE, "<=")   \
	X(TOKEN_GE, ">=")       X(TOKEN_SHL, "<<")      X(TOKEN_SHR, ">>")   X(TOKEN_AND_AND, "&&") \
	X(TOKEN_OR_OR, "||")    X(TOKEN_DOTS, "..")     X(TOKEN_LPAREN, "(") X(TOKEN_RPAREN, ")") \
	X(TOKEN_LBRACKET, "[")  X(TOKEN_RBRACKET, "]")  X(TOKEN_LBRACE, "{") X(TOKEN_RBRACE, "}") \
	X(TOKEN_COMMA, ",")     X(TOKEN_DOT, ".")       X(TOKEN_SEMICOLON, ";")                  \
	X(TOKEN_ASSIGN, "=")    X(TOKEN_LT, "<")        X(TOKEN_GT, ">")     X(TOKEN_AND, "&")   \
	X(TOKEN_OR, "|")        X(TOKEN_XOR, "^")       X(TOKEN_NOT, "!")    X(TOKEN_TILDE, "~") \
	X(TOKEN_PLUS, "+")      X(TOKEN_MINUS, "-")     X(TOKEN_STAR, "*")   X(TOKEN_SLASH, "/") \
	X(TOKEN_PERCENT, "%")   X(TOKEN_QUESTION, "?")  X(TOKEN_COLON, ":")
/* clang-format on */

enum token_kind {
#define X(kind, text) kind,
	TOKENS(X)
#undef X
};

extern const char *const token_texts[];

struct token {
	enum token_kind kind;
	struct span at;
	struct str text; /* NAME, STRING (without quotes): its characters */
	ir_i128 value;	 /* numbers, addresses, prefixes; ns, bytes, bits or packets a second */
	uint32_t digits; /* PREFIX: length; DECIMAL: digits after the point */
	bool is_hex;	 /* INT */
	uint32_t column; /* of the first token of a line: its column, from 1; else 0 */
};

/* The tokens of a text, the last one TOKEN_END. */
struct token *query_lex(struct arena *a, struct diags *d, const struct source *s);

#endif
