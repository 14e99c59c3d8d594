/* expr.h - what operators do: shared by constant folding and evaluation. */
#ifndef IR_EXPR_H
#define IR_EXPR_H

#include "ir/eval.h"

bool ir_is_comparison(enum ir_op op);
/* Does a comparison hold, whose left side is less than (< 0), equal to or greater than its right one? */
static inline bool
ir_holds(enum ir_op op, int order)
{
	return (op == IR_EQ && order == 0) || (op == IR_NE && order != 0) || (op == IR_LT && order < 0) ||
	       (op == IR_LE && order <= 0) || (op == IR_GT && order > 0) || (op == IR_GE && order >= 0);
}
/* The type in which operands of these types meet: the wider one's; unsigned at equal width unless
 * both are signed. */
struct ir_type ir_common_type(struct ir_type a, struct ir_type b);
/* What a value counts as in a condition; absent is false. */
bool ir_truth(const struct ir_value *v);
struct ir_value ir_const_value(const struct ir_expr *e);
/* One operator on values; b is NULL for unary ones. Absent when it has no value: an operand is
 * absent, a division by 0. */
struct ir_value ir_apply(const struct ir_expr *e, const struct ir_value *a,
			 const struct ir_value *b);

#endif
