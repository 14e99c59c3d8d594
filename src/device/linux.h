/* linux.h - eBPF programs in the running kernel as a device: what the kernel can do, loading and attaching, and the memory-mapped
 * arrays in which the programs count.
 *
 * Programs are held by links, and links by this process alone: however it ends, nothing stays. Functions that can fail say why in
 * `reterr`. Without libbpf at build time all of them fail with a word.
 */
#ifndef DEVICE_LINUX_H
#define DEVICE_LINUX_H

#include "base/arena.h"
#include "device/device.h"
#include "manifest/kernel.h"
#include "packetscope/linux/counters.h"

/* The kernel that runs. Ports are left to the caller. False when it can't do at all. */
bool linux_facts(struct arena *a, struct kernel_facts *ret, char *reterr, size_t size);
/* The capabilities that loading needs are there; else reterr names what is missing. */
bool linux_may_load(char *reterr, size_t size);

/* Gives up all capabilities, for good: nothing more than open programs and maps is needed after loading. */
bool linux_drop_capabilities(void);

struct linux_device;

/* Loads and attaches. malloc'd; NULL after an error. `verbose`: the verifier's words go to stderr. */
struct linux_device *linux_open(const struct kernel_program *k, const struct kernel_facts *f, struct str object, char *reterr,
				size_t size);
void linux_close(struct linux_device *l);
struct device linux_as_device(struct linux_device *l);

/* CLOCK_REALTIME at the device's clock's 0, and its clock now. */
uint64_t linux_start_ns(const struct linux_device *l);
uint64_t linux_now(const struct linux_device *l);
/* ns until the next look at what it counts: rows and counters wait long enough, but tuples in rings are overwritten when these are full. */
uint64_t linux_step(struct linux_device *l);
/* No more packets get tags. */
void linux_stop_arrivals(struct linux_device *l);
/* Everything that was offered to queues has come out. */
bool linux_is_empty(const struct linux_device *l);
/* From now on no packet is awaited any more: everything closes. */
void linux_finish(struct linux_device *l);
/* Sums over CPUs. */
void linux_counts(const struct linux_device *l, uint32_t port, struct ps_counts *ret);
/* Rows of losses in which offered packets are not those started and those freed: packets that were still queued, or not seen. */
uint64_t linux_keys_apart(const struct linux_device *l);
/* Runs that the kernel left out because the program was at work on the CPU. */
uint64_t linux_missed_runs(const struct linux_device *l);
/* ns that loading and attaching took. */
uint64_t linux_load_ns(const struct linux_device *l);

#endif
