#include "host/port.h"

#include <errno.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "host/driver.h"

#define XDP "xdp:"
#define DPDK "dpdk:"

struct host_port {
	const struct host_driver *driver;
	void *self; /* the driver's */
	char name[256];
};

static bool
is_dpdk(const char *text)
{
	return strncmp(text, DPDK, strlen(DPDK)) == 0;
}

const char *
host_interface(const char *text)
{
	return strncmp(text, XDP, strlen(XDP)) == 0 ? text + strlen(XDP) : text;
}

enum host_state
host_state(const char *text)
{
	const char *interface = host_interface(text);
	struct ifreq r = { .ifr_flags = 0 };
	int fd;
	enum host_state state = HOST_ABSENT;

	if (is_dpdk(text))
		return HOST_UP; /* its driver says more when it is opened */
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	snprintf(r.ifr_name, sizeof(r.ifr_name), "%s", interface);
	if (strlen(interface) < IFNAMSIZ && fd >= 0 && !ioctl(fd, SIOCGIFFLAGS, &r))
		state = r.ifr_flags & IFF_UP ? HOST_UP : HOST_DOWN;
	if (fd >= 0)
		close(fd);
	return state;
}

static bool
open_by(struct host_port *p, const struct host_driver *driver, const char *interface, char *reterr, size_t size)
{
	p->driver = driver;
	p->self = driver->open(interface, reterr, size);
	return p->self;
}

static bool
open_interface(struct host_port *p, const char *text, char *reterr, size_t size)
{
	const char *interface = host_interface(text);
	char why[256];

	if (!if_nametoindex(interface)) {
		snprintf(reterr, size, "%s: %s", interface, errno == ENODEV ? "no such interface" : strerror(errno));
		return false;
	}
	if (interface != text) {
		if (open_by(p, &host_xdp, interface, why, sizeof(why)))
			return true;
		snprintf(reterr, size, "%s: no AF_XDP (%s); its frames go through a raw socket", interface, why);
	}
	return open_by(p, &host_raw, interface, reterr, size);
}

static bool
open_dpdk(struct host_port *p, const char *text, char *reterr, size_t size)
{
	const struct host_driver *driver = host_dpdk(reterr, size);

	return driver && open_by(p, driver, text + strlen(DPDK), reterr, size);
}

struct host_port *
host_open(const char *text, char *reterr, size_t size)
{
	struct host_port *p = calloc(1, sizeof(*p));

	reterr[0] = 0;
	if (!p) {
		snprintf(reterr, size, "%s: %s", text, strerror(ENOMEM));
		return NULL;
	}
	snprintf(p->name, sizeof(p->name), "%s", host_interface(text));
	if (is_dpdk(text) ? open_dpdk(p, text, reterr, size) : open_interface(p, text, reterr, size))
		return p;
	free(p);
	return NULL;
}

struct host_port *
host_share(struct host_port *p, char *reterr, size_t size)
{
	struct host_port *other;

	if (!p->driver->share) {
		snprintf(reterr, size, "%s can't be shared by threads: only raw sockets can (without xdp: or dpdk:, or --threads 1)", p->name);
		return NULL;
	}
	other = calloc(1, sizeof(*other));
	if (!other) {
		snprintf(reterr, size, "%s: %s", p->name, strerror(ENOMEM));
		return NULL;
	}
	*other = *p;
	other->self = p->driver->share(p->self, p->name, reterr, size);
	if (other->self)
		return other;
	free(other);
	return NULL;
}

void
host_close(struct host_port *p)
{
	if (p)
		p->driver->close(p->self);
	free(p);
}

const char *
host_name(const struct host_port *p)
{
	return p->name;
}

int
host_fd(const struct host_port *p)
{
	return p->driver->fd(p->self);
}

uint32_t
host_receive(struct host_port *p, struct host_frame ret[HOST_BURST])
{
	return p->driver->receive(p->self, ret);
}

void
host_send(struct host_port *p, const uint8_t *data, uint32_t len)
{
	p->driver->send(p->self, data, len);
}

void
host_flush(struct host_port *p)
{
	p->driver->flush(p->self);
}

void
host_counts(struct host_port *p, struct host_counts *ret)
{
	p->driver->counts(p->self, ret);
}
