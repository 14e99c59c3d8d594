/* CRCs with parameters: their tables, and the commands that set them. A name is p4c's (p4/calculations.h). */
#include "packetscope/hash.h"

#include "base/alloc.h"
#include "base/arena.h"
#include "switch/apply.h"
#include "switch/internal.h"

/* The remainder of a byte and zeros, most significant bit first. */
static uint32_t
row(const struct sw_crc *parameters, uint32_t byte)
{
	uint32_t top = (uint32_t)1 << (parameters->width - 1), v = byte << (parameters->width - 8);

	for (int bit = 0; bit < 8; bit++)
		v = v & top ? v << 1 ^ parameters->polynomial : v << 1;
	return v & (top | (top - 1));
}

static void
fill(struct ps_crc *c, const struct sw_crc *parameters)
{
	uint32_t width = parameters->width;
	bool turned = parameters->reflects_data;

	c->initial = turned ? ps_reflect(parameters->initial, width) : parameters->initial;
	c->final_xor = parameters->final_xor;
	c->width = parameters->width;
	c->reflects_data = turned;
	c->turns_remainder = turned != parameters->reflects_remainder;
	for (uint32_t byte = 0; byte < 256; byte++)
		c->rows[byte] = turned ? ps_reflect(row(parameters, ps_reflect(byte, 8)), width) : row(parameters, byte);
}

struct ps_crc *
sw_crcs_make(const struct ps_program *p)
{
	static const struct sw_crc arc = { 16, 0x8005, 0, 0, true, true };
	static const struct sw_crc iso_hdlc = { 32, 0x04c11db7, 0xffffffff, 0xffffffff, true, true };
	struct ps_crc *crcs = alloc(p->ncrcs, sizeof(*crcs));

	for (uint32_t i = 0; i < p->ncrcs; i++)
		fill(&crcs[i], p->crcs[i].width == 16 ? &arc : &iso_hdlc);
	return crcs;
}

void
sw_crc_set(struct sw *sw, uint32_t index, const struct sw_crc *parameters)
{
	fill(&sw->objects.crcs[index], parameters);
}

/* --- set_crc16_parameters, set_crc32_parameters --- */

static bool
may_be(const struct ps_crc_info *info, struct str name)
{
	return info->name ? str_is(name, info->name) : !info->why && (str_is(name, "calc") || str_starts(name, STR("calc_")));
}

static void
not_found(struct apply *ap, struct sw_arg name, uint32_t width)
{
	struct str *names = arena_array(ap->arena, struct str, ap->program->ncrcs + 1);
	uint32_t n = 0;

	diag_error(ap->diags, name.at, "no calculation '%.*s' of crc%u_custom", STRA(name.text), width);
	for (uint32_t i = 0; i < ap->program->ncrcs; i++) {
		const struct ps_crc_info *info = &ap->program->crcs[i];

		if (info->width != width)
			continue;
		if (info->why)
			diag_hint(ap->diags, "one has a name that can't be told: %s", info->why);
		else
			names[n++] = str_from(info->name ? info->name : "calc");
	}
	for (uint32_t i = 0; i < n; i++)
		diag_hint(ap->diags, "it may be '%.*s'", STRA(names[i]));
	if (!n)
		diag_hint(ap->diags, "only calls of 'hash' and of checksums with HashAlgorithm.crc%u_custom have parameters", width);
}

static int64_t
find(struct apply *ap, struct sw_arg name, uint32_t width)
{
	for (uint32_t i = 0; i < ap->program->ncrcs; i++)
		if (ap->program->crcs[i].width == width && may_be(&ap->program->crcs[i], name.text))
			return i;
	not_found(ap, name, width);
	return -1;
}

static bool
number(struct apply *ap, struct sw_arg arg, uint32_t width, const char *what, uint32_t *ret)
{
	uint64_t v = 0;
	bool ok = sw_number(ap->arena, ap->diags, arg, width == 16 ? 0xffff : 0xffffffff, what, &v);

	*ret = (uint32_t)v;
	return ok;
}

/* A number is true unless it is 0, as in simple_switch_CLI. */
static bool
truth(struct apply *ap, struct sw_arg arg, const char *what, bool *ret)
{
	uint64_t v = 0;

	*ret = str_is(arg.text, "true") || str_is(arg.text, "True");
	if (*ret || str_is(arg.text, "false") || str_is(arg.text, "False"))
		return true;
	if (!sw_number(ap->arena, ap->diags, arg, UINT64_MAX, what, &v))
		return false;
	*ret = v != 0;
	return true;
}

void
sw_apply_crc(struct apply *ap, const struct sw_command *c)
{
	uint32_t width = c->kind == SW_CRC16 ? 16 : 32;
	struct sw_crc crc = { .width = (uint8_t)width };
	int64_t index = find(ap, c->target, width);
	bool ok = index >= 0;

	ok = number(ap, c->args[0], width, "the polynomial", &crc.polynomial) && ok;
	ok = number(ap, c->args[1], width, "the initial remainder", &crc.initial) && ok;
	ok = number(ap, c->args[2], width, "what the remainder is xored with", &crc.final_xor) && ok;
	ok = truth(ap, c->args[3], "true or false", &crc.reflects_data) && ok;
	ok = truth(ap, c->args[4], "true or false", &crc.reflects_remainder) && ok;
	if (ok)
		vec_push(ap->arena, &ap->later, (struct later){ .kind = c->kind, .at = c->at, .index = (uint32_t)index, .crc = crc });
}
