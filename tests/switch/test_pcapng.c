/* pcapng files at random, whole and damaged: what we read of them ourselves is what libpcap reads. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/random.h"
#include "same_capture.h"
#include "unit.h"

#define ROOM (1u << 21)

struct file {
	struct random r;
	uint8_t *bytes;
	size_t n;
	uint32_t interfaces;
	bool is_plain; /* nothing that is left to libpcap */
};

static bool
rarely(struct file *f)
{
	return !f->is_plain && random_below(&f->r, 40) == 0;
}

static void
put(struct file *f, const void *data, size_t n)
{
	memcpy(f->bytes + f->n, data, n);
	f->n += n;
}

static void
put16(struct file *f, uint32_t v)
{
	uint16_t x = (uint16_t)v;

	put(f, &x, sizeof(x));
}

static void
put32(struct file *f, uint64_t v)
{
	uint32_t x = (uint32_t)v;

	put(f, &x, sizeof(x));
}

static void
put_random(struct file *f, size_t n)
{
	for (size_t i = 0; i < n; i++)
		f->bytes[f->n++] = (uint8_t)random_u64(&f->r);
}

/* A block's end: its length, before and after. */
static void
finish(struct file *f, size_t start)
{
	uint32_t size;

	while ((f->n - start) % 4)
		f->bytes[f->n++] = 0;
	size = (uint32_t)(f->n - start + 4);
	memcpy(f->bytes + start + 4, &size, sizeof(size));
	put32(f, rarely(f) ? size + 4 : size);
}

static size_t
start(struct file *f, uint32_t type)
{
	size_t at = f->n;

	put32(f, type);
	put32(f, 0);
	return at;
}

static void
section(struct file *f)
{
	size_t at = start(f, 0x0a0d0d0a);

	put32(f, 0x1a2b3c4d);
	put16(f, rarely(f) ? 2 : 1);
	put16(f, rarely(f) ? 2 : 0);
	put32(f, 0xffffffff);
	put32(f, 0xffffffff);
	if (random_percent(&f->r, 30)) { /* shb_userappl */
		put16(f, 4);
		put16(f, 5);
		put(f, "hello\0\0", 8);
		put32(f, 0);
	}
	finish(f, at);
	f->interfaces = 0;
}

static void
option(struct file *f, uint32_t code, uint32_t n, uint8_t first)
{
	put16(f, code);
	put16(f, n);
	put(f, &first, 1);
	put_random(f, n - 1);
	while (f->n % 4)
		f->bytes[f->n++] = 0;
}

static void
interface(struct file *f)
{
	static const uint8_t digits[] = { 0, 3, 6, 9, 9, 9, 7, 1 };
	size_t at = start(f, 1);

	put16(f, rarely(f) ? 101 : 1);
	put16(f, 0);
	put32(f, rarely(f) ? 60 : 65535);
	if (random_percent(&f->r, 30))
		option(f, 2, 1 + (uint32_t)random_below(&f->r, 9), 'e');
	if (random_percent(&f->r, 60))
		option(f, 9, 1, rarely(f) ? (uint8_t)random_u64(&f->r) : digits[random_below(&f->r, sizeof(digits))]);
	if (rarely(f))
		option(f, 14, 8, 1);
	if (random_percent(&f->r, 70))
		put32(f, 0);
	finish(f, at);
	f->interfaces++;
}

static void
packet(struct file *f)
{
	uint32_t n = (uint32_t)random_below(&f->r, random_percent(&f->r, 5) ? 2000 : 90);
	size_t at = start(f, 6);

	put32(f, rarely(f) ? f->interfaces : f->interfaces ? random_below(&f->r, f->interfaces) : 0);
	put32(f, rarely(f) ? random_u64(&f->r) : 5);
	put32(f, random_u64(&f->r));
	put32(f, rarely(f) ? n + 64 : n);
	put32(f, n + random_below(&f->r, 3) * 10);
	put_random(f, n);
	while (f->n % 4)
		f->bytes[f->n++] = 0;
	if (random_percent(&f->r, 10))
		option(f, 1, 5, 'c');
	finish(f, at);
}

/* Something that is no packet, simple and old packets among it if it may be odd. */
static void
other(struct file *f)
{
	size_t at = start(f, rarely(f) ? 2 + (uint32_t)random_below(&f->r, 2) : 4 + (uint32_t)random_below(&f->r, 2));

	put_random(f, random_below(&f->r, 60));
	finish(f, at);
}

static void
make(struct file *f, uint64_t seed)
{
	uint32_t blocks;

	random_init(&f->r, seed, 1);
	f->n = 0;
	f->is_plain = random_percent(&f->r, 50);
	blocks = (uint32_t)random_below(&f->r, random_percent(&f->r, 2) ? 8000 : 30); /* some longer than what is read at once */
	section(f);
	interface(f);
	for (uint32_t i = 0; i < blocks && f->n < ROOM - 8192; i++) {
		if (rarely(f))
			section(f);
		else if (random_percent(&f->r, 5) && f->interfaces < 70)
			interface(f);
		else if (random_percent(&f->r, 5))
			other(f);
		else
			packet(f);
	}
}

static void
damage(struct file *f)
{
	if (random_percent(&f->r, 30))
		f->n = random_below(&f->r, f->n + 1);
	for (uint64_t i = random_below(&f->r, 3); i > 0 && f->n; i--)
		f->bytes[random_below(&f->r, f->n)] = (uint8_t)random_u64(&f->r);
}

static void
check(const struct file *f, uint64_t seed)
{
	static const char path[] = "random.pcapng";
	char err[400];
	FILE *out = fopen(path, "wb");

	assert_non_null(out);
	assert_int_equal(fwrite(f->bytes, 1, f->n, out), f->n);
	assert_int_equal(fclose(out), 0);
	if (!same_capture(path, err, sizeof(err)))
		fail_msg("seed %llu: %s", (unsigned long long)seed, err);
	unlink(path);
}

static void
same(void **state)
{
	const char *more = getenv("PCAPNG_FILES");
	uint64_t files = more ? strtoull(more, NULL, 10) : 3000;
	struct file f = { .bytes = malloc(ROOM) };

	(void)state;
	assert_non_null(f.bytes);
	for (uint64_t seed = 0; seed < files; seed++) {
		make(&f, seed);
		if (seed % 3 == 2)
			damage(&f);
		check(&f, seed);
	}
	free(f.bytes);
}

int
main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(same) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
