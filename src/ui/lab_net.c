/* lab_net.c - the namespaces, interfaces, routes, filters and queues of the lab, by the tools that a reader would use himself. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "ui/lab.h"

/* --- processes --------------------------------------------------------------------------------- */

static bool
fail(struct lab *l, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

static bool
fail(struct lab *l, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	if (!l->why[0])
		vsnprintf(l->why, sizeof(l->why), fmt, args);
	va_end(args);
	return false;
}

/* A host: a process in a namespace of its own, which ends with us. It has entered it when `*ret_ready` can be read. */
static pid_t
start_host(struct lab *l, bool sends, int *ret_to, int *ret_from)
{
	int to[2], from[2];
	pid_t parent = getpid(), child;
	char ready = 0;

	if (pipe2(to, O_CLOEXEC) || pipe2(from, O_CLOEXEC))
		return -1;
	child = fork();
	if (child != 0) {
		close(to[0]);
		close(from[1]);
		*ret_to = to[1];
		*ret_from = from[0];
		return child > 0 && read(from[0], &ready, 1) == 1 && ready ? child : -1;
	}
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	signal(SIGINT, SIG_IGN); /* of the terminal: the router ends the hosts */
	close(to[1]);
	close(from[0]);
	ready = getppid() == parent && unshare(CLONE_NEWNET) == 0;
	if (write(from[1], &ready, 1) != 1 || !ready)
		_exit(1);
	if (sends)
		lab_sender(&l->o, to[0], from[1]);
	while (read(to[0], &ready, 1) == 1)
		;
	_exit(0);
}

static void
enter(pid_t pid)
{
	char path[64];
	int fd;

	if (!pid)
		return;
	snprintf(path, sizeof(path), "/proc/%d/ns/net", (int)pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || setns(fd, CLONE_NEWNET))
		_exit(126);
}

/* Runs a command in a host's namespace (0: the router's); what it prints goes to `answer` or, when it fails, to l->why. */
static bool
run_argv(struct lab *l, pid_t where, const char *const *argv, const char *input, char *answer, size_t size)
{
	int in[2], out[2], status = 0;
	size_t n = 0;
	ssize_t got;
	char text[4096];
	pid_t child;

	if (!answer) {
		answer = text;
		size = sizeof(text);
	}
	if (pipe2(in, O_CLOEXEC) || pipe2(out, O_CLOEXEC))
		return fail(l, "pipe: %s", strerror(errno));
	child = fork();
	if (child == 0) {
		enter(where);
		dup2(in[0], 0);
		dup2(out[1], 1);
		dup2(out[1], 2);
		setenv("LC_ALL", "C", 1);
		execvp(argv[0], (char *const *)argv);
		dprintf(1, "%s", strerror(errno));
		_exit(127);
	}
	close(in[0]);
	close(out[1]);
	if (input && write(in[1], input, strlen(input)) != (ssize_t)strlen(input))
		fail(l, "%s: %s", argv[0], strerror(errno));
	close(in[1]);
	while (n + 1 < size && (got = read(out[0], answer + n, size - n - 1)) > 0)
		n += (size_t)got;
	answer[n] = 0;
	close(out[0]);
	if (child < 0 || waitpid(child, &status, 0) != child || !WIFEXITED(status) || WEXITSTATUS(status))
		return fail(l, "%s %s %s %s: %.300s", argv[0], argv[1] ? argv[1] : "", argv[1] && argv[2] ? argv[2] : "",
			    argv[1] && argv[2] && argv[3] ? argv[3] : "", answer);
	return true;
}

/* The command's words are separated by blanks. */
static bool
run(struct lab *l, pid_t where, const char *fmt, ...) __attribute__((format(printf, 3, 4)));

static bool
run(struct lab *l, pid_t where, const char *fmt, ...)
{
	const char *argv[40];
	char text[600], *rest = text, *word;
	uint32_t n = 0;
	va_list args;

	if (l->why[0])
		return false;
	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	while (n < 39 && (word = strsep(&rest, " ")))
		if (*word)
			argv[n++] = word;
	argv[n] = NULL;
	return run_argv(l, where, argv, NULL, NULL, 0);
}

static bool
nft(struct lab *l, pid_t where, const char *rules)
{
	const char *const argv[] = { "nft", "-f", "-", NULL };

	return !l->why[0] && run_argv(l, where, argv, rules, NULL, 0);
}

/* --- the network ------------------------------------------------------------------------------- */

static bool
set_sysctl(struct lab *l, const char *path, const char *value)
{
	char full[200];
	int fd;
	bool ok;

	snprintf(full, sizeof(full), "/proc/sys/net/%s", path);
	fd = open(full, O_WRONLY | O_CLOEXEC);
	ok = fd >= 0 && write(fd, value, strlen(value)) > 0;
	if (fd >= 0)
		close(fd);
	return ok || fail(l, "%s: %s", full, strerror(errno));
}

static void
make_links(struct lab *l)
{
	run(l, 0, "ip link set lo up");
	run(l, 0, "ip link add r0 address 02:00:00:00:00:02 type veth peer name a0 address 02:00:00:00:00:01 netns %d", (int)l->a);
	run(l, 0, "ip link add r1 address 02:00:00:00:00:03 type veth peer name b0 address 02:00:00:00:00:04 netns %d", (int)l->b);
	/* nobody but the sender speaks: no neighbours are looked for, no routers asked */
	for (int i = 0; i < 4; i++) {
		static const char *const names[] = { "r0", "r1", "a0", "b0" };
		pid_t where = i == 2 ? l->a : i == 3 ? l->b : 0;

		if (l->o.kind != LAB_IPV6 || l->o.path == LAB_BRIDGE) /* whose ports have no addresses of their own */
			run(l, where, "ip link set %s addrgenmode none", names[i]);
		run(l, where, "ip link set %s multicast off up", names[i]);
		run(l, where, "ethtool -K %s gro off gso off tso off", names[i]);
	}
}

static void
make_route(struct lab *l)
{
	if (l->o.kind == LAB_IPV6) {
		set_sysctl(l, "ipv6/conf/all/forwarding", "1");
		run(l, 0, "ip -6 addr add fd00:a::fe/64 dev r0 nodad");
		run(l, 0, "ip -6 addr add fd00:b::fe/64 dev r1 nodad");
		run(l, 0, "ip -6 neigh replace fd00:b::1 lladdr 02:00:00:00:00:04 dev r1 nud permanent");
		return;
	}
	set_sysctl(l, "ipv4/ip_forward", "1");
	run(l, 0, "ip addr add 10.0.255.254/16 dev r0");
	if (l->o.kind != LAB_VXLAN) {
		run(l, 0, "ip addr add 10.1.255.254/16 dev r1");
		run(l, 0, "ip neigh replace 10.1.0.1 lladdr 02:00:00:00:00:04 dev r1 nud permanent");
		return;
	}
	/* the way to host b leads through a tunnel */
	run(l, 0, "ip addr add 192.0.2.254/24 dev r1");
	run(l, 0, "ip neigh replace 192.0.2.1 lladdr 02:00:00:00:00:04 dev r1 nud permanent");
	run(l, 0, "ip link add vx0 type vxlan id 42 remote 192.0.2.1 local 192.0.2.254 dstport 4789 dev r1 nolearning");
	run(l, 0, "ip link set vx0 addrgenmode none");
	run(l, 0, "ip link set vx0 multicast off up");
	run(l, 0, "ip addr add 10.1.255.254/16 dev vx0");
	run(l, 0, "ip neigh replace 10.1.0.1 lladdr 02:00:00:00:00:04 dev vx0 nud permanent");
}

static void
make_bridge(struct lab *l)
{
	run(l, 0, "ip link add br0 type bridge mcast_snooping 0 forward_delay 0");
	run(l, 0, "ip link set br0 addrgenmode none");
	run(l, 0, "ip link set r0 master br0");
	run(l, 0, "ip link set r1 master br0");
	run(l, 0, "ip link set br0 multicast off up");
	run(l, 0, "bridge fdb replace 02:00:00:00:00:04 dev r1 master static");
	run(l, 0, "bridge fdb replace 02:00:00:00:00:01 dev r0 master static");
}

static void
make_filter(struct lab *l)
{
	bool bridge = l->o.path == LAB_BRIDGE;
	char rules[1024];

	snprintf(rules, sizeof(rules),
		 "table %s lab {\n counter filtered { }\n chain forward {\n  type filter hook forward priority 0\n%s }\n}\n",
		 bridge ? "bridge" : "inet",
		 !l->o.filter	       ? "" :
		 l->o.kind == LAB_VLAN ? "  vlan id 100 udp dport 5001 counter name filtered drop\n" :
					 "  udp dport 5001 counter name filtered drop\n");
	nft(l, 0, rules);
	if (l->o.nat && !bridge && l->o.kind == LAB_IPV6)
		nft(l, 0, "table ip6 nat {\n chain post {\n  type nat hook postrouting priority 100\n"
			  "  ip6 saddr fd00:a::20-fd00:a::ff masquerade\n }\n}\n");
	else if (l->o.nat && !bridge)
		nft(l, 0, "table ip nat {\n chain post {\n  type nat hook postrouting priority 100\n"
			  "  ip saddr 10.0.0.32-10.0.0.255 masquerade\n }\n}\n");
	/* host b counts what arrives, and answers nothing */
	nft(l, l->b, "table netdev lab {\n counter arrived { }\n chain in {\n  type filter hook ingress device b0 priority 0\n"
		     "  ip6 nexthdr { 0, 58 } drop\n  counter name arrived drop\n }\n}\n");
	nft(l, l->a, "table netdev lab {\n chain in {\n  type filter hook ingress device a0 priority 0\n  drop\n }\n}\n");
}

static void
make_queue(struct lab *l)
{
	const struct lab_options *o = &l->o;

	if (o->queue == LAB_TBF) {
		run(l, 0, "tc qdisc replace dev r1 root tbf rate %umbit burst %ukb limit %ukb", o->rate_mbit, o->limit_kb, o->limit_kb);
		return;
	}
	run(l, 0, "tc qdisc replace dev r1 root handle 1: htb default 1");
	if (o->rate_mbit)
		run(l, 0, "tc class replace dev r1 parent 1: classid 1:1 htb rate %umbit", o->rate_mbit);
	else /* one packet passes, and the others wait for a minute */
		run(l, 0, "tc class replace dev r1 parent 1: classid 1:1 htb rate 8bit burst 1 cburst 1");
	run(l, 0, "tc qdisc replace dev r1 parent 1:1 pfifo limit %u", o->limit_kb * 5);
}

bool
lab_open(struct lab *l)
{
	int unused;

	if (geteuid() != 0)
		return fail(l, "root is needed, to make network namespaces");
	if (unshare(CLONE_NEWNET | CLONE_NEWNS))
		return fail(l, "network namespaces: %s", strerror(errno));
	/* a /sys of our own namespace, that nobody else sees */
	mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL);
	l->a = start_host(l, true, &l->to_a, &l->from_a);
	l->b = start_host(l, false, &l->to_b, &unused);
	if (l->a < 0 || l->b < 0)
		return fail(l, "hosts: %s", strerror(errno));
	make_links(l);
	if (l->o.path == LAB_BRIDGE)
		make_bridge(l);
	else
		make_route(l);
	make_filter(l);
	make_queue(l);
	return !l->why[0];
}

void
lab_close(struct lab *l)
{
	if (l->a > 0) {
		kill(l->a, SIGKILL);
		waitpid(l->a, NULL, 0);
	}
	if (l->b > 0) {
		kill(l->b, SIGKILL);
		waitpid(l->b, NULL, 0);
	}
	l->a = l->b = 0;
}

/* --- traffic ----------------------------------------------------------------------------------- */

void
lab_send(struct lab *l)
{
	char order = 's';

	if (write(l->to_a, &order, 1) != 1)
		fail(l, "host a: %s", strerror(errno));
}

bool
lab_sent(struct lab *l, uint64_t *ret_keys)
{
	struct pollfd p = { .fd = l->from_a, .events = POLLIN };

	if (poll(&p, 1, 0) <= 0)
		return false;
	if (read(l->from_a, ret_keys, LAB_KEYS * sizeof(*ret_keys)) != (ssize_t)(LAB_KEYS * sizeof(*ret_keys)))
		return !fail(l, "host a ended");
	return true;
}

static bool
read_counter(struct lab *l, pid_t where, const char *family, const char *name, uint64_t *ret)
{
	const char *const argv[] = { "nft", "list", "counter", family, "lab", name, NULL };
	char answer[4096], *p;

	*ret = 0;
	if (!run_argv(l, where, argv, NULL, answer, sizeof(answer)))
		return false;
	p = strstr(answer, "packets ");
	if (p)
		*ret = strtoull(p + 8, NULL, 10);
	return p != NULL;
}

bool
lab_counters(struct lab *l, uint64_t *ret_filtered, uint64_t *ret_arrived)
{
	return read_counter(l, 0, l->o.path == LAB_BRIDGE ? "bridge" : "inet", "filtered", ret_filtered) &&
	       read_counter(l, l->b, "netdev", "arrived", ret_arrived);
}
