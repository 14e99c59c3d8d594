/* subscribe.h - messages of a nanomsg socket that publishes (its protocol SP, version 0, over TCP and Unix sockets), as simple_switch has one for what
 * it tells of itself. A message that doesn't fit into the subscriber's buffer is passed over, like one that came before it listened: who
 * listens must know what to do without. The caller owns it. */
#ifndef DEVICE_SUBSCRIBE_H
#define DEVICE_SUBSCRIBE_H

#include <stddef.h>
#include <stdint.h>

struct subscribe;

/* `address`: tcp://INTERFACE:PORT or ipc://PATH, as it was given to the publisher, who is on `host`. NULL after a text in `why`. */
struct subscribe *subscribe_open(const char *address, const char *host, int timeout_ms, char *why, size_t n);
/* The same on a connection that is there (and is taken over). NULL: no memory. */
struct subscribe *subscribe_on(int fd, int is_ipc);
void subscribe_close(struct subscribe *s);
int subscribe_fd(const struct subscribe *s);
/* The next message that has come, in *ret until the next call. 1; 0: there is none yet; -errno: there will be none. */
int subscribe_take(struct subscribe *s, const uint8_t **ret, size_t *ret_n);

#endif
