/* none.c - a build without libbpf says so wherever the kernel is asked for. */
#include <stdio.h>
#include <string.h>

#include "device/linux.h"

static int failed, number;

static void
result(const char *what, bool ok, const char *why)
{
	number++;
	failed += !ok;
	printf("%sok %d - %s\n", ok ? "" : "not ", number, what);
	if (!ok)
		printf("# %s\n", why);
}

int
main(void)
{
	const struct kernel_program program = { .tick_ns = 1 };
	struct kernel_facts facts = { .cpus = 1 };
	char why[256] = "";

	result("the kernel's facts", !linux_facts(NULL, &facts, why, sizeof(why)) && strstr(why, "libbpf-dev"), why);
	why[0] = 0;
	result("the right to load", !linux_may_load(why, sizeof(why)) && strstr(why, "built without libbpf"), why);
	why[0] = 0;
	result("loading", !linux_open(&program, &facts, STR_NONE, why, sizeof(why)) && strstr(why, "libbpf"), why);
	result("there is no device", !linux_as_device(NULL).ops, "");
	printf("1..%d\n", number);
	return failed != 0;
}
