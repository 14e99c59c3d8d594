/* sizes.h - how large tables have to be for the traffic of a training capture. */
#ifndef UI_SIZES_H
#define UI_SIZES_H

#include "ui/compile.h"

/* o->fit.train, o->fit.precision: sets rows_of and stages_of in `ret` for every table that its query or the command line leaves open: the
 * fewest rows with which, in each epoch of the capture, that share of the tuples finds a row. Says what it chose on stderr. False
 * after errors. */
bool sizes_from_training(struct compilation *c, const struct compile_options *o, const struct plan_target *t, struct plan_options *ret);

#endif
