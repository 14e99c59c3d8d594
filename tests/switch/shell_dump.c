/* Gives the lines of a file to the fake program's switch as commands and prints the answers. A line `!OP ARG PORT` is a packet. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fake.h"
#include "switch/shell.h"

static const struct sw_hidden hidden[] = { { "MyIngress.acl", "MyIngress.deny", "site", 5u << 20 } };

static void
port(void *user, uint32_t number, struct sw_shell_port *ret)
{
	(void)user;
	if (number == 1)
		*ret = (struct sw_shell_port){ .interface = "eth1", .missed = 3, .too_long = 1 };
	if (number == 2)
		ret->nowhere = 2;
}

static void
packet(struct sw *sw, const char *line)
{
	unsigned int op, arg, in;
	uint8_t p[22] = { [11] = 1, [12] = FAKE_TYPE >> 8, [13] = FAKE_TYPE & 255, [18] = 10 };

	if (sscanf(line, "!%u %u %u", &op, &arg, &in) != 3)
		abort();
	p[14] = (uint8_t)op;
	p[5] = p[15] = p[17] = p[21] = (uint8_t)arg;
	sw_receive(sw, sw_now(sw) + 1000, in, p, sizeof(p));
}

int
main(int argc, char **argv)
{
	FILE *in = argc == 2 ? fopen(argv[1], "r") : NULL;
	const struct sw_config config = { .depth = 2 };
	struct sw_shell shell = { .hidden = hidden, .nhidden = 1, .port = port };
	char why[200], *line = NULL;
	size_t size = 0;
	ssize_t n;

	shell.sw = in ? sw_open_program(&ps_program, &config, why, sizeof(why)) : NULL;
	if (!shell.sw)
		return 2;
	while ((n = getline(&line, &size, in)) >= 0) {
		struct str s = { line, (uint32_t)(n && line[n - 1] == '\n' ? n - 1 : n) };

		printf("> %.*s\n", STRA(s));
		if (s.n && s.p[0] == '!')
			packet(shell.sw, line);
		else if (!sw_shell_command(&shell, s, stdout))
			puts("(refused)");
	}
	free(line);
	fclose(in);
	sw_close(shell.sw);
	return 0;
}
