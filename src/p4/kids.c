#include "p4/kids.h"

static void
one(struct p4_kids *k, const char *what, struct p4_node **one)
{
	if (*one)
		k->v[k->n++] = (struct p4_kid){ .what = what, .one = one };
}

static void
all(struct p4_kids *k, const char *what, struct p4_list *all)
{
	if (all->v) /* an empty one may have room: copies must not share it */
		k->v[k->n++] = (struct p4_kid){ .what = what, .all = all };
}

static void
table(struct p4_kids *k, struct p4_node *n)
{
	all(k, "key", &n->u.table.keys);
	all(k, "action", &n->u.table.actions);
	all(k, "property", &n->u.table.properties);
	one(k, "default", &n->u.table.default_action);
	all(k, "entries-annotation", &n->u.table.entries_annotations);
	all(k, "entry", &n->u.table.entries);
}

static void
block_decl(struct p4_kids *k, struct p4_node *n)
{
	all(k, "type-param", &n->u.block_decl.type_params);
	all(k, "param", &n->u.block_decl.params);
	all(k, "constructor-param", &n->u.block_decl.ctor_params);
	all(k, "local", &n->u.block_decl.locals);
	all(k, "state", &n->u.block_decl.states);
	one(k, "apply", &n->u.block_decl.body);
}

static void
function(struct p4_kids *k, struct p4_node *n)
{
	one(k, "returns", &n->u.func.ret);
	all(k, "type-param", &n->u.func.type_params);
	all(k, "param", &n->u.func.params);
	one(k, "body", &n->u.func.body);
}

/* One honest switch: the shape of every kind. */
void
p4_kids(struct p4_node *n, struct p4_kids *k)
{
	k->n = 0;
	all(k, "annotation", &n->annotations);
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
		all(k, "decl", &n->u.program.decls);
		break;
	case P4_CONST:
	case P4_VAR:
	case P4_FIELD:
	case P4_PARAM:
	case P4_VALUE_SET:
		one(k, "type", &n->u.var.type);
		one(k, "init", &n->u.var.init);
		break;
	case P4_INSTANCE:
		one(k, "type", &n->u.instance.type);
		all(k, "arg", &n->u.instance.args);
		all(k, "body", &n->u.instance.body);
		break;
	case P4_TYPEDEF:
	case P4_NEWTYPE:
		one(k, "target", &n->u.alias.target);
		break;
	case P4_HEADER:
	case P4_UNION:
	case P4_STRUCT:
		all(k, "type-param", &n->u.fields.type_params);
		all(k, "field", &n->u.fields.fields);
		break;
	case P4_ENUM:
	case P4_ERROR_DECL:
	case P4_MATCH_KIND_DECL:
		one(k, "underlying", &n->u.enumeration.underlying);
		all(k, "member", &n->u.enumeration.members);
		break;
	case P4_ENUM_MEMBER:
		one(k, "init", &n->u.member_decl.init);
		break;
	case P4_EXTERN:
		all(k, "type-param", &n->u.ext.type_params);
		all(k, "method", &n->u.ext.methods);
		break;
	case P4_EXTERN_FUNCTION:
	case P4_METHOD:
	case P4_FUNCTION:
	case P4_ACTION:
		function(k, n);
		break;
	case P4_TABLE:
		table(k, n);
		break;
	case P4_TABLE_KEY:
		one(k, "expr", &n->u.key.expr);
		one(k, "match", &n->u.key.match);
		break;
	case P4_ACTION_REF:
		one(k, "action", &n->u.action_ref.action);
		all(k, "arg", &n->u.action_ref.args);
		break;
	case P4_ENTRY:
		one(k, "priority", &n->u.entry.priority);
		all(k, "key", &n->u.entry.keys);
		one(k, "action", &n->u.entry.action);
		break;
	case P4_PROPERTY:
		one(k, "value", &n->u.property.value);
		break;
	case P4_PARSER:
	case P4_CONTROL:
	case P4_PACKAGE:
		block_decl(k, n);
		break;
	case P4_STATE:
		all(k, "stmt", &n->u.state.stmts);
		one(k, "transition", &n->u.state.transition);
		break;
	case P4_ANNOTATION:
		all(k, "arg", &n->u.annotation.args);
		break;
	case P4_BLOCK:
		all(k, "stmt", &n->u.block.stmts);
		break;
	case P4_ASSIGN:
		one(k, "left", &n->u.assign.left);
		one(k, "right", &n->u.assign.right);
		break;
	case P4_CALL_STMT:
		one(k, "call", &n->u.call_stmt.call);
		break;
	case P4_IF:
		one(k, "cond", &n->u.if_.cond);
		one(k, "then", &n->u.if_.then);
		one(k, "else", &n->u.if_.otherwise);
		break;
	case P4_SWITCH:
		one(k, "expr", &n->u.switch_.expr);
		all(k, "case", &n->u.switch_.cases);
		break;
	case P4_CASE:
		one(k, "label", &n->u.case_.label);
		one(k, "body", &n->u.case_.body);
		break;
	case P4_RETURN:
		one(k, "expr", &n->u.ret.expr);
		break;
	case P4_FOR:
		all(k, "init", &n->u.for_.init);
		one(k, "cond", &n->u.for_.cond);
		all(k, "update", &n->u.for_.update);
		one(k, "body", &n->u.for_.body);
		break;
	case P4_FOR_IN:
		one(k, "var", &n->u.for_in.var);
		one(k, "range", &n->u.for_in.range);
		one(k, "body", &n->u.for_in.body);
		break;
	case P4_TRANSITION:
		one(k, "select", &n->u.transition.select);
		one(k, "target", &n->u.transition.target);
		break;
	case P4_TYPE_EXPR:
		one(k, "type", &n->u.type_expr.type);
		break;
	case P4_MEMBER:
		one(k, "object", &n->u.member.object);
		break;
	case P4_INDEX:
		one(k, "object", &n->u.index.object);
		one(k, "index", &n->u.index.index);
		break;
	case P4_SLICE:
		one(k, "object", &n->u.slice.object);
		one(k, "hi", &n->u.slice.hi);
		one(k, "lo", &n->u.slice.lo);
		break;
	case P4_UNARY:
		one(k, "a", &n->u.unary.a);
		break;
	case P4_BINARY:
		one(k, "a", &n->u.binary.a);
		one(k, "b", &n->u.binary.b);
		break;
	case P4_TERNARY:
		one(k, "cond", &n->u.ternary.cond);
		one(k, "a", &n->u.ternary.a);
		one(k, "b", &n->u.ternary.b);
		break;
	case P4_CAST:
		one(k, "to", &n->u.cast.to);
		one(k, "a", &n->u.cast.a);
		break;
	case P4_CALL:
		one(k, "callee", &n->u.call.callee);
		all(k, "type-arg", &n->u.call.type_args);
		all(k, "arg", &n->u.call.args);
		break;
	case P4_ARG:
		one(k, "expr", &n->u.arg.expr);
		break;
	case P4_LIST_EXPR:
	case P4_STRUCT_EXPR:
		all(k, "item", &n->u.list.items);
		break;
	case P4_NAMED_EXPR:
		one(k, "expr", &n->u.named.expr);
		break;
	case P4_MASK:
	case P4_RANGE:
		one(k, "a", &n->u.pair.a);
		one(k, "b", &n->u.pair.b);
		break;
	case P4_SELECT:
		all(k, "expr", &n->u.select.exprs);
		all(k, "case", &n->u.select.cases);
		break;
	case P4_SELECT_CASE:
		all(k, "key", &n->u.select_case.keys);
		one(k, "target", &n->u.select_case.target);
		break;
	case P4_T_SPECIALIZED:
	case P4_T_TUPLE:
	case P4_T_LIST:
		one(k, "base", &n->u.specialized.base);
		all(k, "arg", &n->u.specialized.args);
		break;
	case P4_T_BIT:
	case P4_T_SIGNED:
	case P4_T_VARBIT:
		one(k, "width", &n->u.sized.width);
		break;
	case P4_T_STACK:
		one(k, "elem", &n->u.stack.elem);
		one(k, "size", &n->u.stack.size);
		break;
	}
}
