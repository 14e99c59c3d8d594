/* linux.c - loading, attaching and reading. */
#include "device/linux.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/clock.h"

#define TCX_INGRESS 46	  /* BPF_TCX_INGRESS, which the headers of 6.1 don't know */
#define NS 1000000000ull
#define SLACK_NS 150000000 /* a packet that has come may not have reached its queue yet: a virtual machine's processor may stand still meanwhile */
#define LINKS_MAX (KERNEL_NHOOKS + KERNEL_PORTS)

struct mapping {
	struct str name;
	uint8_t *at;
	size_t bytes, stride;
	uint32_t count;
};

struct reg {
	const struct kernel_register *k; /* NULL: the sequence of a ring */
	const uint8_t *at;		 /* the first element's member */
	size_t stride;
	uint32_t ring;
};

/* How far a ring's tuples are complete. */
struct ring_state {
	uint32_t head, stamp; /* registers */
	uint64_t done;
};

/* A tick that was closed by force. */
struct forced {
	uint64_t tick, in_flight;
};

struct linux_device {
	const struct kernel_program *k;
	const struct kernel_facts *facts;
	struct bpf_object *object;
	struct mapping *maps;
	uint32_t nmaps;
	struct reg *regs;
	uint32_t nregs;
	struct ring_state *rings;
	int links[LINKS_MAX];
	struct bpf_link *traces[KERNEL_NHOOKS];
	uint32_t nlinks;
	uint64_t zero, start_ns, load_ns;
	uint64_t closed; /* ticks below have been closed */
	struct forced *forced;
	uint32_t nforced, cap_forced;
	bool finish;
	uint64_t keys, keys_apart; /* rows of losses that were read, and those whose packets were not all accounted for */
	uint64_t last; /* arrivals have ended then; 0: not yet */
	const struct ps_counts *counts;
	const struct ps_flight *flights;
	uint64_t *control;
};

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

static int
find(void *self, struct str name, uint32_t *ret)
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
		ok = find(l, k->rings.v[i].head, &l->rings[i].head) == 0 && find(l, k->rings.v[i].stamp, &l->rings[i].stamp) == 0;
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

/* --- registers --------------------------------------------------------------------------------- */

/* A tuple counts when it and all before it are complete; one that has been overwritten since is passed over. */
static uint64_t
sequence(struct linux_device *l, uint32_t ring)
{
	struct ring_state *s = &l->rings[ring];
	uint64_t head = __atomic_load_n((const uint64_t *)l->regs[s->head].at, __ATOMIC_ACQUIRE);
	const struct reg *stamp = &l->regs[s->stamp];

	while (s->done < head) {
		uint32_t i = (uint32_t)(s->done % l->k->rings.v[ring].rows);

		if (__atomic_load_n((const uint64_t *)(stamp->at + i * stamp->stride), __ATOMIC_ACQUIRE) <= s->done)
			break;
		s->done++;
	}
	return s->done;
}

/* What came through of what was offered: all that was not freed while it was queued. Packets that are still queued count as such too:
 * they are not lost. Where none are, it is the number of those that were started, or the key's witnesses differ. */
static uint64_t
came_through(struct linux_device *l, const uint8_t *p)
{
	uint64_t offered = __atomic_load_n((const uint64_t *)(p - 8), __ATOMIC_RELAXED);
	uint64_t started = __atomic_load_n((const uint64_t *)p, __ATOMIC_RELAXED);
	uint64_t gone = __atomic_load_n((const uint64_t *)(p + 8), __ATOMIC_RELAXED);
	uint32_t n = (uint32_t)offered - (uint32_t)gone;

	if (offered >> 32 != gone >> 32)
		return started;
	l->keys++;
	l->keys_apart += n != (uint32_t)started;
	return offered >> 32 << 32 | n;
}

static int
read_cells(void *self, uint32_t reg, uint32_t from, uint32_t n, uint64_t *ret)
{
	struct linux_device *l = self;
	const struct reg *r = &l->regs[reg];

	if (!r->k) {
		*ret = sequence(l, r->ring);
		return 0;
	}
	if (from > r->k->count || n > r->k->count - from)
		return -ERANGE;
	for (uint32_t i = 0; i < n; i++) {
		const uint8_t *p = r->at + (size_t)(from + i) * r->stride;

		if (r->k->is_started) {
			ret[i] = came_through(l, p);
			continue;
		}
		ret[i] = r->k->bytes == 8 ? __atomic_load_n((const uint64_t *)p, __ATOMIC_RELAXED) :
					    __atomic_load_n((const uint32_t *)p, __ATOMIC_RELAXED);
	}
	return 0;
}

static int
write_cell(void *self, uint32_t reg, uint32_t index, uint64_t value)
{
	struct linux_device *l = self;
	const struct reg *r = &l->regs[reg];
	uint8_t *p = (uint8_t *)(uintptr_t)r->at + (size_t)index * r->stride;

	if (!r->k || index >= r->k->count)
		return -ERANGE;
	if (r->k->bytes == 8)
		__atomic_store_n((uint64_t *)p, value, __ATOMIC_RELAXED);
	else
		__atomic_store_n((uint32_t *)p, (uint32_t)value, __ATOMIC_RELAXED);
	return 0;
}

/* --- epochs ------------------------------------------------------------------------------------ */

uint64_t
linux_now(const struct linux_device *l)
{
	return clock_now() - l->zero;
}

uint64_t
linux_start_ns(const struct linux_device *l)
{
	return l->start_ns;
}

void
linux_stop_arrivals(struct linux_device *l)
{
	for (uint32_t i = 0; i < l->nlinks; i++)
		close(l->links[i]);
	l->nlinks = 0;
	bpf_link__destroy(l->traces[KERNEL_RECEIVE]);
	l->traces[KERNEL_RECEIVE] = NULL;
	l->last = linux_now(l);
}

static int
arrived(void *self, uint64_t *ret)
{
	struct linux_device *l = self;

	*ret = l->last ? l->last : linux_now(l);
	return 0;
}

/* Packets of the tick that were offered to a queue and have not come out of it. */
static uint64_t
in_flight_at(const struct linux_device *l, uint64_t tick)
{
	uint64_t in = 0, out = 0;
	bool done = false;

	for (int pass = 0; pass < 2 && !done; pass++) {
		in = out = 0;
		for (uint32_t cpu = 0; cpu < l->facts->cpus; cpu++) {
			const volatile struct ps_flight *f = &l->flights[(size_t)cpu * l->k->flights + (tick + 1) % l->k->flights];

			if (f->tick != tick + 1)
				continue;
			in += f->offered;
			out += f->started + f->lost + f->segmented + f->evicted;
		}
		done = out <= in;
	}
	return in > out ? in - out : 0;
}

static void
force(struct linux_device *l, uint64_t tick, uint64_t n)
{
	if (l->nforced == l->cap_forced) {
		uint32_t cap = l->cap_forced ? 2 * l->cap_forced : 64;
		struct forced *p = realloc(l->forced, cap * sizeof(*p));

		if (!p)
			return;
		l->forced = p;
		l->cap_forced = cap;
	}
	l->forced[l->nforced++] = (struct forced){ tick, n };
}

bool
linux_is_empty(const struct linux_device *l)
{
	uint64_t end = linux_now(l) / l->k->tick_ns;

	if (l->last && linux_now(l) < l->last + SLACK_NS)
		return false;
	if (l->k->waits)
		return linux_now(l) >= l->last + l->k->max_delay_ns;
	for (uint64_t tick = l->closed; l->k->conserves && tick <= end; tick++)
		if (in_flight_at(l, tick))
			return false;
	return true;
}

void
linux_finish(struct linux_device *l)
{
	l->finish = true;
}

/* Ticks close in order: when all that was offered has come out, else after the largest delay. */
static int
watermark(void *self, uint64_t *ret)
{
	struct linux_device *l = self;
	uint64_t now = linux_now(l), tick = l->k->tick_ns;

	while ((l->closed + 1) * tick + SLACK_NS <= now || (l->finish && l->closed <= l->last / tick)) {
		uint64_t n = l->k->conserves ? in_flight_at(l, l->closed) : 0;

		if ((n || l->k->waits) && !l->finish && now < (l->closed + 1) * tick + l->k->max_delay_ns)
			break;
		if (n)
			force(l, l->closed, n);
		l->closed++;
	}
	*ret = l->closed * tick;
	__atomic_store_n(l->control, *ret, __ATOMIC_RELEASE);
	return 0;
}

static int
in_flight(void *self, uint64_t from_ns, uint64_t to_ns, uint64_t *ret)
{
	struct linux_device *l = self;

	*ret = 0;
	for (uint32_t i = 0; i < l->nforced; i++)
		if (l->forced[i].tick * l->k->tick_ns >= from_ns && l->forced[i].tick * l->k->tick_ns < to_ns)
			*ret += l->forced[i].in_flight;
	return 0;
}

static void
look(void *self, uint32_t reg, uint32_t n, struct device_cells *ret)
{
	const struct linux_device *l = self;
	const struct reg *r = &l->regs[reg];

	*ret = (struct device_cells){ .at = NULL };
	if (r->k && !r->k->is_started && n <= r->k->count)
		*ret = (struct device_cells){ r->at, r->k->bytes, (uint32_t)r->stride };
}

static const struct kernel_table *
table_of(const struct linux_device *l, uint32_t cell)
{
	vec_each(t, &l->k->tables)
		if (l->regs[cell].k && str_eq(l->regs[cell].k->name, t->cell))
			return t;
	return NULL;
}

static uint64_t *
list_of(const struct reg *r, const struct kernel_table *t, uint64_t epoch, uint32_t cpu)
{
	return (uint64_t *)((uintptr_t)r->at + (epoch % t->generations * t->cpus + cpu) * r->stride);
}

/* A list that has been read: left as it is, it would come to look new after 2^31 epochs. A later epoch may have taken it. */
static void
forget(uint64_t *list, uint32_t stored)
{
	uint64_t n = __atomic_load_n(list, __ATOMIC_RELAXED);

	if (n >> 32 == stored)
		__atomic_compare_exchange_n(list, &n, 0, false, __ATOMIC_RELAXED, __ATOMIC_RELAXED);
}

static int
claimed(void *self, uint32_t cell, uint64_t epoch, uint32_t part, const uint32_t **ret_rows, uint32_t *ret_n)
{
	struct linux_device *l = self;
	const struct kernel_table *t = table_of(l, cell);
	uint32_t reg, stored;
	uint64_t *list, n;

	if (!t || part >= t->cpus || find(l, t->claims, &reg))
		return -ENOENT;
	list = list_of(&l->regs[reg], t, epoch, part);
	n = __atomic_load_n(list, __ATOMIC_ACQUIRE);
	stored = (uint32_t)(epoch + t->generations);
	*ret_rows = (const uint32_t *)(list + 1);
	*ret_n = n >> 32 != stored ? 0 : (uint32_t)n < t->block ? (uint32_t)n : t->block;
	if (epoch)
		forget(list_of(&l->regs[reg], t, epoch - 1, part), stored - 1);
	return n && (int32_t)((uint32_t)(n >> 32) - stored) > 0 ? -ESTALE : 0;
}

/* Rows are read only when nobody writes them any more. */
static int
snapshot(void *self, const uint32_t *regs, uint32_t n)
{
	(void)self;
	(void)regs;
	(void)n;
	return 0;
}

struct device
linux_as_device(struct linux_device *l)
{
	static const struct device_ops ops = {
		.find = find,
		.read = read_cells,
		.write = write_cell,
		.arrived = arrived,
		.watermark = watermark,
		.snapshot = snapshot,
		.look = look,
		.claimed = claimed,
		.in_flight = in_flight,
	};

	return (struct device){ &ops, l };
}

/* --- counts ------------------------------------------------------------------------------------ */

void
linux_counts(const struct linux_device *l, uint32_t port, struct ps_counts *ret)
{
	uint32_t ports = l->facts->ports.n ? l->facts->ports.n : 1;

	memset(ret, 0, sizeof(*ret));
	for (uint32_t cpu = 0; cpu < l->facts->cpus; cpu++)
		for (uint32_t i = 0; i < PS_NCOUNTERS; i++)
			ret->n[i] += __atomic_load_n(&l->counts[(size_t)cpu * ports + port].n[i], __ATOMIC_RELAXED);
}

uint64_t
linux_keys_apart(const struct linux_device *l)
{
	return l->keys_apart;
}

uint64_t
linux_missed_runs(const struct linux_device *l)
{
	struct bpf_program *p;
	uint64_t n = 0;

	bpf_object__for_each_program(p, l->object) {
		struct bpf_prog_info info = { 0 };
		uint32_t size = sizeof(info);

		if (bpf_obj_get_info_by_fd(bpf_program__fd(p), &info, &size) == 0)
			n += info.recursion_misses;
	}
	return n;
}

uint64_t
linux_load_ns(const struct linux_device *l)
{
	return l->load_ns;
}
