/* fuzz_signals.c - anything as what a switch publishes, as its program, and as the packets of a switch whose signals get lost: no packet may have arrived
 * in a gap. */
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/diag.h"
#include "device/bmv2_internal.h"

#define WINDOW 10
#define PACKETS 4096

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
publish(const uint8_t *data, size_t size)
{
	struct signals signals = { .window_ns = 1000000 };
	const uint8_t *message;
	struct subscribe *s;
	int fds[2];
	size_t n;

	if (socketpair(AF_UNIX, SOCK_STREAM, 0, fds) < 0)
		abort();
	s = subscribe_on(fds[0], data[0] & 1);
	if (!s || write(fds[1], data + 1, size - 1) < 0)
		abort();
	close(fds[1]);
	while (subscribe_take(s, &message, &n) == 1)
		for (size_t at = 0; at + 1 < n; at += 2)
			signals_take(&signals, message[at] * (uint64_t)0x0123456789ab, message[at + 1]);
	subscribe_close(s);
}

static void
program(const uint8_t *data, size_t size)
{
	char *text = malloc(size);

	if (!text)
		abort();
	memcpy(text, data, size);
	if (bmv2_list(text, size, STR("d")) < -1)
		bug("a list of negative number");
	free(text);
}

static void
check(const struct signals *s, const uint64_t *packets, size_t n)
{
	struct device_gap gaps[BMV2_GAPS];
	uint32_t count = signals_gaps(s, gaps);

	for (uint32_t i = 0; i < count; i++)
		for (size_t k = 0; k < n; k++)
			if (packets[k] >= gaps[i].from && packets[k] < gaps[i].to)
				bug("a packet at %llu arrived in a gap", (unsigned long long)packets[k]);
}

/* Bits of each byte: how much later it is (4), a packet comes, its signal gets lost, somebody looks, the packet is late. */
static void
traffic(const uint8_t *data, size_t size)
{
	uint64_t packets[PACKETS], now = 100, last = 0, count = 0;
	struct signals s = { .window_ns = WINDOW };
	size_t n = 0;

	signals_begin(&s, now, count);
	for (size_t i = 0; i < size && n < PACKETS; i++) {
		now += data[i] & 15;
		if (data[i] & 16) {
			uint64_t at = now - (data[i] & 128 ? 12 : 0), number = at / WINDOW + 1;

			packets[n++] = at;
			count += number != last;
			if (number != last && !(data[i] & 32))
				signals_take(&s, number, count);
			last = number;
		}
		if (data[i] & 64 && s.is_broken)
			signals_begin(&s, now, count);
		if (data[i] & 64 && s.last == count) {
			check(&s, packets, n);
			signals_done(&s, now - 30);
		}
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size < 2 || size > 50000)
		return 0;
	publish(data, size);
	program(data, size);
	traffic(data, size);
	return 0;
}
