#include "ui/ports.h"

#include <errno.h>
#include <stdio.h>

static bool
open_inputs(struct ports *p, struct arena *a, const struct run_files *in)
{
	const char **paths = arena_array(a, const char *, in->n + 1);
	char why[512];

	for (uint32_t i = 0; i < in->n; i++)
		paths[i] = in->v[i].path;
	p->in_files = in;
	p->in = sw_capture_open(paths, in->n, false, why, sizeof(why));
	if (!p->in) {
		fprintf(stderr, "packetscope run: %s\n", why);
		return false;
	}
	p->start_ns = sw_capture_start_ns(p->in);
	return true;
}

static bool
open_output(struct ports *p, const struct run_file *f)
{
	if (p->writers[f->port]) {
		fprintf(stderr, "packetscope run: port %u has two output captures\n", f->port);
		return false;
	}
	p->paths[f->port] = f->path;
	p->writers[f->port] = sw_writer_open(f->path);
	if (!p->writers[f->port])
		fprintf(stderr, "packetscope run: %s: %s\n", f->path, strerror(errno));
	return p->writers[f->port] != NULL;
}

bool
ports_open(struct ports *p, struct arena *a, const struct run_files *in, const struct run_files *out)
{
	*p = (struct ports){ .in = NULL };
	if (!open_inputs(p, a, in))
		return false;
	vec_each(f, out)
		if (!open_output(p, f)) {
			ports_close(p, false);
			return false;
		}
	return true;
}

bool
ports_damage(const struct ports *p)
{
	bool any = false;

	for (uint32_t i = 0; i < p->in_files->n; i++) {
		const char *damage = sw_capture_damage(p->in, i);

		if (damage)
			fprintf(stderr, "packetscope run: %s; what came before was processed\n", damage);
		any |= damage != NULL;
	}
	return any;
}

bool
ports_close(struct ports *p, bool keep)
{
	bool ok = true;

	sw_capture_close(p->in);
	for (uint32_t i = 0; i < SW_PORTS; i++) {
		int e = p->writers[i] ? sw_writer_close(p->writers[i], keep) : 0;

		if (e < 0)
			fprintf(stderr, "packetscope run: %s: %s\n", p->paths[i], strerror(-e));
		ok &= e == 0;
		p->writers[i] = NULL;
	}
	p->in = NULL;
	return ok;
}

void
ports_tx(void *ports, uint32_t port, uint64_t time_ns, const uint8_t *data, uint32_t len)
{
	struct ports *p = ports;

	if (port < SW_PORTS && p->writers[port])
		sw_writer_put(p->writers[port], p->start_ns + time_ns, data, len, len);
}
