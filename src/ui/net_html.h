/* net_html.h - a network and what was found in it, as one page without anything from elsewhere. */
#ifndef UI_NET_HTML_H
#define UI_NET_HTML_H

#include "ui/net.h"

/* False after a message. */
bool net_html(const struct net_run *r, const char *path);

#endif
