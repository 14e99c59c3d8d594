#include "base/source.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/diag.h"
#include "base/vec.h"

#define FILE_MAX ((size_t)64 << 20)

struct entry {
	struct source source; /* first: callers hold its address */
	uint32_t *lines;      /* index in the text of each line's first byte */
	uint32_t nlines;
};

struct sources {
	struct arena *arena;
	VEC(struct entry *) list; /* by ascending base */
	uint32_t next;		  /* base of the next one */
};

struct sources *
sources_make(struct arena *a)
{
	struct sources *s = arena_new(a, struct sources);

	s->arena = a;
	s->next = 1;
	return s;
}

static void
index_lines(struct arena *a, struct entry *e)
{
	struct str text = e->source.text;
	VEC(uint32_t) starts = { 0 };

	vec_push(a, &starts, 0);
	for (uint32_t i = 0; i < text.n; i++)
		if (text.p[i] == '\n')
			vec_push(a, &starts, i + 1);
	e->lines = starts.v;
	e->nlines = starts.n;
}

/* Between two sources one offset is left, so that the end of a text has a place of its own. */
static bool
has_room(const struct sources *s, size_t n)
{
	return n < UINT32_MAX - s->next;
}

const struct source *
source_add(struct sources *s, struct str name, struct str text)
{
	struct entry *e = arena_new(s->arena, struct entry);

	if (!has_room(s, text.n))
		bug("more than 4 GiB of source text");
	e->source = (struct source){ str_dup(s->arena, name), text, s->next };
	index_lines(s->arena, e);
	s->next += text.n + 1;
	vec_push(s->arena, &s->list, e);
	return &e->source;
}

/* Reads until the end of `fd`; 0 or an errno. The bytes are the arena's. */
static int
read_all(struct arena *a, int fd, size_t guess, struct str *ret)
{
	size_t cap = guess + 1 > 4096 ? guess + 1 : 4096, n = 0;
	char *buf = arena_alloc(a, cap);

	for (;;) {
		ssize_t got;

		if (n == cap) {
			char *more = arena_alloc(a, cap * 2);

			memcpy(more, buf, n);
			buf = more;
			cap *= 2;
		}
		got = read(fd, buf + n, cap - n);
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return errno;
		if (got == 0)
			break;
		n += (size_t)got;
		if (n > FILE_MAX)
			return EFBIG;
	}
	*ret = (struct str){ buf, (uint32_t)n };
	return 0;
}

static int
read_fd(struct arena *a, int fd, struct str *ret)
{
	struct stat st;

	if (fstat(fd, &st) < 0)
		return errno;
	if (S_ISDIR(st.st_mode))
		return EISDIR;
	if (S_ISREG(st.st_mode) && (uint64_t)st.st_size > FILE_MAX)
		return EFBIG;
	return read_all(a, fd, S_ISREG(st.st_mode) ? (size_t)st.st_size : 0, ret);
}

const struct source *
source_read(struct sources *s, struct str path, int *reterr_errno)
{
	bool is_stdin = str_is(path, "-");
	struct str text;
	int fd, err;

	if (str_find(path, '\0') >= 0) {
		*reterr_errno = ENOENT;
		return NULL;
	}
	fd = is_stdin ? STDIN_FILENO : open(str_cstr(s->arena, path), O_RDONLY | O_CLOEXEC);
	if (fd < 0) {
		*reterr_errno = errno;
		return NULL;
	}
	err = read_fd(s->arena, fd, &text);
	if (!is_stdin)
		close(fd);
	if (!err && !has_room(s, text.n))
		err = EFBIG;
	if (err) {
		*reterr_errno = err;
		return NULL;
	}
	return source_add(s, path, text);
}

static const struct entry *
entry_at(const struct sources *s, uint32_t offset)
{
	uint32_t lo = 0, hi = s->list.n;

	if (offset == 0 || offset >= s->next)
		return NULL;
	while (hi - lo > 1) {
		uint32_t mid = lo + (hi - lo) / 2;

		if (s->list.v[mid]->source.base <= offset)
			lo = mid;
		else
			hi = mid;
	}
	return s->list.v[lo];
}

const struct source *
source_at(const struct sources *s, uint32_t offset)
{
	const struct entry *e = entry_at(s, offset);

	return e ? &e->source : NULL;
}

bool
source_place(const struct sources *s, uint32_t offset, struct place *ret)
{
	const struct entry *e = entry_at(s, offset);
	uint32_t at, lo = 0, hi, end;

	if (!e)
		return false;
	at = offset - e->source.base;
	hi = e->nlines;
	while (hi - lo > 1) {
		uint32_t mid = lo + (hi - lo) / 2;

		if (e->lines[mid] <= at)
			lo = mid;
		else
			hi = mid;
	}
	end = lo + 1 < e->nlines ? e->lines[lo + 1] - 1 : e->source.text.n;
	if (end > e->lines[lo] && e->source.text.p[end - 1] == '\r')
		end--;
	ret->source = &e->source;
	ret->line = lo + 1;
	ret->column = at - e->lines[lo] + 1;
	ret->line_text = str_sub(e->source.text, e->lines[lo], end);
	return true;
}

struct str
source_text(const struct sources *s, struct span at)
{
	const struct source *source = source_at(s, at.begin);

	if (!source || at.end < at.begin)
		return STR_NONE;
	return str_sub(source->text, at.begin - source->base, at.end - source->base);
}

struct span
span_join(struct span a, struct span b)
{
	if (a.begin == 0 && a.end == 0)
		return b;
	if (b.begin == 0 && b.end == 0)
		return a;
	return (struct span){ a.begin, b.end };
}
