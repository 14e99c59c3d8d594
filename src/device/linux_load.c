/* linux_load.c - loading and attaching programs, and mapping their memory. */
#include "device/linux_inside.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/clock.h"

#define TCX_INGRESS 46 /* BPF_TCX_INGRESS, which the headers of 6.1 don't know */
#define NS 1000000000ull

/* libbpf's and the verifier's words, of the one call that is under way. */
static struct {
	char text[65536];
	size_t n;
} words;

static int
keep_words(enum libbpf_print_level level, const char *format, va_list args)
{
	int n;

	if (level == LIBBPF_DEBUG || words.n >= sizeof(words.text) - 1)
		return 0;
	n = vsnprintf(words.text + words.n, sizeof(words.text) - words.n, format, args);
	if (n > 0)
		words.n = words.n + (size_t)n < sizeof(words.text) ? words.n + (size_t)n : sizeof(words.text) - 1;
	return n;
}

/* --- loading ----------------------------------------------------------------------------------- */

/* The clock starts at the whole second of real time at or before now. */
static bool
set_clock(struct linux_device *l)
{
	struct bpf_map *rodata = bpf_object__find_map_by_name(l->object, ".rodata");
	uint64_t real = clock_ns(CLOCK_REALTIME), mono = clock_now();
	size_t size = 0;
	uint8_t *p = NULL;

	l->start_ns = real / NS * NS;
	l->zero = mono - real % NS;
	l->load_ns = mono;
	if (!rodata) {
		/* libbpf names it after the object: the section is what stays the same */
		bpf_object__for_each_map(rodata, l->object)
			if (strstr(bpf_map__name(rodata), ".rodata"))
				break;
	}
	if (rodata)
		p = (uint8_t *)bpf_map__initial_value(rodata, &size);
	if (!p || size < 8)
		return false;
	memcpy(p, &l->zero, 8);
	return true;
}

/* The verifier's last lines, which say what is wrong, from the last one on that names a line of the generated program. */
static void
tell_words(char *reterr, size_t size, const char *what, int e)
{
	const char *tail = words.text + (words.n > 1500 ? words.n - 1500 : 0), *place = NULL;

	for (const char *p = strstr(words.text, " @ <stdin>:"); p; p = strstr(p + 1, " @ <stdin>:"))
		place = p;
	if (place && place < tail)
		snprintf(reterr, size, "%s: %s\n%.*s\n...\n%s", what, strerror(e), (int)strcspn(place, "\n"), place, tail);
	else
		snprintf(reterr, size, "%s: %s%s%s", what, strerror(e), words.n ? "\n" : "", tail);
}

static bool
load(struct linux_device *l, struct str object, char *reterr, size_t size)
{
	LIBBPF_OPTS(bpf_object_open_opts, opts, .object_name = "packetscope");
	int e;

	words.n = 0;
	words.text[0] = 0;
	libbpf_set_strict_mode(LIBBPF_STRICT_ALL);
	libbpf_set_print(keep_words);
	l->object = bpf_object__open_mem(object.p, object.n, &opts);
	if (!l->object || !set_clock(l)) {
		tell_words(reterr, size, "the programs can't be read", errno);
		return false;
	}
	e = bpf_object__load(l->object);
	if (e == 0)
		return true;
	tell_words(reterr, size, "the kernel refused the programs", -e);
	return false;
}

/* --- attaching --------------------------------------------------------------------------------- */

static bool
attach_ports(struct linux_device *l, const struct bpf_program *p, char *reterr, size_t size)
{
	vec_each(port, &l->facts->ports) {
		int fd = bpf_link_create(bpf_program__fd(p), (int)port->ifindex, (enum bpf_attach_type)TCX_INGRESS, NULL);

		if (fd < 0) {
			snprintf(reterr, size, "interface %.*s: the program can't be attached: %s", STRA(port->name), strerror(errno));
			return false;
		}
		l->links[l->nlinks++] = fd;
	}
	return true;
}

static bool
attach(struct linux_device *l, char *reterr, size_t size)
{
	static const struct {
		const char *program, *at;
	} hooks[] = {
#define X(hook, program, at) { program, at },
		KERNEL_HOOKS(X)
#undef X
	};

	/* what happens last is attached first: no packet is seen at the beginning and missed at the end */
	for (int i = KERNEL_NHOOKS - 1; i >= 0; i--) {
		const struct bpf_program *p;

		if (!l->k->hooks[i])
			continue;
		p = bpf_object__find_program_by_name(l->object, hooks[i].program);
		if (!p) {
			snprintf(reterr, size, "the object has no program %s", hooks[i].program);
			return false;
		}
		if (i == KERNEL_IN) {
			if (!attach_ports(l, p, reterr, size))
				return false;
			continue;
		}
		l->traces[i] = bpf_program__attach(p);
		if (!l->traces[i]) {
			snprintf(reterr, size, "tracepoint %s: the program can't be attached: %s", hooks[i].at, strerror(errno));
			return false;
		}
	}
	return true;
}

/* --- memory ------------------------------------------------------------------------------------ */

static struct mapping *
map_memory(struct linux_device *l, struct str name, bool writable)
{
	struct bpf_map *m = NULL;
	struct mapping *ret = &l->maps[l->nmaps];

	for (uint32_t i = 0; i < l->nmaps; i++)
		if (str_eq(l->maps[i].name, name))
			return &l->maps[i];
	bpf_object__for_each_map(m, l->object)
		if (str_is(name, bpf_map__name(m)))
			break;
	if (!m)
		return NULL;
	ret->name = name;
	ret->stride = (bpf_map__value_size(m) + 7) / 8 * 8;
	ret->count = bpf_map__max_entries(m);
	ret->bytes = ret->stride * ret->count;
	ret->at = mmap(NULL, ret->bytes, writable ? PROT_READ | PROT_WRITE : PROT_READ, MAP_SHARED, bpf_map__fd(m), 0);
	if (ret->at == MAP_FAILED)
		return NULL;
	l->nmaps++;
	return ret;
}

static bool
add_reg(struct linux_device *l, const struct kernel_register *k)
{
	struct mapping *m = map_memory(l, k->map, true);

	if (!m || k->count > m->count || k->offset + k->bytes > m->stride)
		return false;
	l->regs[l->nregs++] = (struct reg){ k, m->at + k->offset, m->stride, 0 };
	return true;
}

int
linux_find(void *self, struct str name, uint32_t *ret)
{
	struct linux_device *l = self;

	for (uint32_t i = 0; i < l->nregs; i++)
		if (l->regs[i].k ? str_eq(l->regs[i].k->name, name) : str_eq(l->k->rings.v[l->regs[i].ring].sequence, name)) {
			*ret = i;
			return 0;
		}
	return -ENOENT;
}

static bool
map_all(struct linux_device *l, char *reterr, size_t size)
{
	const struct kernel_program *k = l->k;
	struct mapping *counts, *flights, *control;
	bool ok = true;

	l->maps = calloc(k->registers.n + 3, sizeof(*l->maps));
	l->regs = calloc(k->registers.n + k->rings.n + 1, sizeof(*l->regs));
	l->rings = calloc(k->rings.n + 1, sizeof(*l->rings));
	if (!l->maps || !l->regs || !l->rings)
		return false;
	for (uint32_t i = 0; ok && i < k->registers.n; i++)
		ok = add_reg(l, &k->registers.v[i]);
	for (uint32_t i = 0; ok && i < k->rings.n; i++) {
		ok = linux_find(l, k->rings.v[i].head, &l->rings[i].head) == 0 && linux_find(l, k->rings.v[i].stamp, &l->rings[i].stamp) == 0;
		l->regs[l->nregs++] = (struct reg){ NULL, NULL, 0, i };
	}
	counts = map_memory(l, STR("ps_counts"), false);
	flights = map_memory(l, STR("ps_flights"), false);
	control = map_memory(l, STR("ps_control"), true);
	if (!ok || !counts || !flights || !control) {
		snprintf(reterr, size, "the programs' memory can't be mapped: %s", strerror(errno));
		return false;
	}
	l->counts = (const struct ps_counts *)counts->at;
	l->flights = (const struct ps_flight *)flights->at;
	l->control = (uint64_t *)control->at;
	return true;
}

struct linux_device *
linux_open(const struct kernel_program *k, const struct kernel_facts *f, struct str object, char *reterr, size_t size)
{
	struct linux_device *l = calloc(1, sizeof(*l));

	if (!l)
		return NULL;
	l->k = k;
	l->facts = f;
	if (load(l, object, reterr, size) && map_all(l, reterr, size) && attach(l, reterr, size)) {
		l->load_ns = clock_now() - l->load_ns;
		l->closed = (clock_now() - l->zero) / k->tick_ns;
		return l;
	}
	linux_close(l);
	return NULL;
}

void
linux_close(struct linux_device *l)
{
	if (!l)
		return;
	for (uint32_t i = 0; i < l->nlinks; i++)
		close(l->links[i]);
	for (uint32_t i = 0; i < KERNEL_NHOOKS; i++)
		bpf_link__destroy(l->traces[i]);
	for (uint32_t i = 0; i < l->nmaps; i++)
		munmap(l->maps[i].at, l->maps[i].bytes);
	bpf_object__close(l->object);
	free(l->maps);
	free(l->regs);
	free(l->rings);
	free(l->forced);
	free(l);
}
