/* dump.c - the tree as text, for tests and -d ast: one node a line, two blanks per level, without
 * places and without what the checker adds. */
#include "p4/kids.h"
#include "p4/parse.h"

struct dump {
	FILE *out;
	uint32_t depth;
};

static void dump_node(struct dump *d, const char *label, const struct p4_node *n);

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
dump_kid(struct dump *d, const struct p4_kid *k)
{
	if (k->one)
		dump_node(d, k->what, *k->one);
	else
		for (uint32_t i = 0; i < k->all->n; i++)
			dump_node(d, k->what, k->all->v[i]);
}

static void
dump_node(struct dump *d, const char *label, const struct p4_node *n)
{
	struct p4_kids k;

	while (n->kind == P4_CAST && n->u.cast.implicit)
		n = n->u.cast.a; /* the checker's */
	for (uint32_t i = 0; i < d->depth; i++)
		fputs("  ", d->out);
	if (*label)
		fprintf(d->out, "%s: ", label);
	dump_head(d, n);
	putc('\n', d->out);
	d->depth++;
	p4_kids((struct p4_node *)n, &k); /* they are only read */
	for (uint32_t i = 0; i < k.n; i++)
		dump_kid(d, &k.v[i]);
	d->depth--;
}

void
p4_dump(FILE *out, const struct p4_node *n)
{
	struct dump d = { .out = out };

	dump_node(&d, "", n);
}
