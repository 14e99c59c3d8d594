/* shell.h - commands to a switch that runs: those of simple_switch_CLI, by which tables and the like are changed (entries.h) and shown, and
 * some of our own that tell what became of the packets.
 *
 * Between two commands the caller may do what he likes; the shell keeps nothing.
 */
#ifndef SWITCH_SHELL_H
#define SWITCH_SHELL_H

#include <stdio.h>

#include "switch/entries.h"

/* What the caller knows of a port. */
struct sw_shell_port {
	const char *interface;	/* NULL: none */
	uint64_t missed;	/* packets that never came to the switch */
	uint64_t nowhere;	/* packets for this port while it had no interface */
	uint64_t busy, too_long, failed; /* packets that the interface did not take: full, longer than it can send, other */
};

/* A command of the caller's own. */
struct sw_shell_extra {
	const char *name, *usage, *what;
	bool (*fn)(void *user, struct str rest, FILE *out); /* rest: what follows the name */
};

struct sw_shell {
	struct sw *sw;
	const struct sw_hidden *hidden;
	uint32_t nhidden;
	void *user; /* first argument of the callbacks; each may be NULL */
	void (*port)(void *user, uint32_t port, struct sw_shell_port *ret);
	/* Multicast groups may have changed. False after writing to `out` what is wrong with that. */
	bool (*groups)(void *user, FILE *out);
	const struct sw_shell_extra *extra;
	uint32_t nextra;
};

/* What did not leave: drops and losses of the switch's (sw_each_drop), and what the ports could not send. */
void sw_shell_each_drop(const struct sw_shell *shell, sw_drop_fn *visit, void *user);
/* Carries out the command of a line and writes its answer; false when something is wrong with it. An empty line is right. */
bool sw_shell_command(void *shell, struct str line, FILE *out);

#endif
