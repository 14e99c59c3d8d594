/* connect.h - connections to a switch: sockets that don't block. Both return the socket, or -errno. */
#ifndef DEVICE_CONNECT_H
#define DEVICE_CONNECT_H

/* *ret_why: in words, when it fails. */
int connect_tcp(const char *host, const char *port, int timeout_ms, const char **ret_why);
int connect_unix(const char *path);

#endif
