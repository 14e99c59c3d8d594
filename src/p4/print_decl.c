/* print_decl.c - declarations. */
#include "p4/print.h"

/* --- blank lines ---------------------------------------------------------------------------- */

static bool
is_short(const struct p4_node *n)
{
	return n->kind == P4_VAR || n->kind == P4_CONST || n->kind == P4_TYPEDEF ||
	       n->kind == P4_NEWTYPE || n->kind == P4_VALUE_SET || n->kind == P4_EXTERN_FUNCTION ||
	       (n->kind == P4_INSTANCE && !n->u.instance.has_body);
}

bool
p4_print_gap(const struct p4_node *before, const struct p4_node *after)
{
	return before->kind != after->kind || !is_short(before) || !is_short(after) ||
	       after->comment.n > 0;
}

void
p4_print_decls(struct p4_printer *pr, const struct p4_list *list)
{
	for (uint32_t i = 0; i < list->n; i++) {
		if (i > 0 && p4_print_gap(list->v[i - 1], list->v[i]))
			putc('\n', pr->out);
		p4_print_any(pr, list->v[i]);
	}
}

void
p4_print_program(struct p4_printer *pr, const struct p4_node *n)
{
	p4_print_decls(pr, &n->u.program.decls);
}

/* --- parts ---------------------------------------------------------------------------------- */

void
p4_print_param(struct p4_printer *pr, const struct p4_node *n)
{
	static const char *const dirs[] = { [P4_DIR_NONE] = "",
					    [P4_DIR_IN] = "in ",
					    [P4_DIR_OUT] = "out ",
					    [P4_DIR_INOUT] = "inout " };

	p4_print_annotations(pr, &n->annotations, "", " ");
	fputs(dirs[n->u.var.dir], pr->out);
	p4_print_var_head(pr, n);
}

static void
print_type_params(struct p4_printer *pr, const struct p4_list *list)
{
	if (list->n)
		p4_print_type_args(pr, list);
}

static void
open_brace(struct p4_printer *pr)
{
	fputs(" {\n", pr->out);
	pr->indent++;
}

static void
close_brace(struct p4_printer *pr, const char *after)
{
	pr->indent--;
	p4_print_indent(pr);
	fprintf(pr->out, "}%s", after);
}

/* --- types ---------------------------------------------------------------------------------- */

void
p4_print_field(struct p4_printer *pr, const struct p4_node *n)
{
	struct p4_node plain = { .comment = n->comment };

	p4_print_start(pr, &plain);
	p4_print_annotations(pr, &n->annotations, "", " ");
	p4_print_var_head(pr, n);
	fputs(";\n", pr->out);
}

static void
print_struct_head(struct p4_printer *pr, const struct p4_node *n)
{
	fprintf(pr->out, "%s %.*s", p4_kind_text(n->kind), STRA(n->name));
	print_type_params(pr, &n->u.fields.type_params);
	open_brace(pr);
	for (uint32_t i = 0; i < n->u.fields.fields.n; i++)
		p4_print_any(pr, n->u.fields.fields.v[i]);
	close_brace(pr, "");
}

void
p4_print_struct(struct p4_printer *pr, const struct p4_node *n)
{
	p4_print_start(pr, n);
	print_struct_head(pr, n);
	putc('\n', pr->out);
}

void
p4_print_enum_member(struct p4_printer *pr, const struct p4_node *n)
{
	fprintf(pr->out, "%.*s", STRA(n->name));
	if (n->u.member_decl.init) {
		fputs(" = ", pr->out);
		p4_print_any(pr, n->u.member_decl.init);
	}
}

/* The same for `error { ... }` and `match_kind { ... }`. */
static void
print_enum_head(struct p4_printer *pr, const struct p4_node *n)
{
	const struct p4_list *members = &n->u.enumeration.members;

	fputs(n->kind == P4_ENUM	 ? "enum "
	      : n->kind == P4_ERROR_DECL ? "error"
					 : "match_kind",
	      pr->out);
	if (n->u.enumeration.underlying) {
		p4_print_any(pr, n->u.enumeration.underlying);
		putc(' ', pr->out);
	}
	fprintf(pr->out, "%.*s", STRA(n->name));
	open_brace(pr);
	for (uint32_t i = 0; i < members->n; i++) {
		p4_print_indent(pr);
		p4_print_any(pr, members->v[i]);
		fputs(i + 1 < members->n ? ",\n" : "\n", pr->out);
	}
	close_brace(pr, "");
}

void
p4_print_enum(struct p4_printer *pr, const struct p4_node *n)
{
	p4_print_start(pr, n);
	print_enum_head(pr, n);
	putc('\n', pr->out);
}

void
p4_print_alias(struct p4_printer *pr, const struct p4_node *n)
{
	const struct p4_node *t = n->u.alias.target;

	p4_print_start(pr, n);
	fputs(n->kind == P4_TYPEDEF ? "typedef " : "type ", pr->out);
	p4_print_annotations(pr, &t->annotations, "", " ");
	if (t->kind == P4_ENUM)
		print_enum_head(pr, t);
	else if (t->kind == P4_HEADER || t->kind == P4_STRUCT || t->kind == P4_UNION)
		print_struct_head(pr, t);
	else
		p4_print_any(pr, t);
	fprintf(pr->out, " %.*s;\n", STRA(n->name));
}

/* --- functions, actions, externs ------------------------------------------------------------ */

void
p4_print_function(struct p4_printer *pr, const struct p4_node *n)
{
	p4_print_start(pr, n);
	if (n->kind == P4_EXTERN_FUNCTION)
		fputs("extern ", pr->out);
	if (n->kind == P4_ACTION)
		fputs("action ", pr->out);
	if (n->u.func.is_abstract)
		fputs("abstract ", pr->out);
	if (n->u.func.ret) {
		p4_print_any(pr, n->u.func.ret);
		putc(' ', pr->out);
	}
	fprintf(pr->out, "%.*s", STRA(n->name));
	print_type_params(pr, &n->u.func.type_params);
	p4_print_args(pr, &n->u.func.params);
	if (n->u.func.body) {
		putc(' ', pr->out);
		p4_print_annotations(pr, &n->u.func.body->annotations, "", " ");
		p4_print_braces(pr, n->u.func.body);
		putc('\n', pr->out);
	} else {
		fputs(";\n", pr->out);
	}
}

void
p4_print_extern(struct p4_printer *pr, const struct p4_node *n)
{
	p4_print_start(pr, n);
	fprintf(pr->out, "extern %.*s", STRA(n->name));
	print_type_params(pr, &n->u.ext.type_params);
	open_brace(pr);
	for (uint32_t i = 0; i < n->u.ext.methods.n; i++)
		p4_print_any(pr, n->u.ext.methods.v[i]);
	close_brace(pr, "\n");
}

/* --- tables --------------------------------------------------------------------------------- */

void
p4_print_key(struct p4_printer *pr, const struct p4_node *n)
{
	p4_print_indent(pr);
	p4_print_any(pr, n->u.key.expr);
	fputs(": ", pr->out);
	p4_print_any(pr, n->u.key.match);
	p4_print_annotations(pr, &n->annotations, " ", "");
	fputs(";\n", pr->out);
}

/* `a` or `a(x)`, without its annotations, which stand elsewhere for each use. */
void
p4_print_action_ref(struct p4_printer *pr, const struct p4_node *n)
{
	p4_print_any(pr, n->u.action_ref.action);
	if (n->u.action_ref.has_args)
		p4_print_args(pr, &n->u.action_ref.args);
}

void
p4_print_entry(struct p4_printer *pr, const struct p4_node *n)
{
	p4_print_indent(pr);
	if (n->u.entry.is_const)
		fputs("const ", pr->out);
	if (n->u.entry.priority) {
		bool plain = n->u.entry.priority->kind == P4_INT;

		fputs(plain ? "priority = " : "priority = (", pr->out);
		p4_print_any(pr, n->u.entry.priority);
		fputs(plain ? ": " : "): ", pr->out);
	}
	p4_print_keys(pr, &n->u.entry.keys);
	fputs(": ", pr->out);
	p4_print_any(pr, n->u.entry.action);
	p4_print_annotations(pr, &n->annotations, " ", "");
	fputs(";\n", pr->out);
}

void
p4_print_property(struct p4_printer *pr, const struct p4_node *n)
{
	p4_print_start(pr, n);
	fprintf(pr->out, "%s%.*s = ", n->u.property.is_const ? "const " : "", STRA(n->name));
	p4_print_any(pr, n->u.property.value);
	fputs(";\n", pr->out);
}

static void
print_key_and_actions(struct p4_printer *pr, const struct p4_node *n)
{
	if (n->u.table.has_key) {
		p4_print_indent(pr);
		fputs("key =", pr->out);
		open_brace(pr);
		for (uint32_t i = 0; i < n->u.table.keys.n; i++)
			p4_print_any(pr, n->u.table.keys.v[i]);
		close_brace(pr, "\n");
	}
	if (!n->u.table.has_actions)
		return;
	p4_print_indent(pr);
	fputs("actions =", pr->out);
	open_brace(pr);
	for (uint32_t i = 0; i < n->u.table.actions.n; i++) {
		p4_print_indent(pr);
		p4_print_annotations(pr, &n->u.table.actions.v[i]->annotations, "", " ");
		p4_print_any(pr, n->u.table.actions.v[i]);
		fputs(";\n", pr->out);
	}
	close_brace(pr, "\n");
}

static void
print_entries(struct p4_printer *pr, const struct p4_node *n)
{
	struct p4_node annotated = { .annotations = n->u.table.entries_annotations };

	p4_print_start(pr, &annotated);
	fprintf(pr->out, "%sentries =", n->u.table.const_entries ? "const " : "");
	open_brace(pr);
	for (uint32_t i = 0; i < n->u.table.entries.n; i++)
		p4_print_any(pr, n->u.table.entries.v[i]);
	close_brace(pr, "\n");
}

void
p4_print_table(struct p4_printer *pr, const struct p4_node *n)
{
	const struct p4_node *dflt = n->u.table.default_action;

	p4_print_start(pr, n);
	fprintf(pr->out, "table %.*s", STRA(n->name));
	open_brace(pr);
	print_key_and_actions(pr, n);
	for (uint32_t i = 0; i < n->u.table.properties.n; i++)
		p4_print_any(pr, n->u.table.properties.v[i]);
	if (dflt) {
		p4_print_start(pr, dflt);
		fputs(n->u.table.const_default ? "const default_action = " : "default_action = ",
		      pr->out);
		p4_print_any(pr, dflt);
		fputs(";\n", pr->out);
	}
	if (n->u.table.has_entries)
		print_entries(pr, n);
	close_brace(pr, "\n");
}

/* --- parsers, controls, packages ------------------------------------------------------------ */

void
p4_print_state(struct p4_printer *pr, const struct p4_node *n)
{
	p4_print_start(pr, n);
	fprintf(pr->out, "state %.*s", STRA(n->name));
	open_brace(pr);
	p4_print_stmts(pr, &n->u.state.stmts);
	if (n->u.state.transition)
		p4_print_any(pr, n->u.state.transition);
	close_brace(pr, "\n");
}

void
p4_print_value_set(struct p4_printer *pr, const struct p4_node *n)
{
	p4_print_start(pr, n);
	fputs("value_set<", pr->out);
	p4_print_any(pr, n->u.var.type);
	fputs(">(", pr->out);
	p4_print_any(pr, n->u.var.init);
	fprintf(pr->out, ") %.*s;\n", STRA(n->name));
}

static void
print_apply(struct p4_printer *pr, const struct p4_node *n)
{
	const struct p4_node *body = n->u.block_decl.body;

	if (n->u.block_decl.locals.n)
		putc('\n', pr->out);
	p4_print_indent(pr);
	fputs("apply ", pr->out);
	p4_print_annotations(pr, &body->annotations, "", " ");
	p4_print_braces(pr, body);
	putc('\n', pr->out);
}

void
p4_print_block_decl(struct p4_printer *pr, const struct p4_node *n)
{
	p4_print_start(pr, n);
	fprintf(pr->out, "%s %.*s", p4_kind_text(n->kind), STRA(n->name));
	print_type_params(pr, &n->u.block_decl.type_params);
	p4_print_args(pr, &n->u.block_decl.params);
	if (!n->u.block_decl.has_body) {
		fputs(";\n", pr->out);
		return;
	}
	if (n->u.block_decl.ctor_params.n)
		p4_print_args(pr, &n->u.block_decl.ctor_params);
	open_brace(pr);
	p4_print_decls(pr, &n->u.block_decl.locals);
	if (n->u.block_decl.states.n && n->u.block_decl.locals.n)
		putc('\n', pr->out);
	p4_print_decls(pr, &n->u.block_decl.states);
	if (n->u.block_decl.body)
		print_apply(pr, n);
	close_brace(pr, "\n");
}
