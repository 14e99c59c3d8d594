#include "ui/shim_option.h"

#include "base/units.h"

#define TTL 64 /* what most hosts send with */

static bool
number(struct str text, uint32_t least, uint32_t most, uint32_t *ret)
{
	uint64_t n = 0;

	if (!units_number(text, &n) || n < least || n > most)
		return false;
	*ret = (uint32_t)n;
	return true;
}

static bool
behind_ethernet(const char *command, struct str type, struct weave_shim *ret)
{
	if (!type.n || number(type, 0x600, 0xffff, &ret->ethertype))
		return true;
	ui_usage(command, "--shim ethernet:%.*s: an EtherType is expected, 0x600 to 0xffff", STRA(type));
	return false;
}

/* HEADER may have dots of its own. */
static bool
in_field(const char *command, struct str field, struct str ttl, struct weave_shim *ret)
{
	int64_t dot = -1;

	for (uint32_t i = 0; i < field.n; i++)
		dot = field.p[i] == '.' ? (int64_t)i : dot;
	if (dot <= 0 || dot + 1 == field.n) {
		ui_usage(command, "--shim field=%.*s: HEADER.FIELD is expected, as ipv4.identification", STRA(field));
		return false;
	}
	ret->header = str_sub(field, 0, (uint32_t)dot);
	ret->field = str_sub(field, (uint32_t)dot + 1, field.n);
	ret->ttl = TTL;
	if (!ttl.n || number(ttl, 2, 255, &ret->ttl))
		return true;
	ui_usage(command, "--shim field=%.*s:%.*s: a TTL that hosts send with is expected, 2 to 255", STRA(field), STRA(ttl));
	return false;
}

static bool
shim(const char *command, struct str text, struct weave_shim *ret)
{
	int64_t colon = str_find(text, ':');
	struct str place = colon < 0 ? text : str_sub(text, 0, (uint32_t)colon);
	struct str more = colon < 0 ? STR_NONE : str_sub(text, (uint32_t)colon + 1, text.n);

	if (str_is(place, "ethernet"))
		return behind_ethernet(command, more, ret);
	if (str_starts(place, STR("field=")))
		return in_field(command, str_sub(place, 6, place.n), more, ret);
	ui_usage(command, "--shim %.*s: 'ethernet', 'ethernet:TYPE' or 'field=HEADER.FIELD' is expected", STRA(text));
	return false;
}

bool
ui_network_options(const char *command, const struct ui_compile_args *args, struct compile_options *o)
{
	if (args->hops < 0 || args->hops > PINT_HOPS) {
		ui_usage(command, "--hops: 1 to %d switches on a path", PINT_HOPS);
		return false;
	}
	if (args->plan < 0 || args->plan > PLAN_NETWORK_LAST) {
		ui_usage(command, "--plan: 1 to %d", PLAN_NETWORK_LAST);
		return false;
	}
	o->network.hops = (uint32_t)args->hops;
	o->network.plan = (uint32_t)args->plan;
	if (args->shim && !shim(command, str_from(args->shim), &o->shim))
		return false;
	o->network.ethertype = o->shim.ethertype;
	return true;
}
