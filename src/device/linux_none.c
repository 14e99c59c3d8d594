/* linux_none.c - in the place of linux.c and linux_facts.c where the build had no libbpf. */
#include "device/linux.h"

#include <stdio.h>
#include <string.h>

static bool
refuse(char *reterr, size_t size)
{
	snprintf(reterr, size, "this packetscope was built without libbpf (package libbpf-dev), which live queries need");
	return false;
}

bool
linux_facts(struct arena *a, struct kernel_facts *ret, char *reterr, size_t size)
{
	(void)a;
	(void)ret;
	return refuse(reterr, size);
}

bool
linux_may_load(char *reterr, size_t size)
{
	return refuse(reterr, size);
}

bool
linux_drop_capabilities(void)
{
	return false;
}

struct linux_device *
linux_open(const struct kernel_program *k, const struct kernel_facts *f, struct str object, char *reterr, size_t size)
{
	(void)k;
	(void)f;
	(void)object;
	refuse(reterr, size);
	return NULL;
}

void
linux_close(struct linux_device *l)
{
	(void)l;
}

struct device
linux_as_device(struct linux_device *l)
{
	(void)l;
	return (struct device){ NULL, NULL };
}

uint64_t
linux_start_ns(const struct linux_device *l)
{
	(void)l;
	return 0;
}

uint64_t
linux_now(const struct linux_device *l)
{
	(void)l;
	return 0;
}

uint64_t
linux_step(struct linux_device *l)
{
	(void)l;
	return 0;
}

void
linux_stop_arrivals(struct linux_device *l)
{
	(void)l;
}

bool
linux_is_empty(const struct linux_device *l)
{
	(void)l;
	return true;
}

void
linux_finish(struct linux_device *l)
{
	(void)l;
}

void
linux_counts(const struct linux_device *l, uint32_t port, struct ps_counts *ret)
{
	(void)l;
	(void)port;
	memset(ret, 0, sizeof(*ret));
}

uint64_t
linux_keys_apart(const struct linux_device *l)
{
	(void)l;
	return 0;
}

uint64_t
linux_missed_runs(const struct linux_device *l)
{
	(void)l;
	return 0;
}

uint64_t
linux_load_ns(const struct linux_device *l)
{
	(void)l;
	return 0;
}
