#include "base/discard.h"

static const char *const paths[DISCARD_CLASSES] = {
	"",
#define CLASS(id, path) path,
#include "base/discard.def"
};

static const struct texts {
	const char *ingress, *egress;
} texts[DISCARD_CLASSES] = {
	{ "", "" },
#define CLASS(id, path) { "ingress/discards/" path, "egress/discards/" path },
#include "base/discard.def"
};

static const struct discard_code codes[] = {
#define KERNEL(name, id) { DISCARD_KERNEL, 0, name, DISCARD_##id },
#define SFLOW(code, name, id) { DISCARD_SFLOW, code, name, DISCARD_##id },
#define INT(code, name, id) { DISCARD_INT, code, name, DISCARD_##id },
#include "base/discard.def"
};

enum { CODES = sizeof(codes) / sizeof(codes[0]) };

const char *
discard_path(enum discard c)
{
	return paths[c];
}

enum discard
discard_from_path(struct str path)
{
	for (int i = 1; i < DISCARD_CLASSES; i++)
		if (str_is(path, paths[i]))
			return (enum discard)i;
	return DISCARD_NONE;
}

struct str
discard_text(enum discard c, bool egress)
{
	/* The control plane is a component of its own. */
	if (c == DISCARD_CONTROL_PLANE)
		return STR("control-plane/discards/policy");
	return str_from(egress ? texts[c].egress : texts[c].ingress);
}

struct str
discard_tail_drop(uint32_t priority)
{
#define OF_CLASS(id) "egress/discards/no-buffer/qos/class[" #id "]/discard-type[tail-drop]"
	static const char *const of[] = {
		OF_CLASS(0), OF_CLASS(1), OF_CLASS(2), OF_CLASS(3), OF_CLASS(4), OF_CLASS(5), OF_CLASS(6), OF_CLASS(7),
	};

	return str_from(of[priority % 8]);
}

void
discard_paths(struct str *ret)
{
	for (int i = 1; i < DISCARD_CLASSES; i++)
		ret[i - 1] = str_from(paths[i]);
}

const struct discard_code *
discard_codes(uint32_t *n)
{
	*n = CODES;
	return codes;
}

enum discard
discard_of_kernel(struct str name)
{
	struct str prefix = STR("SKB_DROP_REASON_");

	if (str_starts(name, prefix))
		name = str_sub(name, prefix.n, name.n);
	for (uint32_t i = 0; i < CODES; i++)
		if (codes[i].kind == DISCARD_KERNEL && str_is(name, codes[i].name))
			return codes[i].discard;
	return DISCARD_CONTROL_PLANE;
}

struct str
discard_text_of_kernel(struct str name)
{
	enum discard c = discard_of_kernel(name);

	return discard_text(c, c == DISCARD_TAIL_DROP || c == DISCARD_AQM || c == DISCARD_L2_TX || c == DISCARD_L3_TX);
}

enum discard
discard_of_code(enum discard_code_kind kind, uint32_t code)
{
	for (uint32_t i = 0; i < CODES; i++)
		if (codes[i].kind == kind && codes[i].code == code)
			return codes[i].discard;
	return DISCARD_INTERNAL;
}

void
discards_init(struct discards *d, struct arena *a)
{
	map_init(&d->classes, a);
	map_init(&d->told, a);
}

void
discards_tell_as(struct discards *d, struct str reason, struct str as)
{
	map_put(&d->told, reason, str_cstr(d->told.arena, as));
}

const char *
discards_told(const struct discards *d, struct str reason, const char *otherwise)
{
	const char *told = map_get(&d->told, reason);

	return told ? told : otherwise;
}

void
discards_put(struct discards *d, struct str reason, enum discard c, bool egress)
{
	map_put(&d->classes, reason, (void *)(uintptr_t)discard_text(c, egress).p);
}

/* What the switch itself gives as reason. */
static enum discard
of_switch(struct str reason)
{
	static const struct {
		const char *reason;
		enum discard discard;
	} own[] = {
		{ "multicast/empty", DISCARD_NO_ROUTE },
		{ "resubmit/limit", DISCARD_INTERNAL },
		{ "recirculate/limit", DISCARD_INTERNAL },
		{ "other", DISCARD_INTERNAL },
		{ "queue/full", DISCARD_TAIL_DROP },
		{ "port/none", DISCARD_L2_TX },
		{ "port/failed", DISCARD_L2_TX },
	};

	for (uint32_t i = 0; i < sizeof(own) / sizeof(own[0]); i++)
		if (str_is(reason, own[i].reason))
			return own[i].discard;
	return DISCARD_NONE;
}

struct str
discards_class(const struct discards *d, struct str reason, bool egress)
{
	int64_t hash = str_rfind(reason, '#');
	const char *text = map_get(&d->classes, reason);
	enum discard own = of_switch(reason);

	if (!text && hash >= 0)
		text = map_get(&d->classes, str_sub(reason, 0, (uint32_t)hash));
	if (text)
		return str_from(text);
	return discard_text(own ? own : DISCARD_L3_ACL, egress);
}
