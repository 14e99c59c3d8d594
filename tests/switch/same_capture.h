/* same_capture.h - a capture read by sw_capture and by libpcap alone: packets, times and damage must be the same. */
#ifndef TESTS_SWITCH_SAME_CAPTURE_H
#define TESTS_SWITCH_SAME_CAPTURE_H

#include <stdbool.h>
#include <stddef.h>

/* False: `reterr` says what differs. */
bool same_capture(const char *path, char *reterr, size_t size);

#endif
