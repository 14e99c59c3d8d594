#include "ui/load.h"

#include <errno.h>

#include "switch/pre.h"

/* For bounds on delays: the smallest frame that a queue of bytes holds, the largest that a port sends. */
#define SMALLEST_FRAME 60
#define LARGEST_FRAME 16384

bool
load_read(struct load *l, struct compilation *c, const char **paths)
{
	bool ok = true;

	for (uint32_t i = 0; paths && paths[i]; i++) {
		int e = 0;
		const struct source *text = source_read(diags_sources(c->diags), str_from(paths[i]), &e);

		if (!text)
			diag_error(c->diags, (struct span){ 0, 0 }, "can't read %s: %s", paths[i], strerror(e));
		ok &= text && sw_entries_read(c->arena, c->diags, text, &l->commands);
	}
	return ok;
}

/* The number of a queue command; 0 when it is not one (sw_apply will say so). */
static uint64_t
setting(const struct sw_command *cmd, enum sw_command_kind kind)
{
	uint64_t n;

	return cmd->kind == kind && units_number(cmd->target.text, &n) ? n : 0;
}

bool
load_has_rate(const struct load *l, const struct run_args *args)
{
	vec_each(c, &l->commands)
		if (setting(c, SW_QUEUE_RATE))
			return true;
	return args->rate.n > 0;
}

/* Time that `depth` takes to drain at `rate`. */
static uint64_t
drain_time(uint64_t depth, bool depth_is_bytes, uint64_t rate, bool rate_is_bits)
{
	ir_u128 amount = depth;

	if (rate_is_bits)
		amount = amount * 8 * (depth_is_bytes ? 1 : LARGEST_FRAME) + 8 * LARGEST_FRAME;
	else
		amount = depth_is_bytes ? amount / SMALLEST_FRAME + 2 : amount + 1;
	amount = amount * 1000000000u / rate;
	return amount > UINT64_MAX / 2 ? UINT64_MAX / 2 : (uint64_t)amount;
}

static void
longest(uint64_t *delay, const struct load *l, const struct run_args *args, uint64_t rate, bool rate_is_bits)
{
	uint64_t t = drain_time(SW_DEPTH, false, rate, rate_is_bits);

	if (!args->depth.n && t > *delay)
		*delay = t;
	vec_each(d, &args->depth) {
		t = drain_time(d->value, d->unit == UNITS_BYTES, rate, rate_is_bits);
		if (t > *delay)
			*delay = t;
	}
	vec_each(c, &l->commands) {
		t = setting(c, SW_QUEUE_DEPTH) ? drain_time(setting(c, SW_QUEUE_DEPTH), false, rate, rate_is_bits) : 0;
		if (t > *delay)
			*delay = t;
	}
}

uint64_t
load_max_delay(const struct load *l, const struct run_args *args)
{
	uint64_t delay = 0;

	vec_each(r, &args->rate)
		longest(&delay, l, args, r->value, r->unit == UNITS_BITS);
	vec_each(c, &l->commands)
		if (setting(c, SW_QUEUE_RATE))
			longest(&delay, l, args, setting(c, SW_QUEUE_RATE), false);
	return delay;
}

struct sw_hidden *
load_hidden(struct compilation *c)
{
	struct sw_hidden *h = arena_array(c->arena, struct sw_hidden, c->manifest.extras.n + 1);

	for (uint32_t i = 0; i < c->manifest.extras.n; i++) {
		const struct manifest_extra *x = &c->manifest.extras.v[i];

		h[i] = (struct sw_hidden){ str_cstr(c->arena, x->table), str_cstr(c->arena, x->action),
					   str_cstr(c->arena, x->parameter), x->code };
	}
	return h;
}

bool
load_group_sizes(const struct manifest *m, struct sw *sw, uint32_t *ret_group)
{
	int reg = m->multicast_sizes.n ? sw_register_index(sw, m->multicast_sizes) : 0;

	for (uint32_t g = 0; m->multicast_sizes.n && g < SW_GROUPS; g++) {
		uint32_t n = sw_group_copies(sw_pre(sw), g)->n;

		if ((reg < 0 || sw_register_write(sw, (uint32_t)reg, g, &n) < 0) && n) {
			*ret_group = g;
			return false;
		}
	}
	return true;
}

static bool
tell_group_sizes(struct compilation *c, struct sw *sw)
{
	uint32_t group;

	if (load_group_sizes(&c->manifest, sw, &group))
		return true;
	diag_error(c->diags, (struct span){ 0, 0 },
		   "multicast group %u is beyond what the woven program counts (%u groups)", group, c->manifest.multicast_groups);
	return false;
}

bool
load_apply(struct load *l, struct compilation *c, struct sw *sw)
{
	return sw_apply(sw, c->arena, c->diags, &l->commands, load_hidden(c), c->manifest.extras.n) &&
	       tell_group_sizes(c, sw);
}
