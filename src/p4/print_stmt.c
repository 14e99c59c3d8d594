/* print_stmt.c - statements, one a line, and the variables and instances among them. */
#include "p4/print.h"

#include "base/diag.h"

void
p4_print_stmts(struct p4_printer *pr, const struct p4_list *stmts)
{
	for (uint32_t i = 0; i < stmts->n; i++)
		p4_print_any(pr, stmts->v[i]);
}

void
p4_print_braces(struct p4_printer *pr, const struct p4_node *block)
{
	if (block->u.block.stmts.n == 0) {
		fputs("{ }", pr->out);
		return;
	}
	fputs("{\n", pr->out);
	pr->indent++;
	p4_print_stmts(pr, &block->u.block.stmts);
	pr->indent--;
	p4_print_indent(pr);
	putc('}', pr->out);
}

void
p4_print_block(struct p4_printer *pr, const struct p4_node *n)
{
	p4_print_start(pr, n);
	p4_print_braces(pr, n);
	putc('\n', pr->out);
}

/* --- simple statements ---------------------------------------------------------------------- */

static void
print_assign_head(struct p4_printer *pr, const struct p4_node *n)
{
	p4_print_any(pr, n->u.assign.left);
	fprintf(pr->out, " %s%s ", n->u.assign.op == P4_OP_NONE ? "" : p4_op_text(n->u.assign.op),
		"=");
	p4_print_any(pr, n->u.assign.right);
}

void
p4_print_assign(struct p4_printer *pr, const struct p4_node *n)
{
	p4_print_start(pr, n);
	print_assign_head(pr, n);
	fputs(";\n", pr->out);
}

void
p4_print_call_stmt(struct p4_printer *pr, const struct p4_node *n)
{
	p4_print_start(pr, n);
	p4_print_any(pr, n->u.call_stmt.call);
	fputs(";\n", pr->out);
}

void
p4_print_return(struct p4_printer *pr, const struct p4_node *n)
{
	p4_print_start(pr, n);
	fputs("return", pr->out);
	if (n->u.ret.expr) {
		putc(' ', pr->out);
		p4_print_any(pr, n->u.ret.expr);
	}
	fputs(";\n", pr->out);
}

void
p4_print_jump(struct p4_printer *pr, const struct p4_node *n)
{
	p4_print_start(pr, n);
	fputs(n->kind == P4_EMPTY ? "" : p4_kind_text(n->kind), pr->out);
	fputs(";\n", pr->out);
}

void
p4_print_var_head(struct p4_printer *pr, const struct p4_node *n)
{
	p4_print_any(pr, n->u.var.type);
	fprintf(pr->out, " %.*s", STRA(n->name));
	if (n->u.var.init) {
		fputs(" = ", pr->out);
		p4_print_any(pr, n->u.var.init);
	}
}

void
p4_print_var(struct p4_printer *pr, const struct p4_node *n)
{
	p4_print_start(pr, n);
	p4_print_var_head(pr, n);
	fputs(";\n", pr->out);
}

void
p4_print_const(struct p4_printer *pr, const struct p4_node *n)
{
	p4_print_start(pr, n);
	fputs("const ", pr->out);
	p4_print_var_head(pr, n);
	fputs(";\n", pr->out);
}

void
p4_print_instance(struct p4_printer *pr, const struct p4_node *n)
{
	p4_print_start(pr, n);
	p4_print_any(pr, n->u.instance.type);
	p4_print_args(pr, &n->u.instance.args);
	fprintf(pr->out, " %.*s", STRA(n->name));
	if (n->u.instance.has_body) {
		fputs(" = {\n", pr->out);
		pr->indent++;
		p4_print_decls(pr, &n->u.instance.body);
		pr->indent--;
		p4_print_indent(pr);
		putc('}', pr->out);
	}
	fputs(";\n", pr->out);
}

/* --- if, switch, for ------------------------------------------------------------------------ */

/* A body in braces goes on on the same line; another statement gets a line of its own. */
static void
print_body(struct p4_printer *pr, const struct p4_node *n, bool more)
{
	if (n->kind == P4_BLOCK && n->comment.n == 0) {
		putc(' ', pr->out);
		p4_print_annotations(pr, &n->annotations, "", " ");
		p4_print_braces(pr, n);
		putc(more ? ' ' : '\n', pr->out);
		return;
	}
	putc('\n', pr->out);
	pr->indent++;
	p4_print_any(pr, n);
	pr->indent--;
	if (more)
		p4_print_indent(pr);
}

/* Would an `else` after this statement belong to an `if` inside of it? */
static bool
takes_else(const struct p4_node *n)
{
	while (n) {
		if (n->kind == P4_IF && !n->u.if_.otherwise)
			return true;
		if (n->kind == P4_IF)
			n = n->u.if_.otherwise;
		else if (n->kind == P4_FOR)
			n = n->u.for_.body;
		else if (n->kind == P4_FOR_IN)
			n = n->u.for_in.body;
		else
			return false;
	}
	return false;
}

static void
print_then(struct p4_printer *pr, const struct p4_node *n)
{
	const struct p4_node *then = n->u.if_.then;

	if (!n->u.if_.otherwise || !takes_else(then)) {
		print_body(pr, then, n->u.if_.otherwise != NULL);
		return;
	}
	fputs(" {\n", pr->out);
	pr->indent++;
	p4_print_any(pr, then);
	pr->indent--;
	p4_print_indent(pr);
	fputs("} ", pr->out);
}

/* `else if` stays on one line, however long the chain. */
void
p4_print_if(struct p4_printer *pr, const struct p4_node *n)
{
	p4_print_start(pr, n);
	for (;;) {
		const struct p4_node *other = n->u.if_.otherwise;

		fputs("if (", pr->out);
		p4_print_any(pr, n->u.if_.cond);
		putc(')', pr->out);
		print_then(pr, n);
		if (!other)
			return;
		fputs("else", pr->out);
		if (other->kind != P4_IF || other->comment.n || other->annotations.n) {
			print_body(pr, other, false);
			return;
		}
		putc(' ', pr->out);
		n = other;
	}
}

void
p4_print_case(struct p4_printer *pr, const struct p4_node *n)
{
	p4_print_start(pr, n);
	p4_print_any(pr, n->u.case_.label);
	putc(':', pr->out);
	if (n->u.case_.body)
		print_body(pr, n->u.case_.body, false);
	else
		putc('\n', pr->out);
}

void
p4_print_switch(struct p4_printer *pr, const struct p4_node *n)
{
	p4_print_start(pr, n);
	fputs("switch (", pr->out);
	p4_print_any(pr, n->u.switch_.expr);
	fputs(") {\n", pr->out);
	pr->indent++;
	p4_print_stmts(pr, &n->u.switch_.cases);
	pr->indent--;
	p4_print_indent(pr);
	fputs("}\n", pr->out);
}

/* A statement within the parentheses of `for`. */
static void
print_for_part(struct p4_printer *pr, const struct p4_node *n)
{
	p4_print_annotations(pr, &n->annotations, "", " ");
	if (n->kind == P4_VAR)
		p4_print_var_head(pr, n);
	else if (n->kind == P4_ASSIGN)
		print_assign_head(pr, n);
	else if (n->kind == P4_CALL_STMT)
		p4_print_any(pr, n->u.call_stmt.call);
	else
		p4_print_any(pr, n);
}

static void
print_for_parts(struct p4_printer *pr, const struct p4_list *list)
{
	for (uint32_t i = 0; i < list->n; i++) {
		if (i > 0)
			fputs(", ", pr->out);
		print_for_part(pr, list->v[i]);
	}
}

void
p4_print_for(struct p4_printer *pr, const struct p4_node *n)
{
	p4_print_start(pr, n);
	fputs("for (", pr->out);
	print_for_parts(pr, &n->u.for_.init);
	fputs("; ", pr->out);
	p4_print_any(pr, n->u.for_.cond);
	fputs("; ", pr->out);
	print_for_parts(pr, &n->u.for_.update);
	putc(')', pr->out);
	print_body(pr, n->u.for_.body, false);
}

void
p4_print_for_in(struct p4_printer *pr, const struct p4_node *n)
{
	p4_print_start(pr, n);
	fputs("for (", pr->out);
	print_for_part(pr, n->u.for_in.var);
	fputs(" in ", pr->out);
	p4_print_any(pr, n->u.for_in.range);
	putc(')', pr->out);
	print_body(pr, n->u.for_in.body, false);
}

/* --- parser states -------------------------------------------------------------------------- */

void
p4_print_select_case(struct p4_printer *pr, const struct p4_node *n)
{
	p4_print_indent(pr);
	p4_print_keys(pr, &n->u.select_case.keys);
	fputs(": ", pr->out);
	p4_print_any(pr, n->u.select_case.target);
	fputs(";\n", pr->out);
}

void
p4_print_select(struct p4_printer *pr, const struct p4_node *n)
{
	fputs("select", pr->out);
	p4_print_args(pr, &n->u.select.exprs);
	fputs(" {\n", pr->out);
	pr->indent++;
	p4_print_stmts(pr, &n->u.select.cases);
	pr->indent--;
	p4_print_indent(pr);
	putc('}', pr->out);
}

void
p4_print_transition(struct p4_printer *pr, const struct p4_node *n)
{
	p4_print_start(pr, n);
	fputs("transition ", pr->out);
	if (n->u.transition.select) {
		p4_print_any(pr, n->u.transition.select);
		putc('\n', pr->out);
	} else {
		p4_print_any(pr, n->u.transition.target);
		fputs(";\n", pr->out);
	}
}
