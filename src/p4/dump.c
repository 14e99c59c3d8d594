/* dump.c - the tree as text, for tests and -d ast: one node a line, two blanks per level, without
 * places and without what the checker adds. */
#include "p4/parse.h"

struct dump {
	FILE *out;
	uint32_t depth;
};

static void dump_node(struct dump *d, const char *label, const struct p4_node *n);

static void
one(struct dump *d, const char *label, const struct p4_node *n)
{
	if (n)
		dump_node(d, label, n);
}

static void
all(struct dump *d, const char *label, const struct p4_list *list)
{
	for (uint32_t i = 0; i < list->n; i++)
		dump_node(d, label, list->v[i]);
}

/* Attributes follow the kind and the name on the node's own line. */
static void
flag(struct dump *d, bool on, const char *word)
{
	if (on)
		fprintf(d->out, " %s", word);
}

/* Text of the user's, on one line whatever is in it. */
static void
bytes(struct dump *d, struct str s)
{
	fputs(" \"", d->out);
	for (uint32_t i = 0; i < s.n; i++) {
		if ((unsigned char)s.p[i] < ' ' || s.p[i] == 0x7f)
			fprintf(d->out, "\\x%02x", (unsigned char)s.p[i]);
		else
			putc(s.p[i], d->out);
	}
	putc('"', d->out);
}

static void
dump_int(struct dump *d, const struct p4_node *n)
{
	struct p4_node plain = { .kind = P4_INT };

	putc(' ', d->out);
	plain.u.integer = n->u.integer;
	p4_print_node(d->out, &plain);
}

/* Everything that belongs on the node's own line. */
static void
dump_head(struct dump *d, const struct p4_node *n)
{
	static const char *const dirs[] = { "", "in", "out", "inout" };
	enum p4_kind k = n->kind;

	fputs(p4_kind_text(k), d->out);
	if (n->name.n)
		fprintf(d->out, " %.*s", STRA(n->name));
	if (k == P4_INT)
		dump_int(d, n);
	if (k == P4_BOOL)
		fputs(n->u.boolean ? " true" : " false", d->out);
	if (k == P4_STRING)
		bytes(d, n->u.string);
	if (k == P4_NAME || k == P4_T_NAME)
		flag(d, n->u.ref.absolute, "absolute");
	if (k == P4_UNARY)
		flag(d, true, p4_op_text(n->u.unary.op));
	if (k == P4_BINARY)
		flag(d, true, p4_op_text(n->u.binary.op));
	if (k == P4_ASSIGN)
		flag(d, n->u.assign.op != P4_OP_NONE, p4_op_text(n->u.assign.op));
	if (k == P4_PARAM)
		flag(d, n->u.var.dir != P4_DIR_NONE, dirs[n->u.var.dir]);
	if (k == P4_LIST_EXPR || k == P4_STRUCT_EXPR)
		flag(d, n->u.list.dots, "...");
	if (k == P4_SLICE)
		flag(d, n->u.slice.plus, "+:");
	if (k == P4_METHOD)
		flag(d, n->u.func.is_abstract, "abstract");
	if (k == P4_ACTION_REF)
		flag(d, n->u.action_ref.has_args, "()");
	if (k == P4_ENTRY)
		flag(d, n->u.entry.is_const, "const");
	if (k == P4_PROPERTY)
		flag(d, n->u.property.is_const, "const");
	if (k == P4_INSTANCE)
		flag(d, n->u.instance.has_body, "with body");
	if (k == P4_PARSER || k == P4_CONTROL)
		flag(d, n->u.block_decl.has_body, "with body");
	if (k == P4_TABLE) {
		flag(d, n->u.table.has_key, "key");
		flag(d, n->u.table.has_actions, "actions");
		flag(d, n->u.table.has_entries,
		     n->u.table.const_entries ? "const-entries" : "entries");
		flag(d, n->u.table.const_default, "const-default");
	}
	if (k == P4_ANNOTATION) {
		flag(d, n->u.annotation.brackets, "[]");
		flag(d, n->u.annotation.has_body && !n->u.annotation.brackets, "()");
		if (n->u.annotation.args.n == 0 && n->u.annotation.body.n)
			bytes(d, n->u.annotation.body);
	}
}

static void
dump_table(struct dump *d, const struct p4_node *n)
{
	all(d, "key", &n->u.table.keys);
	all(d, "action", &n->u.table.actions);
	all(d, "property", &n->u.table.properties);
	one(d, "default", n->u.table.default_action);
	all(d, "entries-annotation", &n->u.table.entries_annotations);
	all(d, "entry", &n->u.table.entries);
}

static void
dump_block_decl(struct dump *d, const struct p4_node *n)
{
	all(d, "type-param", &n->u.block_decl.type_params);
	all(d, "param", &n->u.block_decl.params);
	all(d, "constructor-param", &n->u.block_decl.ctor_params);
	all(d, "local", &n->u.block_decl.locals);
	all(d, "state", &n->u.block_decl.states);
	one(d, "apply", n->u.block_decl.body);
}

static void
dump_function(struct dump *d, const struct p4_node *n)
{
	one(d, "returns", n->u.func.ret);
	all(d, "type-param", &n->u.func.type_params);
	all(d, "param", &n->u.func.params);
	one(d, "body", n->u.func.body);
}

static void
dump_children(struct dump *d, const struct p4_node *n)
{
	switch (n->kind) {
	case P4_BAD:
	case P4_TYPE_PARAM:
	case P4_EXIT:
	case P4_EMPTY:
	case P4_BREAK:
	case P4_CONTINUE:
	case P4_INT:
	case P4_BOOL:
	case P4_STRING:
	case P4_NAME:
	case P4_INVALID_EXPR:
	case P4_DEFAULT:
	case P4_DONTCARE:
	case P4_DOTS:
	case P4_THIS:
	case P4_T_NAME:
	case P4_T_INT:
	case P4_T_BOOL:
	case P4_T_ERROR:
	case P4_T_STRING:
	case P4_T_MATCH_KIND:
	case P4_T_VOID:
	case P4_T_DONTCARE:
		break;
	case P4_PROGRAM:
		all(d, "decl", &n->u.program.decls);
		break;
	case P4_CONST:
	case P4_VAR:
	case P4_FIELD:
	case P4_PARAM:
	case P4_VALUE_SET:
		one(d, "type", n->u.var.type);
		one(d, "init", n->u.var.init);
		break;
	case P4_INSTANCE:
		one(d, "type", n->u.instance.type);
		all(d, "arg", &n->u.instance.args);
		all(d, "body", &n->u.instance.body);
		break;
	case P4_TYPEDEF:
	case P4_NEWTYPE:
		one(d, "target", n->u.alias.target);
		break;
	case P4_HEADER:
	case P4_UNION:
	case P4_STRUCT:
		all(d, "type-param", &n->u.fields.type_params);
		all(d, "field", &n->u.fields.fields);
		break;
	case P4_ENUM:
	case P4_ERROR_DECL:
	case P4_MATCH_KIND_DECL:
		one(d, "underlying", n->u.enumeration.underlying);
		all(d, "member", &n->u.enumeration.members);
		break;
	case P4_ENUM_MEMBER:
		one(d, "init", n->u.member_decl.init);
		break;
	case P4_EXTERN:
		all(d, "type-param", &n->u.ext.type_params);
		all(d, "method", &n->u.ext.methods);
		break;
	case P4_EXTERN_FUNCTION:
	case P4_METHOD:
	case P4_FUNCTION:
	case P4_ACTION:
		dump_function(d, n);
		break;
	case P4_TABLE:
		dump_table(d, n);
		break;
	case P4_TABLE_KEY:
		one(d, "expr", n->u.key.expr);
		one(d, "match", n->u.key.match);
		break;
	case P4_ACTION_REF:
		one(d, "action", n->u.action_ref.action);
		all(d, "arg", &n->u.action_ref.args);
		break;
	case P4_ENTRY:
		one(d, "priority", n->u.entry.priority);
		all(d, "key", &n->u.entry.keys);
		one(d, "action", n->u.entry.action);
		break;
	case P4_PROPERTY:
		one(d, "value", n->u.property.value);
		break;
	case P4_PARSER:
	case P4_CONTROL:
	case P4_PACKAGE:
		dump_block_decl(d, n);
		break;
	case P4_STATE:
		all(d, "stmt", &n->u.state.stmts);
		one(d, "transition", n->u.state.transition);
		break;
	case P4_ANNOTATION:
		all(d, "arg", &n->u.annotation.args);
		break;
	case P4_BLOCK:
		all(d, "stmt", &n->u.block.stmts);
		break;
	case P4_ASSIGN:
		one(d, "left", n->u.assign.left);
		one(d, "right", n->u.assign.right);
		break;
	case P4_CALL_STMT:
		one(d, "call", n->u.call_stmt.call);
		break;
	case P4_IF:
		one(d, "cond", n->u.if_.cond);
		one(d, "then", n->u.if_.then);
		one(d, "else", n->u.if_.otherwise);
		break;
	case P4_SWITCH:
		one(d, "expr", n->u.switch_.expr);
		all(d, "case", &n->u.switch_.cases);
		break;
	case P4_CASE:
		one(d, "label", n->u.case_.label);
		one(d, "body", n->u.case_.body);
		break;
	case P4_RETURN:
		one(d, "expr", n->u.ret.expr);
		break;
	case P4_FOR:
		all(d, "init", &n->u.for_.init);
		one(d, "cond", n->u.for_.cond);
		all(d, "update", &n->u.for_.update);
		one(d, "body", n->u.for_.body);
		break;
	case P4_FOR_IN:
		one(d, "var", n->u.for_in.var);
		one(d, "range", n->u.for_in.range);
		one(d, "body", n->u.for_in.body);
		break;
	case P4_TRANSITION:
		one(d, "select", n->u.transition.select);
		one(d, "target", n->u.transition.target);
		break;
	case P4_TYPE_EXPR:
		one(d, "type", n->u.type_expr.type);
		break;
	case P4_MEMBER:
		one(d, "object", n->u.member.object);
		break;
	case P4_INDEX:
		one(d, "object", n->u.index.object);
		one(d, "index", n->u.index.index);
		break;
	case P4_SLICE:
		one(d, "object", n->u.slice.object);
		one(d, "hi", n->u.slice.hi);
		one(d, "lo", n->u.slice.lo);
		break;
	case P4_UNARY:
		one(d, "a", n->u.unary.a);
		break;
	case P4_BINARY:
		one(d, "a", n->u.binary.a);
		one(d, "b", n->u.binary.b);
		break;
	case P4_TERNARY:
		one(d, "cond", n->u.ternary.cond);
		one(d, "a", n->u.ternary.a);
		one(d, "b", n->u.ternary.b);
		break;
	case P4_CAST:
		one(d, "to", n->u.cast.to);
		one(d, "a", n->u.cast.a);
		break;
	case P4_CALL:
		one(d, "callee", n->u.call.callee);
		all(d, "type-arg", &n->u.call.type_args);
		all(d, "arg", &n->u.call.args);
		break;
	case P4_ARG:
		one(d, "expr", n->u.arg.expr);
		break;
	case P4_LIST_EXPR:
	case P4_STRUCT_EXPR:
		all(d, "item", &n->u.list.items);
		break;
	case P4_NAMED_EXPR:
		one(d, "expr", n->u.named.expr);
		break;
	case P4_MASK:
	case P4_RANGE:
		one(d, "a", n->u.pair.a);
		one(d, "b", n->u.pair.b);
		break;
	case P4_SELECT:
		all(d, "expr", &n->u.select.exprs);
		all(d, "case", &n->u.select.cases);
		break;
	case P4_SELECT_CASE:
		all(d, "key", &n->u.select_case.keys);
		one(d, "target", n->u.select_case.target);
		break;
	case P4_T_SPECIALIZED:
	case P4_T_TUPLE:
	case P4_T_LIST:
		if (n->kind == P4_T_SPECIALIZED)
			one(d, "base", n->u.specialized.base);
		all(d, "arg", &n->u.specialized.args);
		break;
	case P4_T_BIT:
	case P4_T_SIGNED:
	case P4_T_VARBIT:
		one(d, "width", n->u.sized.width);
		break;
	case P4_T_STACK:
		one(d, "elem", n->u.stack.elem);
		one(d, "size", n->u.stack.size);
		break;
	}
}

static void
dump_node(struct dump *d, const char *label, const struct p4_node *n)
{
	while (n->kind == P4_CAST && n->u.cast.implicit)
		n = n->u.cast.a; /* the checker's */
	for (uint32_t i = 0; i < d->depth; i++)
		fputs("  ", d->out);
	if (*label)
		fprintf(d->out, "%s: ", label);
	dump_head(d, n);
	putc('\n', d->out);
	d->depth++;
	all(d, "annotation", &n->annotations);
	dump_children(d, n);
	d->depth--;
}

void
p4_dump(FILE *out, const struct p4_node *n)
{
	struct dump d = { .out = out };

	dump_node(&d, "", n);
}
