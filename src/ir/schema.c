#include "ir/schema.h"

#define SPELLINGS_MAX 32
#define NAME_MAX_BYTES 64 /* longer names have no common meaning */

/* One row of meanings.def. */
struct meaning {
	const char *name;
	enum ir_kind kind;
	bool is_slice;
	uint32_t hi, lo;
	uint16_t widths[6];
	const char *spellings[SPELLINGS_MAX];
};

#define W(...)              \
	{                   \
		__VA_ARGS__ \
	}
#define N(...)              \
	{                   \
		__VA_ARGS__ \
	}
#define MEANING(name, kind, widths, spellings) { name, kind, false, 0, 0, widths, spellings },
#define SLICE(name, hi, lo, widths, spellings) { name, IR_INT, true, hi, lo, widths, spellings },
static const struct meaning meanings[] = {
#include "ir/meanings.def"
};
#undef MEANING
#undef SLICE
#undef W
#undef N

#define NMEANINGS (sizeof(meanings) / sizeof(meanings[0]))

/* A name without case and underscores; empty when it is too long to be a common one. */
struct plain {
	char text[NAME_MAX_BYTES];
	uint32_t n;
};

static struct plain
plain_of(struct str name)
{
	struct plain p = { .n = 0 };

	for (uint32_t i = 0; i < name.n; i++) {
		char c = name.p[i];

		if (c == '_')
			continue;
		if (p.n == NAME_MAX_BYTES)
			return (struct plain){ .n = 0 };
		p.text[p.n++] = c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
	}
	return p;
}

static bool
is_plain(const struct plain *p, const char *spelling)
{
	return p->n && strlen(spelling) == p->n && !memcmp(p->text, spelling, p->n);
}

static bool
has_spelling(const struct meaning *m, const struct plain *p)
{
	for (uint32_t i = 0; i < SPELLINGS_MAX && m->spellings[i]; i++)
		if (is_plain(p, m->spellings[i]))
			return true;
	return false;
}

static bool
has_name(const struct meaning *m, const struct plain *p)
{
	struct plain name = plain_of(str_from(m->name));

	return p->n && p->n == name.n && !memcmp(p->text, name.text, p->n);
}

static bool
has_width(const struct meaning *m, uint32_t width)
{
	for (uint32_t i = 0; i < sizeof(m->widths) / sizeof(m->widths[0]) && m->widths[i]; i++)
		if (m->widths[i] == width)
			return true;
	return false;
}

/* Is this what the program's field is? A slice's spellings are those of the whole field. */
static bool
field_has(const struct meaning *m, const struct ir_schema_field *f)
{
	struct plain p = plain_of(f->name);

	if (!has_width(m, f->width))
		return false;
	return has_spelling(m, &p) || (!m->is_slice && has_name(m, &p));
}

/* Could `p` stand for the meaning? Slices go by their common name only: `tos` is not its ecn bits.
 */
static bool
name_has(const struct meaning *m, const struct plain *p)
{
	return has_name(m, p) || (!m->is_slice && has_spelling(m, p));
}

static int32_t
by_own_name(const struct ir_schema_header *h, struct str name)
{
	for (uint32_t i = 0; i < h->fields.n; i++)
		if (str_eq(h->fields.v[i].name, name))
			return (int32_t)i;
	return -1;
}

static bool
is_known(const uint32_t *list, uint32_t n, uint32_t field)
{
	for (uint32_t i = 0; i < n; i++)
		if (list[i] == field)
			return true;
	return false;
}

/* Fields that `name` may mean: whole ones, or (when there is none) such that hold it as a part. */
static uint32_t
by_meaning(const struct ir_schema_header *h, struct str name, bool slices, uint32_t *list,
	   uint32_t max, const struct meaning **ret_last)
{
	struct plain p = plain_of(name);
	uint32_t n = 0;

	for (uint32_t m = 0; m < NMEANINGS; m++) {
		if (meanings[m].is_slice != slices || !name_has(&meanings[m], &p))
			continue;
		for (uint32_t i = 0; i < h->fields.n && n < max; i++) {
			if (!field_has(&meanings[m], &h->fields.v[i]) || is_known(list, n, i))
				continue;
			list[n++] = i;
			*ret_last = &meanings[m];
		}
	}
	return n;
}

/* Fields whose name differs in case and underscores only. */
static uint32_t
by_spelling(const struct ir_schema_header *h, struct str name, uint32_t *list, uint32_t max)
{
	struct plain p = plain_of(name);
	uint32_t n = 0;

	for (uint32_t i = 0; p.n && i < h->fields.n && n < max; i++) {
		struct plain q = plain_of(h->fields.v[i].name);

		if (p.n == q.n && !memcmp(p.text, q.text, p.n))
			list[n++] = i;
	}
	return n;
}

/* All ways in order; `ret_slice` when it is a part of the field. */
static uint32_t
candidates(const struct ir_schema_header *h, struct str name, uint32_t *list, uint32_t max,
	   const struct meaning **ret_slice)
{
	const struct meaning *m = NULL;
	uint32_t n = by_spelling(h, name, list, max);

	if (!n)
		n = by_meaning(h, name, false, list, max, &m);
	if (n)
		return n;
	n = by_meaning(h, name, true, list, max, &m);
	*ret_slice = m;
	return n;
}

uint32_t
ir_schema_candidates(const struct ir_schema_header *h, struct str name, uint32_t *ret, uint32_t max)
{
	const struct meaning *slice = NULL;

	return candidates(h, name, ret, max, &slice);
}

int32_t
ir_schema_resolve(const struct ir_schema_header *h, struct str name, uint32_t *ret_hi,
		  uint32_t *ret_lo)
{
	const struct meaning *slice = NULL;
	int32_t own = by_own_name(h, name);
	uint32_t list[2], n = 1;

	if (own >= 0)
		list[0] = (uint32_t)own;
	else
		n = candidates(h, name, list, 2, &slice);
	if (n != 1)
		return n ? -2 : -1;
	*ret_hi = slice ? slice->hi : h->fields.v[list[0]].width - 1;
	*ret_lo = slice ? slice->lo : 0;
	return (int32_t)list[0];
}

uint32_t
ir_schema_names(const struct ir_schema_header *h, struct str *ret, uint32_t max)
{
	uint32_t n = 0, hi, lo;

	for (uint32_t i = 0; i < h->fields.n && n < max; i++)
		ret[n++] = h->fields.v[i].name;
	for (uint32_t m = 0; m < NMEANINGS && n < max; m++) {
		struct str name = str_from(meanings[m].name);
		bool twice = false;

		for (uint32_t i = 0; i < n; i++)
			twice |= str_eq(ret[i], name);
		if (!twice && ir_schema_resolve(h, name, &hi, &lo) >= 0)
			ret[n++] = name;
	}
	return n;
}

bool
ir_schema_is_known(const struct ir_schema_header *h, uint32_t field)
{
	for (uint32_t m = 0; m < NMEANINGS; m++)
		if (field_has(&meanings[m], &h->fields.v[field]))
			return true;
	return false;
}

enum ir_kind
ir_schema_kind(const struct ir_schema_header *h, uint32_t field)
{
	const struct ir_schema_field *f = &h->fields.v[field];

	for (uint32_t m = 0; m < NMEANINGS; m++) {
		if (meanings[m].kind == IR_INT || !field_has(&meanings[m], f))
			continue;
		return meanings[m].kind == IR_IPV4 && f->width == 128 ? IR_IPV6 : meanings[m].kind;
	}
	return IR_INT;
}
