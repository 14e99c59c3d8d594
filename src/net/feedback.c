#include "net/feedback.h"

#include "base/diag.h"

#define INT_BYTES (2 + 8 * FEEDBACK_HOPS)
#define CSIG_BYTES 4
#define CSIG_BITS 5

/* What three bits say. */
static const uint64_t rates[] = { 1000000000,  10000000000,  25000000000,  40000000000,
				  50000000000, 100000000000, 200000000000, 400000000000 };

#define NRATES (sizeof(rates) / sizeof(rates[0]))

void
feedback_init(struct feedback *f, enum feedback_kind kind, uint32_t share, uint32_t period_ns)
{
	/* A quarter to four times full: 9 % apart. */
	struct pint_range csig = { PINT_MULTIPLICATIVE, .bits = CSIG_BITS, .min = 1 << 14, .max = 1 << 18 };
	struct pint_range pint = PINT_LOAD_RANGE(8);

	f->kind = kind;
	f->share = kind == FEEDBACK_PINT ? share : UINT32_MAX;
	f->bytes = kind == FEEDBACK_INT ? INT_BYTES : kind == FEEDBACK_CSIG ? CSIG_BYTES : kind == FEEDBACK_PINT;
	f->set_seed = pint_seed(PINT_SET, 0, 0);
	f->round_seed = pint_seed(PINT_ROUND, 1, 0);
	f->period_ns = period_ns;
	pint_logs_make(&f->logs);
	if (!pint_scale_make(&f->scale, kind == FEEDBACK_CSIG ? &csig : &pint, f->room))
		bug("a scale that does not exist");
}

bool
feedback_port_init(const struct feedback *f, struct feedback_port *p, uint64_t rate_bps)
{
	*p = (struct feedback_port){ 0 };
	while (p->rate < NRATES && rates[p->rate] != rate_bps)
		p->rate++;
	return p->rate < NRATES && pint_link_make(&p->link, rate_bps, f->period_ns, 1);
}

void
feedback_begin(const struct feedback *f, struct feedback_note *n, uint32_t pid)
{
	n->pid = pid;
	n->hops = 0;
	n->digest = 0;
	n->locator = 0;
	n->is_carried = f->kind != FEEDBACK_NONE &&
			(f->share == UINT32_MAX || pint_hash(f->set_seed, pid, 0) < f->share);
}

/* The low `bits` bits of `value`, behind what is there. */
static uint64_t
pack(uint64_t record, uint64_t value, int bits)
{
	return record << bits | (value & ((UINT64_C(1) << bits) - 1));
}

static uint64_t
record_make(const struct feedback_port *p, uint64_t now_ns, uint64_t queued)
{
	uint64_t most = (UINT64_C(1) << FEEDBACK_QUEUED_BITS) - 1, units = queued / FEEDBACK_QUEUED_UNIT;
	uint64_t record = pack(p->rate, now_ns, FEEDBACK_TIME_BITS);

	record = pack(record, p->sent_bytes / FEEDBACK_SENT_UNIT, FEEDBACK_SENT_BITS);
	return pack(record, units < most ? units : most, FEEDBACK_QUEUED_BITS);
}

static void
fold(const struct feedback *f, struct feedback_note *n, uint32_t load)
{
	uint32_t before = n->digest;

	n->digest = pint_fold_add(&f->scale, PINT_MAX, before, load, pint_hash(f->round_seed, n->pid, n->hops));
	if (n->digest > before || n->hops == 1)
		n->locator = n->hops;
}

void
feedback_leave(const struct feedback *f, struct feedback_port *p, struct feedback_note *n, uint64_t now_ns, uint64_t queued,
	       uint32_t bytes)
{
	bool is_carried = n && n->is_carried;
	uint32_t load, hop = n ? ++n->hops : 0;

	if (f->kind == FEEDBACK_INT) {
		if (is_carried)
			n->records[hop - 1] = record_make(p, now_ns, queued);
		p->sent_bytes += bytes;
	} else if (f->kind != FEEDBACK_NONE) {
		load = pint_load_packet(&f->logs, &p->link, &p->load, now_ns, queued, bytes);
		if (is_carried)
			fold(f, n, load);
	}
}

static uint32_t
unpack(uint64_t *record, int bits)
{
	uint32_t value = (uint32_t)(*record & ((UINT64_C(1) << bits) - 1));

	*record >>= bits;
	return value;
}

struct feedback_record
feedback_record(uint64_t bits)
{
	struct feedback_record r;

	r.queued = unpack(&bits, FEEDBACK_QUEUED_BITS);
	r.sent = unpack(&bits, FEEDBACK_SENT_BITS);
	r.time = unpack(&bits, FEEDBACK_TIME_BITS);
	r.rate_bps = rates[bits % NRATES];
	return r;
}

double
feedback_use(const struct feedback *f, const struct feedback_note *n)
{
	return pint_scale_value(&f->scale, n->digest) / 65536.0;
}
