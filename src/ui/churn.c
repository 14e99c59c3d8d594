#include "ui/churn.h"

#include <inttypes.h>
#include <stdio.h>

#include "base/clock.h"

#define MILLISECOND 1000000u

bool
churn_open(struct churn *c, struct session *s, const char *path)
{
	const char *paths[] = { path, NULL };

	c->s = s;
	if (!load_read(&c->entries, &s->c, paths))
		return false;
	vec_each(cmd, &c->entries.commands)
		if (cmd->kind != SW_TABLE_ADD) {
			diag_error(s->c.diags, cmd->at, "only table_add can come and go");
			return false;
		}
	if (!c->entries.commands.n) {
		fprintf(stderr, "packetscope %s: %s: has no entries\n", s->command, path);
		return false;
	}
	c->hidden = load_hidden(&s->c);
	c->handles = arena_array(s->c.arena, int64_t, c->entries.commands.n);
	for (uint32_t i = 0; i < c->entries.commands.n; i++)
		c->handles[i] = -1;
	return true;
}

/* `table_delete TABLE HANDLE`; the handle's text is the caller's. */
static struct sw_command
taking_away(const struct sw_command *add, struct sw_arg *handle)
{
	return (struct sw_command){ .kind = SW_TABLE_DELETE, .at = add->at, .target = add->target, .args = handle, .nargs = 1 };
}

bool
churn_step(struct churn *c)
{
	struct compilation *k = &c->s->c;
	uint32_t i = c->next++ % c->entries.commands.n;
	struct arena *a = arena_make();
	struct sw_command cmd = c->entries.commands.v[i];
	uint64_t start, took;
	char number[32];
	struct sw_arg handle = { .at = cmd.at };
	bool ok;

	snprintf(number, sizeof(number), "%" PRId64, c->handles[i]);
	handle.text = str_from(number);
	if (c->handles[i] >= 0)
		cmd = taking_away(&cmd, &handle);
	start = clock_ns(CLOCK_THREAD_CPUTIME_ID);
	ok = sw_apply_one(c->s->soft.sw, a, k->diags, &cmd, c->hidden, k->manifest.extras.n, &c->handles[i]);
	took = clock_ns(CLOCK_THREAD_CPUTIME_ID) - start;
	arena_free(a);
	c->changes++;
	c->sum += took;
	c->longest = took > c->longest ? took : c->longest;
	c->slow += took > MILLISECOND;
	return ok;
}
