/* server.h - a Unix socket on which clients give commands, one line each, and get answers.
 *
 * An answer is a line `ok BYTES` or `error BYTES`, then so many bytes of text. Everything happens in net_server_serve, which never
 * waits: a client that sends half a line or doesn't read its answers only holds up itself. The socket belongs to its user alone.
 */
#ifndef NET_SERVER_H
#define NET_SERVER_H

#include <poll.h>
#include <stdio.h>

#include "base/str.h"

#define NET_CLIENTS 16	      /* one more takes the place of the one that was silent longest */
#define NET_LINE (256 << 10) /* bytes of a command */

struct net_server;

/* Carries out a command and writes the answer's text to `out`; returns whether all went well. */
typedef bool net_command(void *user, struct str line, FILE *out);

/* Where switch and client meet when nobody says otherwise. False: `buf` is too small. */
bool net_server_path(char *buf, size_t size);
/* NULL: `reterr` says why. A socket that nobody listens on any more is replaced. */
struct net_server *net_server_open(const char *path, char *reterr, size_t size);
/* Removes the socket. */
void net_server_close(struct net_server *s);
/* What to poll: at most 1 + NET_CLIENTS; returns how many. *ret_waiting: there is work without waiting for any of them. */
uint32_t net_server_fds(struct net_server *s, struct pollfd *ret, bool *ret_waiting);
/* After the poll, with the same array: at most one command of each client. */
void net_server_serve(struct net_server *s, const struct pollfd *fds, uint32_t n, net_command *command, void *user);

#endif
