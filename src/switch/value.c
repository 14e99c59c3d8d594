/* Values as people write them: numbers, addresses, rates. */
#include <arpa/inet.h>
#include <stdio.h>

#include "base/big.h"
#include "switch/reading.h"

#define NANO 1000000000u

static int
hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* aa:bb:cc:dd:ee:ff, one or two digits each; also with '-'. */
static bool
parse_mac(struct str s, uint8_t *to)
{
	uint32_t at = 0;

	for (uint32_t i = 0; i < 6; i++) {
		int v = 0, digits = 0;

		for (; at < s.n && digits < 2 && hex_digit(s.p[at]) >= 0; at++, digits++)
			v = v * 16 + hex_digit(s.p[at]);
		if (!digits)
			return false;
		to[i] = (uint8_t)v;
		if (i < 5 && (at >= s.n || (s.p[at] != ':' && s.p[at] != '-')))
			return false;
		at += i < 5;
	}
	return at == s.n;
}

static uint32_t
count(struct str s, char c)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < s.n; i++)
		n += s.p[i] == c;
	return n;
}

/* The address that the text looks like, with its bits; *ret_kind NULL: it looks like none. */
static bool
parse_address(struct arena *a, struct str s, uint8_t *to, uint32_t *ret_bits, const char **ret_kind)
{
	*ret_kind = NULL;
	if (s.n > 60)
		return false;
	if (count(s, '.') == 3 && !count(s, ':')) {
		*ret_kind = "IPv4 address";
		*ret_bits = 32;
		return inet_pton(AF_INET, str_cstr(a, s), to) == 1;
	}
	if ((count(s, ':') == 5 || (count(s, '-') == 5 && s.p[0] != '-')) && str_find(s, '.') < 0) {
		*ret_kind = "MAC address";
		*ret_bits = 48;
		if (parse_mac(s, to))
			return true;
	}
	if (!count(s, ':') || (*ret_kind && inet_pton(AF_INET6, str_cstr(a, s), to) != 1))
		return false;
	*ret_kind = "IPv6 address";
	*ret_bits = 128;
	return inet_pton(AF_INET6, str_cstr(a, s), to) == 1;
}

/* 12, 0x1f, 0b101, 0o17, -3. */
static bool
parse_integer(struct arena *a, struct str s, struct big *ret)
{
	uint32_t base = 10;
	bool neg = s.n && s.p[0] == '-';

	s = str_sub(s, neg, s.n);
	if (s.n > 2 && s.p[0] == '0' && (s.p[1] | 32) >= 'a') {
		base = (s.p[1] | 32) == 'x' ? 16 : (s.p[1] | 32) == 'b' ? 2 : (s.p[1] | 32) == 'o' ? 8 : 0;
		s = str_sub(s, 2, s.n);
	}
	/* 10000 digits are more than any field has; big_parse takes quadratic time. */
	if (!base || s.n > 10000 || !s.n || s.p[0] == '_' || !big_parse(a, s, base, ret))
		return false;
	if (neg)
		*ret = big_neg(a, *ret);
	return true;
}

static void
store(const struct big *v, void *to, uint32_t size)
{
	memset(to, 0, size);
	if (v->n)
		memcpy(to, v->w, v->n * 8 < size ? v->n * 8 : size);
}

static bool
integer_value(struct arena *a, struct diags *d, struct sw_arg arg, uint32_t width, bool is_signed, const char *what,
	void *to, uint32_t size)
{
	struct big v;
	bool fits;

	if (!parse_integer(a, arg.text, &v)) {
		diag_error(d, arg.at, "'%.*s' is no value for %s", STRA(arg.text), what);
		diag_hint(d, "expected a number (12, 0x0c)%s", width == 32 ? " or an IPv4 address" :
			width == 48 ? " or a MAC address" : width == 128 ? " or an IPv6 address" : "");
		return false;
	}
	fits = is_signed && v.neg ? big_bits_signed(v) <= width : !v.neg && big_bits_unsigned(v) <= width;
	if (!fits) {
		diag_error(d, arg.at, "%.*s does not fit in %s, which has %u bit%s", STRA(arg.text), what, width,
			width == 1 ? "" : "s");
		return false;
	}
	v = big_wrap_unsigned(a, v, width);
	store(&v, to, size);
	return true;
}

bool
sw_value(struct arena *a, struct diags *d, struct sw_arg arg, uint32_t width, bool is_signed, const char *what,
	void *to, uint32_t size)
{
	uint8_t bytes[16];
	const char *kind;
	uint32_t bits;
	struct big v;

	if (str_is(arg.text, "true") || str_is(arg.text, "false")) {
		memset(to, 0, size);
		*(uint8_t *)to = arg.text.p[0] == 't';
		return true;
	}
	if (!parse_address(a, arg.text, bytes, &bits, &kind) || bits != width) {
		if (!kind)
			return integer_value(a, d, arg, width, is_signed, what, to, size);
		if (!parse_address(a, arg.text, bytes, &bits, &kind))
			diag_error(d, arg.at, "'%.*s' is no %s", STRA(arg.text), kind);
		else
			diag_error(d, arg.at, "%s %s has %u bits, but %s has %u", kind[0] == 'M' ? "a" : "an", kind, bits, what,
				width);
		return false;
	}
	v = big_from_bytes(a, bytes, bits / 8);
	store(&v, to, size);
	return true;
}

bool
sw_number(struct arena *a, struct diags *d, struct sw_arg arg, uint64_t max, const char *what, uint64_t *ret)
{
	struct big v;

	if (!parse_integer(a, arg.text, &v)) {
		diag_error(d, arg.at, "'%.*s' is no number, expected %s", STRA(arg.text), what);
		return false;
	}
	if (v.neg || !big_fits_u64(v) || big_u64(v) > max) {
		diag_error(d, arg.at, "%.*s is out of bounds, %s is 0 to %llu", STRA(arg.text), what,
			(unsigned long long)max);
		return false;
	}
	*ret = big_u64(v);
	return true;
}

/* Digits up to `stop`; false when there are none or too many. */
static bool
digits(struct str s, uint32_t *at, uint64_t *ret, uint32_t *ret_n)
{
	*ret = 0;
	for (*ret_n = 0; *at < s.n && s.p[*at] >= '0' && s.p[*at] <= '9'; (*at)++, (*ret_n)++) {
		if (*ret > UINT64_MAX / 10 / NANO / 2)
			return false;
		*ret = *ret * 10 + (uint64_t)(s.p[*at] - '0');
	}
	return true;
}

bool
sw_rate_value(struct diags *d, struct sw_arg arg, struct sw_rate *ret)
{
	struct str s = arg.text;
	uint64_t whole, part = 0, burst;
	uint32_t at = 0, n, m = 0;
	bool ok = digits(s, &at, &whole, &n);

	if (ok && at < s.n && s.p[at] == '.') {
		at++;
		ok = digits(s, &at, &part, &m) && m <= 9;
	}
	ok = ok && n + m && at < s.n && s.p[at] == ':';
	at++;
	ok = ok && at < s.n && digits(s, &at, &burst, &n) && at == s.n;
	if (!ok) {
		diag_error(d, arg.at, "'%.*s' is no rate", STRA(arg.text));
		diag_hint(d, "expected RATE:BURST, such as 0.0005:9 (packets or bytes per microsecond, at most 9 decimals)");
		return false;
	}
	for (; m < 9; m++)
		part *= 10;
	*ret = (struct sw_rate){ .rate = whole * NANO + part, .burst = burst };
	return true;
}
