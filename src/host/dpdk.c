/* dpdk.c - DPDK's drivers are in a module, so that nobody else loads DPDK's fifty libraries with every command. It lies beside the program (where that
 * was built), or in the folder of the installed ones. */
#include <dlfcn.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "host/driver.h"

static void
beside_program(char *ret, size_t size)
{
	ssize_t n = readlink("/proc/self/exe", ret, size - 1);

	ret[n > 0 ? n : 0] = 0;
	n = strrchr(ret, '/') ? strrchr(ret, '/') - ret : 0;
	snprintf(ret + n, size - (size_t)n, "/" HOST_DPDK_MODULE);
}

const struct host_driver *
host_dpdk(char *reterr, size_t size)
{
	char path[4096];
	const struct host_driver *driver;
	void *module;

	beside_program(path, sizeof(path));
	if (access(path, F_OK))
		snprintf(path, sizeof(path), "%s", HOST_MODULES "/" HOST_DPDK_MODULE);
	if (access(path, F_OK)) {
		snprintf(reterr, size, "dpdk: packetscope was built without DPDK (it wants the headers of libdpdk)");
		return NULL;
	}
	module = dlopen(path, RTLD_NOW | RTLD_LOCAL);
	driver = module ? dlsym(module, HOST_DPDK_DRIVER) : NULL;
	if (!driver)
		snprintf(reterr, size, "dpdk: %s", dlerror());
	return driver;
}
