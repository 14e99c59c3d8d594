/* p4check - parses and checks a program and prints what the checker found out: constants, the
 * expressions of the program's own code with types and values, instances, headers, metadata. With
 * `-r` it prints the program, parses that text, checks it (twice: a checked tree may be checked
 * again), and prints what it found there. With `-l` a program may lack `main`. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "p4/check.h"
#include "p4/fields.h"
#include "p4/parse.h"

struct out {
	struct arena *a;
	struct diags *d;
};

static void
print_value(const struct p4_value *v)
{
	struct arena *a = arena_make();

	switch (v->kind) {
	case P4_V_INT:
		printf("%.*s", STRA(big_text(a, v->i, 10)));
		break;
	case P4_V_BOOL:
		printf("%s", v->b ? "true" : "false");
		break;
	case P4_V_STRING:
		printf("\"%.*s\"", STRA(v->s));
		break;
	case P4_V_ENUM:
		if (v->member)
			printf("%.*s", STRA(v->member->name));
		else
			printf("(%.*s)", STRA(big_text(a, v->i, 10)));
		break;
	case P4_V_ERROR:
		printf("error.%.*s", STRA(v->member ? v->member->name : STR("NoError")));
		break;
	case P4_V_LIST:
		printf("{");
		for (uint32_t i = 0; i < v->n; i++) {
			printf("%s", i ? ", " : "");
			print_value(v->items[i]);
		}
		printf("}");
		break;
	case P4_V_INSTANCE:
		if (v->inst)
			printf("%.*s", STRA(v->inst->path));
		break;
	case P4_V_DEFAULT:
		printf("default");
		break;
	case P4_V_INVALID:
		printf("{#}");
		break;
	}
	arena_free(a);
}

static void
print_type(struct out *o, const struct p4_node *n)
{
	if (n->type)
		printf(" : %.*s", STRA(p4_type_text(o->a, n->type)));
	if (n->is_const) {
		printf(" = ");
		print_value(n->value);
	}
	printf("\n");
}

static void walk(struct out *o, const struct p4_node *n, int depth);

static void
walk_list(struct out *o, const struct p4_list *l, int depth)
{
	for (uint32_t i = 0; i < l->n; i++)
		walk(o, l->v[i], depth);
}

static void
line(struct out *o, const struct p4_node *n, int depth, const char *more)
{
	printf("%*s%s", depth * 2, "",
	       n->kind == P4_CAST && n->u.cast.implicit ? "implicit cast" : p4_kind_text(n->kind));
	if (n->name.n)
		printf(" %.*s", STRA(n->name));
	printf("%s", more);
	print_type(o, n);
}

static void
walk_call(struct out *o, const struct p4_node *n, int depth)
{
	static const char *const what[] = { "none",	      "function",	"action",
					    "extern",	      "method",		"table",
					    "apply",	      "isValid",	"setValid",
					    "setInvalid",     "push_front",	"pop_front",
					    "minSizeInBits",  "minSizeInBytes", "maxSizeInBits",
					    "maxSizeInBytes", "constructor" };

	printf("%*scall %s", depth * 2, "", what[n->u.call.what]);
	if (n->u.call.target)
		printf(" %.*s", STRA(n->u.call.target->name));
	for (uint32_t i = 0; i < n->u.call.nbound; i++)
		printf("%s%.*s%s", i ? ", " : " <", STRA(p4_type_text(o->a, n->u.call.bound[i])),
		       i + 1 == n->u.call.nbound ? ">" : "");
	print_type(o, n);
	if (n->u.call.object)
		walk(o, n->u.call.object, depth + 1);
	for (uint32_t i = 0; i < n->u.call.nordered; i++) {
		if (n->u.call.ordered[i])
			walk(o, n->u.call.ordered[i], depth + 1);
		else
			printf("%*s(omitted)\n", depth * 2 + 2, "");
	}
}

static void
walk_expr(struct out *o, const struct p4_node *n, int depth)
{
	switch ((unsigned)n->kind) {
	case P4_CALL:
		walk_call(o, n, depth);
		return;
	case P4_UNARY:
		line(o, n, depth, p4_op_text(n->u.unary.op));
		walk(o, n->u.unary.a, depth + 1);
		return;
	case P4_BINARY:
		line(o, n, depth, p4_op_text(n->u.binary.op));
		walk(o, n->u.binary.a, depth + 1);
		walk(o, n->u.binary.b, depth + 1);
		return;
	}
	line(o, n, depth, "");
	switch ((unsigned)n->kind) {
	case P4_MEMBER:
		walk(o, n->u.member.object, depth + 1);
		break;
	case P4_INDEX:
		walk(o, n->u.index.object, depth + 1);
		walk(o, n->u.index.index, depth + 1);
		break;
	case P4_SLICE:
		walk(o, n->u.slice.object, depth + 1);
		break;
	case P4_TERNARY:
		walk(o, n->u.ternary.cond, depth + 1);
		walk(o, n->u.ternary.a, depth + 1);
		walk(o, n->u.ternary.b, depth + 1);
		break;
	case P4_CAST:
		walk(o, n->u.cast.a, depth + 1);
		break;
	case P4_LIST_EXPR:
	case P4_STRUCT_EXPR:
		walk_list(o, &n->u.list.items, depth + 1);
		break;
	case P4_NAMED_EXPR:
		walk(o, n->u.named.expr, depth + 1);
		break;
	case P4_ARG:
		walk(o, n->u.arg.expr, depth + 1);
		break;
	case P4_MASK:
	case P4_RANGE:
		walk(o, n->u.pair.a, depth + 1);
		walk(o, n->u.pair.b, depth + 1);
		break;
	}
}

static void
walk_table(struct out *o, const struct p4_node *n, int depth)
{
	line(o, n, depth, "");
	for (uint32_t i = 0; i < n->u.table.keys.n; i++)
		walk(o, n->u.table.keys.v[i]->u.key.expr, depth + 1);
	walk_list(o, &n->u.table.actions, depth + 1);
	walk_list(o, &n->u.table.entries, depth + 1);
	if (n->u.table.default_action)
		walk(o, n->u.table.default_action, depth + 1);
	walk_list(o, &n->u.table.properties, depth + 1);
}

static void
walk_stmt(struct out *o, const struct p4_node *n, int depth)
{
	line(o, n, depth, "");
	switch ((unsigned)n->kind) {
	case P4_BLOCK:
		walk_list(o, &n->u.block.stmts, depth + 1);
		break;
	case P4_ASSIGN:
		walk(o, n->u.assign.left, depth + 1);
		walk(o, n->u.assign.right, depth + 1);
		break;
	case P4_IF:
		walk(o, n->u.if_.cond, depth + 1);
		walk(o, n->u.if_.then, depth + 1);
		walk(o, n->u.if_.otherwise, depth + 1);
		break;
	case P4_SWITCH:
		walk(o, n->u.switch_.expr, depth + 1);
		for (uint32_t i = 0; i < n->u.switch_.cases.n; i++) {
			walk(o, n->u.switch_.cases.v[i]->u.case_.label, depth + 1);
			walk(o, n->u.switch_.cases.v[i]->u.case_.body, depth + 2);
		}
		break;
	case P4_RETURN:
		walk(o, n->u.ret.expr, depth + 1);
		break;
	case P4_FOR:
		walk_list(o, &n->u.for_.init, depth + 1);
		walk(o, n->u.for_.cond, depth + 1);
		walk_list(o, &n->u.for_.update, depth + 1);
		walk(o, n->u.for_.body, depth + 1);
		break;
	case P4_FOR_IN:
		walk(o, n->u.for_in.var, depth + 1);
		walk(o, n->u.for_in.range, depth + 1);
		walk(o, n->u.for_in.body, depth + 1);
		break;
	case P4_ENTRY:
		walk_list(o, &n->u.entry.keys, depth + 1);
		walk(o, n->u.entry.action, depth + 1);
		break;
	case P4_ACTION_REF:
		printf("%*saction %.*s\n", depth * 2 + 2, "", STRA(n->u.action_ref.action->name));
		walk_list(o, &n->u.action_ref.args, depth + 1);
		break;
	case P4_PROPERTY:
		walk(o, n->u.property.value, depth + 1);
		break;
	}
}

static void
walk_state(struct out *o, const struct p4_node *n, int depth)
{
	const struct p4_node *t = n->u.state.transition, *s = t ? t->u.transition.select : NULL;

	line(o, n, depth, "");
	walk_list(o, &n->u.state.stmts, depth + 1);
	if (!s)
		return;
	walk_list(o, &s->u.select.exprs, depth + 1);
	for (uint32_t i = 0; i < s->u.select.cases.n; i++)
		walk_list(o, &s->u.select.cases.v[i]->u.select_case.keys, depth + 2);
}

static void
walk(struct out *o, const struct p4_node *n, int depth)
{
	if (!n || p4_is_system(n, o->d))
		return;
	switch ((unsigned)n->kind) {
	case P4_PROGRAM:
		walk_list(o, &n->u.program.decls, depth);
		break;
	case P4_CONST:
	case P4_VAR:
	case P4_PARAM:
	case P4_FIELD:
		line(o, n, depth, "");
		walk(o, n->u.var.init, depth + 1);
		break;
	case P4_INSTANCE:
		line(o, n, depth, "");
		walk_list(o, &n->u.instance.args, depth + 1);
		walk_list(o, &n->u.instance.body, depth + 1);
		break;
	case P4_PARSER:
	case P4_CONTROL:
		line(o, n, depth, "");
		walk_list(o, &n->u.block_decl.locals, depth + 1);
		for (uint32_t i = 0; i < n->u.block_decl.states.n; i++)
			walk_state(o, n->u.block_decl.states.v[i], depth + 1);
		walk(o, n->u.block_decl.body, depth + 1);
		break;
	case P4_ACTION:
	case P4_FUNCTION:
		line(o, n, depth, "");
		walk(o, n->u.func.body, depth + 1);
		break;
	case P4_TABLE:
		walk_table(o, n, depth);
		break;
	case P4_HEADER:
	case P4_STRUCT:
	case P4_UNION:
		line(o, n, depth, "");
		break;
	case P4_CALL_STMT:
		walk(o, n->u.call_stmt.call, depth);
		break;
	case P4_BLOCK:
	case P4_ASSIGN:
	case P4_IF:
	case P4_SWITCH:
	case P4_RETURN:
	case P4_EXIT:
	case P4_FOR:
	case P4_FOR_IN:
	case P4_BREAK:
	case P4_CONTINUE:
	case P4_ENTRY:
	case P4_ACTION_REF:
	case P4_PROPERTY:
		walk_stmt(o, n, depth);
		break;
	default:
		walk_expr(o, n, depth);
	}
}

static void
print_instances(struct arena *a, const struct p4_program *p)
{
	for (uint32_t i = 0; i < p->all.n; i++) {
		const struct p4_inst *n = p->all.v[i];
		printf("instance %.*s : %.*s", STRA(n->path), STRA(p4_type_text(a, n->type)));
		for (uint32_t k = 0; k < n->nargs; k++) {
			printf("%s", k ? ", " : " (");
			if (n->args[k])
				print_value(n->args[k]);
			printf("%s", k + 1 == n->nargs ? ")" : "");
		}
		printf("\n");
		for (uint32_t k = 0; k < n->tables.n; k++)
			printf("  table %.*s\n", STRA(p4_control_name(a, n, n->tables.v[k])));
		for (uint32_t k = 0; k < n->actions.n; k++)
			printf("  action %.*s\n", STRA(p4_control_name(a, n, n->actions.v[k])));
	}
}

static void
print_fields(struct arena *a, const struct p4_program *p)
{
	struct p4_header_insts h;
	struct p4_leaves m;

	if (!p->v1.headers)
		return;
	h = p4_fields_headers(a, p->v1.headers);
	m = p4_fields_leaves(a, p->v1.metadata);
	for (uint32_t i = 0; i < h.n; i++) {
		printf("header %.*s : %.*s, %u bits", STRA(h.v[i].path),
		       STRA(p4_type_text(a, h.v[i].type)), p4_type_bits(h.v[i].type));
		if (h.v[i].size)
			printf(", element %u of %.*s[%u]", h.v[i].index, STRA(h.v[i].stack),
			       h.v[i].size);
		if (h.v[i].union_.n)
			printf(", in union %.*s", STRA(h.v[i].union_));
		if (p4_fields_find(p->v1.headers, h.v[i].path) != h.v[i].type)
			printf(" NOT FOUND");
		printf("\n");
	}
	for (uint32_t i = 0; i < m.n; i++)
		printf("metadata %.*s : %u bits%s\n", STRA(m.v[i].path), m.v[i].width,
		       p4_fields_find(p->v1.metadata, m.v[i].path) == m.v[i].type ? ""
										  : " NOT FOUND");
}

static struct p4_node *
again(struct arena *a, struct diags *d, struct p4_node *tree, const struct p4_options *options)
{
	char *text = NULL;
	size_t n = 0;
	FILE *f = open_memstream(&text, &n);

	if (!f)
		return NULL;
	p4_print(f, tree, d);
	fclose(f);
	tree = p4_parse_text(a, d, STR("printed"), str_dup(a, (struct str){ text, (uint32_t)n }),
			     options);
	free(text);
	return tree;
}

int
main(int argc, char **argv)
{
	const char *const dirs[] = { NULL };
	const struct p4_options options = { .include_dirs = dirs };
	struct arena *a = arena_make();
	struct diags *d = diags_make(a, sources_make(a));
	bool repeat = argc > 2 && strcmp(argv[1], "-r") == 0,
	     library = argc > 2 && strcmp(argv[1], "-l") == 0;
	struct p4_program *p = NULL;
	struct p4_node *tree;

	if (argc < 2)
		return 2;
	tree = p4_parse_file(a, d, str_from(argv[argc - 1]), &options);
	if (tree)
		p = p4_check(a, d, tree, library);
	diags_print(d, stderr);
	if (p && repeat) {
		tree = again(a, d, tree, &options);
		p = tree ? p4_check(a, d, tree, library) : NULL;
		p = p ? p4_check(a, d, tree, library) : NULL;
	}
	if (p) {
		struct out o = { a, d };
		walk(&o, tree, 0);
		print_instances(a, p);
		print_fields(a, p);
	}
	if (!p)
		diags_print(d, stderr);
	arena_free(a);
	return p ? 0 : 1;
}
