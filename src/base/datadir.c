#include "base/datadir.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int
is_installed(void)
{
	static const char bindir[] = PS_BINDIR "/";
	char exe[4096];
	ssize_t n = readlink("/proc/self/exe", exe, sizeof(exe));

	return n >= (ssize_t)sizeof(bindir) && memcmp(exe, bindir, sizeof(bindir) - 1) == 0;
}

const char *
datadir(void)
{
	const char *env = getenv("PACKETSCOPE_DATA");

	if (env && *env)
		return env;
	if (is_installed() || access(PS_SOURCE_DIR "/p4include", F_OK) != 0)
		return PS_DATADIR;
	return PS_SOURCE_DIR;
}
