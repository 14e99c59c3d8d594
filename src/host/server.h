/* server.h - a Unix socket on which clients give commands, one line each, and get answers.
 *
 * An answer is a line `ok BYTES` or `error BYTES`, then so many bytes of text. Everything happens in host_server_serve, which never
 * waits: a client that sends half a line or doesn't read its answers only holds up itself. The socket belongs to its user alone.
 */
#ifndef HOST_SERVER_H
#define HOST_SERVER_H

#include <poll.h>
#include <stdio.h>

#include "base/str.h"

#define HOST_CLIENTS 16	      /* one more takes the place of the one that was silent longest */
#define HOST_LINE (256 << 10) /* bytes of a command */

struct host_server;

enum host_answer {
	HOST_WRONG, /* = false */
	HOST_OK,    /* = true */
	HOST_LATER, /* no answer yet: the command is given again after host_server_retry; its client waits, and nobody else */
};
/* Carries out a command and writes the answer's text to `out`; returns whether all went well. */
typedef enum host_answer host_command(void *user, struct str line, FILE *out);

/* Where switch and client meet when nobody says otherwise. False: `buf` is too small. */
bool host_server_path(char *buf, size_t size);
/* NULL: `reterr` says why. A socket that nobody listens on any more is replaced. */
struct host_server *host_server_open(const char *path, char *reterr, size_t size);
/* Removes the socket. */
void host_server_close(struct host_server *s);
/* What to poll: at most 1 + HOST_CLIENTS; returns how many. *ret_waiting: there is work without waiting for any of them. */
uint32_t host_server_fds(struct host_server *s, struct pollfd *ret, bool *ret_waiting);
/* What was put off may have an answer now. */
void host_server_retry(struct host_server *s);
/* After the poll, with the same array: at most one command of each client. */
void host_server_serve(struct host_server *s, const struct pollfd *fds, uint32_t n, host_command *command, void *user);

#endif
