#include "ui/interrupt.h"

#include <signal.h>
#include <stddef.h>

static volatile sig_atomic_t flag;

static void
on_signal(int signal)
{
	(void)signal;
	flag = 1;
}

void
interrupt_catch(void)
{
	struct sigaction act = { .sa_handler = on_signal, .sa_flags = SA_RESTART };

	sigaction(SIGINT, &act, NULL);
	sigaction(SIGTERM, &act, NULL);
	signal(SIGPIPE, SIG_IGN);
}

void
interrupt(void)
{
	flag = 1;
}

bool
interrupted(void)
{
	return flag;
}
