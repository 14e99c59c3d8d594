/* client.h - the other end of server.h: gives commands to a switch and waits for answers. */
#ifndef HOST_CLIENT_H
#define HOST_CLIENT_H

#include "base/str.h"

/* A connection, or -errno. */
int host_client_open(const char *path);
/* One command (without a line's end) and its answer, which the caller frees; NUL-terminated. *ret_ok: it was carried out. 0, or -errno when
 * there is no answer: -ECONNRESET when the switch ended, -EPROTO when the other end is something else. */
int host_client_ask(int fd, struct str line, char **ret_text, size_t *ret_len, bool *ret_ok);

#endif
