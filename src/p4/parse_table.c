/* parse_table.c - tables: keys, actions, entries and other properties. */
#include "p4/parser.h"

/* actionRef: ['.'] name ['(' argumentList ')'] */
static struct p4_node *
read_action_ref(struct p4_parser *p)
{
	struct span at = p4_cur(p)->at;
	struct p4_node *n = p4_make(p, P4_ACTION_REF, at);

	n->u.action_ref.action = p4_read_name_ref(p, "an action's name");
	n->name_at = n->u.action_ref.action->name_at;
	if (p4_at(p, TOK_LPAREN)) {
		n->u.action_ref.has_args = true;
		p4_read_args(p, &n->u.action_ref.args);
	}
	n->at = p4_since(p, at);
	return n;
}

/* keyElement: expression ':' name optAnnotations ';' */
static struct p4_node *
read_key_element(struct p4_parser *p)
{
	struct span at = p4_cur(p)->at;
	struct p4_node *n = p4_make(p, P4_TABLE_KEY, at);

	p4_read_annotations(p, &n->annotations);
	n->u.key.expr = p4_read_expr(p);
	p4_expect(p, TOK_COLON, "after the key's expression");
	n->u.key.match = p4_read_name_ref(p, "a match kind (exact, lpm, ternary...)");
	p4_read_annotations(p, &n->annotations);
	p4_expect(p, TOK_SEMI, "after the key");
	n->at = p4_since(p, at);
	return n;
}

/* optAnnotations actionRef ';' */
static struct p4_node *
read_action_element(struct p4_parser *p)
{
	struct p4_list annotations = { 0 };
	struct p4_node *n;

	p4_read_annotations(p, &annotations);
	n = read_action_ref(p);
	n->annotations = annotations;
	p4_expect(p, TOK_SEMI, "after the action");
	return n;
}

/* entry: ['const'] ['priority' '=' expression ':'] keysetExpression ':' actionRef optAnnotations
 * ';' */
static struct p4_node *
read_entry(struct p4_parser *p)
{
	struct span at = p4_cur(p)->at;
	struct p4_node *n = p4_make(p, P4_ENTRY, at);

	p4_read_annotations(p, &n->annotations);
	n->u.entry.is_const = p4_accept(p, TOK_CONST);
	if (p4_at(p, TOK_PRIORITY) && p4_peek_at(p, 1, TOK_ASSIGN)) {
		p4_take(p);
		p4_take(p);
		n->u.entry.priority = p4_read_expr(p);
		p4_expect(p, TOK_COLON, "after the priority");
	}
	p4_read_keyset(p, &n->u.entry.keys);
	p4_expect(p, TOK_COLON, "after the entry's keys");
	n->u.entry.action = read_action_ref(p);
	p4_read_annotations(p, &n->annotations);
	p4_expect(p, TOK_SEMI, "after the entry");
	n->at = p4_since(p, at);
	return n;
}

/* '=' '{' {element} '}' [';'] */
static void
read_elements(struct p4_parser *p, struct p4_list *ret, struct p4_node *(*read)(struct p4_parser *),
	      const char *what)
{
	p4_expect(p, TOK_ASSIGN, what);
	p4_read_list(p, ret, read, what);
	p4_accept(p, TOK_SEMI);
}

static void
report_twice(struct p4_parser *p, bool has, struct span at, const char *what)
{
	if (!has || p->panic)
		return;
	diag_error(p->diags, at, "the table has '%s' twice", what);
	p->errors++;
}

/* What refers to keys or actions comes after them. */
static void
report_early(struct p4_parser *p, const struct p4_node *early, const char *what, const char *needed)
{
	if (!early || p->panic)
		return;
	diag_error(p->diags, early->at, "%s must come after '%s'", what, needed);
	p->errors++;
}

/* 'default_action' '=' actionRef ';' */
static void
read_default(struct p4_parser *p, struct p4_node *t, struct p4_list annotations, bool is_const)
{
	struct span at = p4_take(p).at;

	report_twice(p, t->u.table.default_action, at, "default_action");
	p4_expect(p, TOK_ASSIGN, "after 'default_action'");
	t->u.table.default_action = read_action_ref(p);
	t->u.table.default_action->annotations = annotations;
	t->u.table.const_default = is_const;
	p4_expect(p, TOK_SEMI, "after the default action");
}

/* optCONST name '=' expression ';' */
static void
read_property(struct p4_parser *p, struct p4_node *t, struct p4_list annotations, bool is_const)
{
	struct span at = p4_cur(p)->at;
	struct p4_node *n = p4_make(p, P4_PROPERTY, at);

	n->annotations = annotations;
	n->u.property.is_const = is_const;
	n->name = p4_expect_name(
		p, "a table property (key, actions, default_action, entries, size...)",
		&n->name_at);
	p4_expect(p, TOK_ASSIGN, "after the property's name");
	n->u.property.value = p4_read_expr(p);
	p4_expect(p, TOK_SEMI, "after the property");
	n->at = p4_since(p, at);
	p4_add(p, &t->u.table.properties, n);
}

/* tableProperty: 'key' '=' '{' {keyElement} '}' | 'actions' '=' '{' {actionElement} '}'
 *              | optAnnotations optCONST ('entries' '=' '{' {entry} '}' | name '=' expression ';')
 */
static void
read_table_property(struct p4_parser *p, struct p4_node *t)
{
	struct p4_list annotations = { 0 };
	const struct p4_token *word;
	bool is_const;

	p4_read_annotations(p, &annotations);
	is_const = p4_accept(p, TOK_CONST);
	word = p4_cur(p);
	if (word->kind == TOK_KEY) {
		report_twice(p, t->u.table.has_key, p4_take(p).at, "key");
		if (!t->u.table.has_key && t->u.table.entries.n)
			report_early(p, t->u.table.entries.v[0], "entries", "key");
		t->u.table.has_key = true;
		read_elements(p, &t->u.table.keys, read_key_element, "after 'key'");
	} else if (word->kind == TOK_ACTIONS) {
		report_twice(p, t->u.table.has_actions, p4_take(p).at, "actions");
		if (!t->u.table.has_actions)
			report_early(p, t->u.table.default_action, "the default action", "actions");
		t->u.table.has_actions = true;
		read_elements(p, &t->u.table.actions, read_action_element, "after 'actions'");
	} else if (word->kind == TOK_ENTRIES) {
		report_twice(p, t->u.table.has_entries, p4_take(p).at, "entries");
		t->u.table.has_entries = true;
		t->u.table.const_entries = is_const;
		t->u.table.entries_annotations = annotations;
		read_elements(p, &t->u.table.entries, read_entry, "after 'entries'");
	} else if (word->kind == TOK_NAME && str_is(word->text, "default_action")) {
		read_default(p, t, annotations, is_const);
	} else {
		read_property(p, t, annotations, is_const);
	}
}

/* tableDeclaration: 'table' name '{' {tableProperty} '}' */
struct p4_node *
p4_read_table(struct p4_parser *p)
{
	struct span at = p4_take(p).at;
	struct p4_node *n = p4_make(p, P4_TABLE, at);

	n->name = p4_expect_name(p, "the table's name", &n->name_at);
	p4_declare(p, n->name, P4_SYM_OBJECT);
	if (!p4_expect(p, TOK_LBRACE, "before the table's properties"))
		return n;
	while (!p4_at(p, TOK_RBRACE) && !p4_at(p, TOK_EOF)) {
		uint32_t start = p->i;

		read_table_property(p, n);
		if (!p4_recover(p, start, false))
			return n;
		if (p->i == start)
			p4_take(p);
	}
	p4_expect(p, TOK_RBRACE, "at the end of the table");
	n->at = p4_since(p, at);
	return n;
}
