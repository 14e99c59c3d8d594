#include "manifest/reader.h"

#include <stdarg.h>

#define NAME_MAX_BYTES 1024

static struct str
path_text(struct arena *a, const struct where *w)
{
	struct str up;

	if (!w)
		return STR("");
	up = path_text(a, w->up);
	if (!w->member)
		return str_fmt(a, "%.*s[%zu]", STRA(up), w->index);
	return str_fmt(a, up.n ? "%.*s.%s" : "%.*s%s", STRA(up), w->member);
}

void
reader_complain(struct reader *r, const struct where *w, const char *member, const char *fmt, ...)
{
	struct where inner = { w, member, 0 };
	struct str path = path_text(r->arena, member ? &inner : w);
	char what[256];
	va_list args;

	va_start(args, fmt);
	vsnprintf(what, sizeof(what), fmt, args);
	va_end(args);
	diag_error(r->diags, r->at, "manifest: %.*s%s%s", STRA(path), path.n ? ": " : "", what);
	r->failed = true;
}

bool
reader_is_object(struct reader *r, const struct where *w, const json_t *o)
{
	if (!json_is_object(o))
		reader_complain(r, w, NULL, "expected an object");
	return json_is_object(o);
}

void
reader_only(struct reader *r, const struct where *w, json_t *o, const char *const *known)
{
	const char *key;
	json_t *value;

	json_object_foreach(o, key, value)
	{
		const char *const *k = known;

		while (*k && strcmp(*k, key) != 0)
			k++;
		if (!*k)
			reader_complain(r, w, NULL, "unknown member \"%.60s\"", key);
	}
}

uint64_t
reader_number(struct reader *r, const struct where *w, const json_t *o, const char *member, uint64_t min,
       uint64_t max)
{
	const json_t *v = json_object_get(o, member);
	json_int_t i = json_integer_value(v);

	if (!json_is_integer(v))
		reader_complain(r, w, member, "expected a number");
	else if (i < 0 || (uint64_t)i < min || (uint64_t)i > max)
		reader_complain(r, w, member, "%lld is not in %llu..%llu", (long long)i,
			 (unsigned long long)min, (unsigned long long)max);
	else
		return (uint64_t)i;
	return min;
}

uint32_t
reader_power(struct reader *r, const struct where *w, const json_t *o, const char *member, uint32_t max)
{
	uint32_t n = (uint32_t)reader_number(r, w, o, member, 1, max);

	if (n & (n - 1))
		reader_complain(r, w, member, "%u is not a power of two", n);
	return n & (n - 1) ? 1 : n;
}

struct str
reader_any_text(struct reader *r, const struct where *w, const char *member, const json_t *v)
{
	if (!json_is_string(v)) {
		reader_complain(r, w, member, "expected a string");
		return STR("");
	}
	return str_dup(r->arena,
		       (struct str){ json_string_value(v), (uint32_t)json_string_length(v) });
}

/* Names go to command lines and messages: printable, no white space. */
struct str
reader_as_name(struct reader *r, const struct where *w, const char *member, const json_t *v)
{
	struct str s = reader_any_text(r, w, member, v);

	if (s.n > NAME_MAX_BYTES) {
		reader_complain(r, w, member, "a name of %u bytes", s.n);
		return STR("");
	}
	for (uint32_t i = 0; i < s.n; i++)
		if ((unsigned char)s.p[i] <= ' ' || s.p[i] == 0x7f) {
			reader_complain(r, w, member, "a name with white space or control characters");
			return STR("");
		}
	return s;
}

struct str
reader_name(struct reader *r, const struct where *w, const json_t *o, const char *member, enum need need)
{
	const json_t *v = json_object_get(o, member);
	struct str s = reader_as_name(r, w, member, v);

	if (need == MUST && json_is_string(v) && json_string_length(v) == 0)
		reader_complain(r, w, member, "expected a name");
	if (need == MUST_NOT && s.n > 0)
		reader_complain(r, w, member, "this kind of state has none");
	return s;
}

const json_t *
reader_list(struct reader *r, const struct where *w, const json_t *o, const char *member, size_t max)
{
	const json_t *v = json_object_get(o, member);

	if (!json_is_array(v))
		reader_complain(r, w, member, "expected a list");
	else if (json_array_size(v) > max)
		reader_complain(r, w, member, "more than %zu elements", max);
	else
		return v;
	return NULL;
}
