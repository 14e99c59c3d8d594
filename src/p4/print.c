#include "p4/print.h"

#include "base/diag.h"
#include "p4/parse.h"
#include "p4/preprocess.h"

typedef void print_function(struct p4_printer *, const struct p4_node *);

static print_function *const printers[] = {
	[P4_BAD] = p4_print_word,
	[P4_PROGRAM] = p4_print_program,
	[P4_CONST] = p4_print_const,
	[P4_VAR] = p4_print_var,
	[P4_INSTANCE] = p4_print_instance,
	[P4_TYPEDEF] = p4_print_alias,
	[P4_NEWTYPE] = p4_print_alias,
	[P4_HEADER] = p4_print_struct,
	[P4_UNION] = p4_print_struct,
	[P4_STRUCT] = p4_print_struct,
	[P4_FIELD] = p4_print_field,
	[P4_ENUM] = p4_print_enum,
	[P4_ENUM_MEMBER] = p4_print_enum_member,
	[P4_ERROR_DECL] = p4_print_enum,
	[P4_MATCH_KIND_DECL] = p4_print_enum,
	[P4_EXTERN] = p4_print_extern,
	[P4_EXTERN_FUNCTION] = p4_print_function,
	[P4_METHOD] = p4_print_function,
	[P4_FUNCTION] = p4_print_function,
	[P4_ACTION] = p4_print_function,
	[P4_TABLE] = p4_print_table,
	[P4_TABLE_KEY] = p4_print_key,
	[P4_ACTION_REF] = p4_print_action_ref,
	[P4_ENTRY] = p4_print_entry,
	[P4_PROPERTY] = p4_print_property,
	[P4_PARSER] = p4_print_block_decl,
	[P4_STATE] = p4_print_state,
	[P4_VALUE_SET] = p4_print_value_set,
	[P4_CONTROL] = p4_print_block_decl,
	[P4_PACKAGE] = p4_print_block_decl,
	[P4_PARAM] = p4_print_param,
	[P4_TYPE_PARAM] = p4_print_name,
	[P4_ANNOTATION] = p4_print_annotation,
	[P4_BLOCK] = p4_print_block,
	[P4_ASSIGN] = p4_print_assign,
	[P4_CALL_STMT] = p4_print_call_stmt,
	[P4_IF] = p4_print_if,
	[P4_SWITCH] = p4_print_switch,
	[P4_CASE] = p4_print_case,
	[P4_RETURN] = p4_print_return,
	[P4_EXIT] = p4_print_jump,
	[P4_EMPTY] = p4_print_jump,
	[P4_FOR] = p4_print_for,
	[P4_FOR_IN] = p4_print_for_in,
	[P4_BREAK] = p4_print_jump,
	[P4_CONTINUE] = p4_print_jump,
	[P4_TRANSITION] = p4_print_transition,
	[P4_INT] = p4_print_int,
	[P4_BOOL] = p4_print_bool,
	[P4_STRING] = p4_print_string,
	[P4_NAME] = p4_print_name,
	[P4_TYPE_EXPR] = p4_print_type_expr,
	[P4_MEMBER] = p4_print_member,
	[P4_INDEX] = p4_print_index,
	[P4_SLICE] = p4_print_slice,
	[P4_UNARY] = p4_print_unary,
	[P4_BINARY] = p4_print_binary,
	[P4_TERNARY] = p4_print_ternary,
	[P4_CAST] = p4_print_cast,
	[P4_CALL] = p4_print_call,
	[P4_ARG] = p4_print_arg,
	[P4_LIST_EXPR] = p4_print_braced_list,
	[P4_STRUCT_EXPR] = p4_print_braced_list,
	[P4_NAMED_EXPR] = p4_print_named,
	[P4_INVALID_EXPR] = p4_print_word,
	[P4_DEFAULT] = p4_print_word,
	[P4_DONTCARE] = p4_print_word,
	[P4_DOTS] = p4_print_word,
	[P4_MASK] = p4_print_pair,
	[P4_RANGE] = p4_print_pair,
	[P4_SELECT] = p4_print_select,
	[P4_SELECT_CASE] = p4_print_select_case,
	[P4_THIS] = p4_print_word,
	[P4_T_NAME] = p4_print_name,
	[P4_T_SPECIALIZED] = p4_print_specialized,
	[P4_T_BIT] = p4_print_sized,
	[P4_T_SIGNED] = p4_print_sized,
	[P4_T_VARBIT] = p4_print_sized,
	[P4_T_INT] = p4_print_word,
	[P4_T_BOOL] = p4_print_word,
	[P4_T_ERROR] = p4_print_word,
	[P4_T_STRING] = p4_print_word,
	[P4_T_MATCH_KIND] = p4_print_word,
	[P4_T_VOID] = p4_print_word,
	[P4_T_STACK] = p4_print_stack,
	[P4_T_TUPLE] = p4_print_specialized,
	[P4_T_LIST] = p4_print_specialized,
	[P4_T_DONTCARE] = p4_print_word,
};

void
p4_print_any(struct p4_printer *pr, const struct p4_node *n)
{
	printers[n->kind](pr, n);
}

void
p4_print_indent(struct p4_printer *pr)
{
	for (uint32_t i = 0; i < pr->indent; i++)
		putc('\t', pr->out);
}

static void
print_comment(struct p4_printer *pr, struct str text)
{
	while (text.n > 0) {
		int64_t end = str_find(text, '\n');
		struct str line = end < 0 ? text : str_sub(text, 0, (uint32_t)end);

		p4_print_indent(pr);
		fprintf(pr->out, "//%s%.*s\n", line.n ? " " : "", STRA(line));
		text = str_sub(text, line.n + 1, text.n);
	}
}

void
p4_print_start(struct p4_printer *pr, const struct p4_node *n)
{
	print_comment(pr, n->comment);
	for (uint32_t i = 0; i < n->annotations.n; i++) {
		p4_print_indent(pr);
		p4_print_any(pr, n->annotations.v[i]);
		putc('\n', pr->out);
	}
	p4_print_indent(pr);
}

void
p4_print_annotations(struct p4_printer *pr, const struct p4_list *list, const char *before,
		     const char *after)
{
	for (uint32_t i = 0; i < list->n; i++) {
		fputs(before, pr->out);
		p4_print_any(pr, list->v[i]);
		fputs(after, pr->out);
	}
}

void
p4_print_list(struct p4_printer *pr, const struct p4_list *list)
{
	for (uint32_t i = 0; i < list->n; i++) {
		if (i > 0)
			fputs(", ", pr->out);
		p4_print_any(pr, list->v[i]);
	}
}

void
p4_print_args(struct p4_printer *pr, const struct p4_list *args)
{
	putc('(', pr->out);
	p4_print_list(pr, args);
	putc(')', pr->out);
}

void
p4_print_type_args(struct p4_printer *pr, const struct p4_list *args)
{
	putc('<', pr->out);
	p4_print_list(pr, args);
	putc('>', pr->out);
}

void
p4_print_keys(struct p4_printer *pr, const struct p4_list *keys)
{
	if (keys->n == 1)
		p4_print_any(pr, keys->v[0]);
	else
		p4_print_args(pr, keys);
}

void
p4_print_node(FILE *out, const struct p4_node *n)
{
	struct p4_printer pr = { .out = out };

	p4_print_any(&pr, n);
}

/* The name of the system include that `n` came from, STR_NONE for the user's own. */
static struct str
system_include_of(const struct p4_node *n, struct diags *d)
{
	const struct source *s = source_at(diags_sources(d), n->at.begin);

	return s ? p4_system_include(s->name) : STR_NONE;
}

/* v1model's objects depend on the version that the program asked for before its #include. */
static void
print_version(struct p4_printer *pr, const struct p4_list *decls, struct diags *d)
{
	for (uint32_t i = 0; i < decls->n; i++) {
		const struct p4_node *n = decls->v[i], *v = n->kind == P4_CONST ? n->u.var.init : NULL;

		if (v && v->kind == P4_INT && str_is(n->name, "__v1model_version") &&
		    system_include_of(n, d).n > 0 && big_u64(v->u.integer.value) != 20180101)
			fprintf(pr->out, "#define V1MODEL_VERSION %lu\n",
				(unsigned long)big_u64(v->u.integer.value));
	}
}

/* #include lines in the order in which their declarations come. */
static bool
print_includes(struct p4_printer *pr, const struct p4_list *decls, struct diags *d)
{
	struct str seen[32];
	uint32_t nseen = 0;

	print_version(pr, decls, d);
	for (uint32_t i = 0; i < decls->n; i++) {
		struct str name = system_include_of(decls->v[i], d);
		bool is_new = name.n > 0;

		for (uint32_t k = 0; k < nseen; k++)
			is_new &= !str_eq(seen[k], name);
		if (!is_new || nseen == sizeof(seen) / sizeof(seen[0]))
			continue;
		seen[nseen++] = name;
		fprintf(pr->out, "#include <%.*s>\n", STRA(name));
	}
	return nseen > 0;
}

void
p4_print(FILE *out, const struct p4_node *program, struct diags *d)
{
	struct p4_printer pr = { .out = out };
	const struct p4_list *decls = &program->u.program.decls;
	const struct p4_node *last = NULL;
	bool included = d && print_includes(&pr, decls, d);

	for (uint32_t i = 0; i < decls->n; i++) {
		const struct p4_node *n = decls->v[i];

		if (d && system_include_of(n, d).n > 0)
			continue;
		if (last ? p4_print_gap(last, n) : included)
			putc('\n', out);
		p4_print_any(&pr, n);
		last = n;
	}
}
