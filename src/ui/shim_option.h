/* shim_option.h - options about queries over network(): where packets carry digests, and what the plan is made for. */
#ifndef UI_SHIM_OPTION_H
#define UI_SHIM_OPTION_H

#include "ui/options.h"

/* Rows for commands that carry out queries over network(); `args` is a struct ui_compile_args lvalue, `hops_text` what the length is if nothing is said. */
#define UI_NETWORK_OPTIONS(args, hops_text)                                                                                        \
	{ "shim", 0, POPT_ARG_STRING, &(args).shim, 0, "where packets carry digests of queries over network(): ethernet[:TYPE], behind " \
	  "it (the default), or field=HEADER.FIELD[:TTL], which hosts don't need", "PLACE" },                          \
	{ "hops", 0, POPT_ARG_INT, &(args).hops, 0, "the length of a typical path, for queries over network() (default: " hops_text ")", "N" },                        \
	{ "plan", 0, POPT_ARG_INT, &(args).plan, 0, "the number in shims that tells plans apart, 1 to 15 (default: made from the plan)", "N" }

/* Into o->shim and o->network; false after a usage message. */
bool ui_network_options(const char *command, const struct ui_compile_args *args, struct compile_options *o);

#endif
