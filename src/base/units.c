#include "base/units.h"

#include "base/arena.h"

struct unit {
	const char *name; /* lower case */
	uint64_t scale;
	enum units of;
};

#define KILO UINT64_C(1000)
#define MEGA UINT64_C(1000000)
#define GIGA UINT64_C(1000000000)
#define TERA UINT64_C(1000000000000)
#define KIBI (UINT64_C(1) << 10)
#define MEBI (UINT64_C(1) << 20)
#define GIBI (UINT64_C(1) << 30)

static const struct unit durations[] = {
	{ "ns", 1, 0 },	  { "us", KILO, 0 },	   { "\xc2\xb5s", KILO, 0 }, { "ms", MEGA, 0 },
	{ "s", GIGA, 0 }, { "min", 60 * GIGA, 0 }, { "h", 3600 * GIGA, 0 },
};

static const struct unit sizes[] = {
	{ "b", 1, UNITS_BYTES },	{ "kb", KILO, UNITS_BYTES },
	{ "mb", MEGA, UNITS_BYTES },	{ "gb", GIGA, UNITS_BYTES },
	{ "kib", KIBI, UNITS_BYTES },	{ "mib", MEBI, UNITS_BYTES },
	{ "gib", GIBI, UNITS_BYTES },	{ "packets", 1, UNITS_PACKETS },
	{ "packet", 1, UNITS_PACKETS }, { "p", 1, UNITS_PACKETS },
};

static const struct unit rates[] = {
	{ "pps", 1, UNITS_PACKETS },	 { "kpps", KILO, UNITS_PACKETS },
	{ "mpps", MEGA, UNITS_PACKETS }, { "bps", 1, UNITS_BITS },
	{ "kbps", KILO, UNITS_BITS },	 { "mbps", MEGA, UNITS_BITS },
	{ "gbps", GIGA, UNITS_BITS },	 { "tbps", TERA, UNITS_BITS },
};

#define COUNT(array) (uint32_t)(sizeof(array) / sizeof((array)[0]))

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* Splits `12.5ms` into its number and its unit. */
static struct str
split(struct str s, struct str *unit)
{
	uint32_t i = 0;

	while (i < s.n && (is_digit(s.p[i]) || s.p[i] == '.'))
		i++;
	*unit = str_sub(s, i, s.n);
	return str_sub(s, 0, i);
}

static bool
same_unit(struct str s, const char *name, bool any_case)
{
	struct str want = str_from(name);

	if (s.n != want.n)
		return false;
	for (uint32_t i = 0; i < s.n; i++) {
		char c = s.p[i];

		if (any_case && c >= 'A' && c <= 'Z')
			c = (char)(c - 'A' + 'a');
		if (c != want.p[i])
			return false;
	}
	return true;
}

static const struct unit *
find(const struct unit *list, uint32_t n, struct str name, bool any_case)
{
	for (uint32_t i = 0; i < n; i++)
		if (same_unit(name, list[i].name, any_case))
			return &list[i];
	return NULL;
}

static bool
whole_digits(struct str s, uint64_t *ret)
{
	uint64_t v = 0;

	for (uint32_t i = 0; i < s.n; i++) {
		if (!is_digit(s.p[i]) || __builtin_mul_overflow(v, 10, &v) ||
		    __builtin_add_overflow(v, (uint64_t)(s.p[i] - '0'), &v))
			return false;
	}
	*ret = v;
	return s.n > 0;
}

bool
units_number(struct str s, uint64_t *ret)
{
	return whole_digits(s, ret);
}

/* The digits after the point times `scale`, which must come out whole. */
static bool
fraction(struct str digits, uint64_t scale, uint64_t *ret)
{
	__extension__ unsigned __int128 product;
	uint64_t v, power = 1;

	while (digits.n && digits.p[digits.n - 1] == '0')
		digits.n--;
	if (digits.n == 0) {
		*ret = 0;
		return true;
	}
	if (digits.n > 18 || !whole_digits(digits, &v))
		return false;
	for (uint32_t i = 0; i < digits.n; i++)
		power *= 10;
	product = v;
	product *= scale;
	if (product % power)
		return false;
	*ret = (uint64_t)(product / power);
	return true;
}

bool
units_decimal(struct str s, uint64_t scale, uint64_t *ret)
{
	int64_t point = str_find(s, '.');
	struct str after = point < 0 ? STR("0") : str_sub(s, (uint32_t)point + 1, s.n);
	uint64_t whole, part = 0;

	if (point >= 0)
		s = str_sub(s, 0, (uint32_t)point);
	if (!whole_digits(s, &whole) || after.n == 0 || str_find(after, '.') >= 0)
		return false;
	if (!fraction(after, scale, &part) || __builtin_mul_overflow(whole, scale, &whole) ||
	    __builtin_add_overflow(whole, part, &whole))
		return false;
	*ret = whole;
	return true;
}

bool
units_duration_ns(struct str s, uint64_t *ret)
{
	struct str name, number = split(s, &name);
	const struct unit *u = find(durations, COUNT(durations), name, false);

	if (str_is(s, "0"))
		return units_number(s, ret);
	return u && units_decimal(number, u->scale, ret);
}

/* With a unit of the list, or without one when `plain` says what that means. */
static bool
with_unit(struct str s, const struct unit *list, uint32_t n, enum units plain, uint64_t *ret,
	  enum units *ret_unit)
{
	struct str name, number = split(s, &name);
	const struct unit *u = name.n ? find(list, n, name, true) : NULL;

	if (name.n == 0 && units_number(number, ret)) {
		*ret_unit = plain;
		return true;
	}
	if (!u || !units_decimal(number, u->scale, ret))
		return false;
	*ret_unit = u->of;
	return true;
}

bool
units_size(struct str s, uint64_t *ret)
{
	enum units of;
	uint64_t v;

	if (!with_unit(s, sizes, COUNT(sizes), UNITS_BYTES, &v, &of) || of != UNITS_BYTES)
		return false;
	*ret = v;
	return true;
}

bool
units_amount(struct str s, uint64_t *ret, enum units *ret_unit)
{
	return with_unit(s, sizes, COUNT(sizes), UNITS_PACKETS, ret, ret_unit);
}

bool
units_rate(struct str s, uint64_t *ret, enum units *ret_unit)
{
	return with_unit(s, rates, COUNT(rates), UNITS_PACKETS, ret, ret_unit);
}

struct str
units_duration_text(struct arena *a, uint64_t ns)
{
	static const char *const names[] = { "ns", "us", "ms", "s" };
	uint32_t i = 0;

	if (ns == 0)
		return STR("0s");
	for (; i < 3 && ns % KILO == 0; i++)
		ns /= KILO;
	return str_fmt(a, "%llu%s", (unsigned long long)ns, names[i]);
}
