/* The program: finds the command and calls it. */
#include <stdio.h>
#include <string.h>

static int
usage(FILE *out)
{
	fputs("usage: packetscope COMMAND [OPTION...]\n", out);
	return out == stdout ? 0 : 2;
}

int
main(int argc, char **argv)
{
	if (argc < 2)
		return usage(stderr);
	if (!strcmp(argv[1], "--help"))
		return usage(stdout);
	fprintf(stderr, "packetscope: no command '%s'\n", argv[1]);
	return usage(stderr);
}
