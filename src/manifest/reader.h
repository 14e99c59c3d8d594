/* reader.h - reading a manifest: every member is checked before anything is believed. Whatever is wrong is complained of once, and reading goes
 * on with something harmless; the file is refused at the end. */
#ifndef MANIFEST_READER_H
#define MANIFEST_READER_H

#include <jansson.h>

#include "base/arena.h"
#include "manifest/manifest.h"

struct reader {
	struct arena *arena;
	struct diags *diags;
	struct span at; /* the file */
	bool failed;
};

/* Where in the file: "states[3].ring", built only for messages. */
struct where {
	const struct where *up;
	const char *member; /* NULL: an element */
	size_t index;
};

/* member NULL: of `w` itself */
void reader_complain(struct reader *r, const struct where *w, const char *member, const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));
bool reader_is_object(struct reader *r, const struct where *w, const json_t *o);
/* Nobody writes members that nobody reads: an unknown one is a newer file or a slip. */
void reader_only(struct reader *r, const struct where *w, json_t *o, const char *const *known);
/* The member's number; `min` after an error. */
uint64_t reader_number(struct reader *r, const struct where *w, const json_t *o, const char *member, uint64_t min, uint64_t max);
uint32_t reader_power(struct reader *r, const struct where *w, const json_t *o, const char *member, uint32_t max);
struct str reader_any_text(struct reader *r, const struct where *w, const char *member, const json_t *v);
/* Names go to command lines and messages: printable, no white space. */
struct str reader_as_name(struct reader *r, const struct where *w, const char *member, const json_t *v);
enum need { MUST, MAY, MUST_NOT };
struct str reader_name(struct reader *r, const struct where *w, const json_t *o, const char *member, enum need need);
/* NULL after an error. */
const json_t *reader_list(struct reader *r, const struct where *w, const json_t *o, const char *member, size_t max);

/* Each element of the list `member` of `o` by read(r, where, element, &one), appended to the vector `ret`. */
#define READ_LIST(r, w, o, member, max, read, ret)                                    \
	do {                                                                          \
		const json_t *list_ = reader_list(r, w, o, member, max);              \
		struct where in_ = { w, member, 0 };                                  \
		for (size_t i_ = 0; i_ < json_array_size(list_); i_++) {              \
			struct where at_ = { &in_, NULL, i_ };                        \
			__typeof__(*(ret)->v) one_;                                   \
			memset(&one_, 0, sizeof(one_));                               \
			read(r, &at_, json_array_get(list_, i_), &one_);              \
			vec_push((r)->arena, ret, one_);                              \
		}                                                                     \
	} while (0)

/* network_read.c: the section "network"; `o` may be NULL. */
void manifest_network_read(struct reader *r, json_t *o, struct manifest_network *ret);
/* network_write.c: words of enums, NULL-terminated; the section, NULL when memory is short, or a text is no UTF-8. */
extern const char *const network_kinds[], *const network_values[], *const network_spacings[];
json_t *manifest_network_write(const struct manifest_network *n);

#endif
