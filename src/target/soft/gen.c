/* gen.c - the generator's frame: sections, jobs, names, and the five functions that the switch calls. */
#include "target/soft/gen.h"

#include <stdarg.h>

char *
gen_text(struct gen *g, const char *fmt, ...)
{
	va_list args;
	char *text;
	int n;

	va_start(args, fmt);
	n = vsnprintf(NULL, 0, fmt, args);
	va_end(args);
	if (n < 0)
		bug("vsnprintf");
	text = arena_alloc(g->a, (size_t)n + 1);
	va_start(args, fmt);
	vsnprintf(text, (size_t)n + 1, fmt, args);
	va_end(args);
	return text;
}

void
gen_add(struct gen *g, struct gen_buf *b, const char *fmt, ...)
{
	va_list args;
	int n;

	va_start(args, fmt);
	n = vsnprintf(NULL, 0, fmt, args);
	va_end(args);
	if (n < 0)
		bug("vsnprintf");
	if (b->n + (size_t)n + 1 > b->cap) {
		size_t cap = 2 * (b->n + (size_t)n) + 64;
		char *p = arena_alloc(g->a, cap);

		if (b->n)
			memcpy(p, b->p, b->n);
		b->p = p;
		b->cap = cap;
	}
	va_start(args, fmt);
	vsnprintf(b->p + b->n, (size_t)n + 1, fmt, args);
	va_end(args);
	b->n += (size_t)n;
}

const char *
gen_done(const struct gen_buf *b)
{
	return b->p ? b->p : "";
}

const char *
gen_fail(struct gen *g, const struct p4_node *at, const char *fmt, ...)
{
	char text[400];
	va_list args;

	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	g->failed = true;
	diag_error(g->d, at ? at->at : (struct span){ 0, 0 }, "%s", text);
	return "0";
}

uint32_t
gen_temp(struct gen *g)
{
	return ++g->temps;
}

const char *
gen_quote(struct gen *g, struct str s)
{
	char *text = arena_alloc(g->a, (size_t)s.n * 4 + 3), *p = text;

	*p++ = '"';
	for (uint32_t i = 0; i < s.n; i++) {
		unsigned char c = (unsigned char)s.p[i];

		if (c >= ' ' && c < 127 && c != '"' && c != '\\' && c != '?')
			*p++ = (char)c;
		else
			p += snprintf(p, 5, "\\%03o", c);
	}
	*p++ = '"';
	return text;
}

/* --- names ----------------------------------------------------------------------------------------------------------- */

void
gen_bind(struct gen *g, const struct p4_node *decl, const char *text)
{
	vec_push(g->a, &g->fn->names, (struct gen_name){ decl, text });
}

const char *
gen_bound(const struct gen *g, const struct p4_node *decl)
{
	for (uint32_t i = g->fn->names.n; i-- > 0;)
		if (g->fn->names.v[i].decl == decl)
			return g->fn->names.v[i].text;
	return NULL;
}

const struct p4_value *
gen_ctor_arg(const struct gen *g, const struct p4_node *decl)
{
	const struct p4_inst *inst = g->fn ? g->fn->inst : NULL;
	const struct p4_list *l = inst ? &inst->decl->u.block_decl.ctor_params : NULL;

	if (!decl || decl->kind != P4_PARAM || !l)
		return NULL;
	for (uint32_t i = 0; i < l->n && i < inst->nargs; i++)
		if (l->v[i] == decl)
			return inst->args[i];
	return NULL;
}

const struct p4_value *
gen_const(const struct gen *g, const struct p4_node *e)
{
	while (e->kind == P4_ARG)
		e = e->u.arg.expr;
	if (e->is_const && e->value)
		return e->value;
	if (e->kind == P4_CAST)
		return gen_const(g, e->u.cast.a);
	return e->kind == P4_NAME ? gen_ctor_arg(g, e->u.ref.decl) : NULL;
}

bool
gen_const_int(struct gen *g, const struct p4_node *e, struct big *ret)
{
	const struct p4_value *v = gen_const(g, e);

	if (!v && e->kind == P4_INT) {
		*ret = e->u.integer.value;
		return true;
	}
	if (!v || (v->kind != P4_V_INT && v->kind != P4_V_BOOL && v->kind != P4_V_ENUM && v->kind != P4_V_ERROR))
		return false;
	if (v->kind == P4_V_BOOL)
		*ret = big_from_u64(g->a, v->b);
	else if (v->kind == P4_V_ERROR || (v->kind == P4_V_ENUM && e->type && p4_type_strip(e->type)->kind == P4_TY_ENUM))
		*ret = big_from_u64(g->a, v->member->u.member_decl.ordinal);
	else
		*ret = v->i;
	return true;
}

uint32_t
gen_inst_number(const struct gen *g, const struct p4_inst *inst)
{
	for (uint32_t i = 0; i < g->p->all.n; i++)
		if (g->p->all.v[i] == inst)
			return i;
	bug("instance '%.*s' is not in the list", STRA(inst->path));
}

/* --- jobs -------------------------------------------------------------------------------------------------------------- */

static const char *
job_name(struct gen *g, const struct gen_job *j)
{
	struct str name = j->decl->name;

	switch (j->kind) {
	case GEN_JOB_PARSER:
		return gen_text(g, "parser%u_%.*s", gen_inst_number(g, j->inst), STRA(name));
	case GEN_JOB_CONTROL:
		return gen_text(g, "control%u_%.*s", gen_inst_number(g, j->inst), STRA(name));
	case GEN_JOB_ACTION:
		return gen_text(g, "action%u_%.*s", gen_action_index(g, j->inst, j->decl), STRA(name));
	case GEN_JOB_TABLE:
		return gen_text(g, "table%u_%.*s", gen_table_index(g, j->inst, j->decl), STRA(name));
	case GEN_JOB_FUNCTION:
		return gen_text(g, "function%u_%.*s", j->decl->id, STRA(name));
	}
	bug("job %d", (int)j->kind);
}

const char *
gen_function(struct gen *g, enum gen_job_kind kind, const struct p4_inst *inst, const struct p4_node *decl)
{
	struct gen_job job = { kind, inst, decl };
	bool known = false;

	for (uint32_t i = 0; i < g->jobs.n && !known; i++)
		known = g->jobs.v[i].kind == kind && g->jobs.v[i].inst == inst && g->jobs.v[i].decl == decl;
	if (!known)
		vec_push(g->a, &g->jobs, job);
	return job_name(g, &job);
}

static void
run_jobs(struct gen *g)
{
	for (; g->done < g->jobs.n; g->done++) {
		struct gen_job j = g->jobs.v[g->done];

		switch (j.kind) {
		case GEN_JOB_PARSER:
			gen_parser(g, j.inst);
			break;
		case GEN_JOB_CONTROL:
			gen_control(g, j.inst);
			break;
		case GEN_JOB_ACTION:
			gen_action(g, j.inst, j.decl);
			break;
		case GEN_JOB_TABLE:
			gen_table(g, j.inst, j.decl);
			break;
		case GEN_JOB_FUNCTION:
			gen_global_function(g, j.decl);
			break;
		}
	}
}

/* --- what the switch calls ------------------------------------------------------------------------------------------------ */

static const char *
control_call(struct gen *g, const struct p4_inst *inst)
{
	return gen_function(g, GEN_JOB_CONTROL, inst, inst->decl);
}

static void
write_run(FILE *out, const char *pkt, int control)
{
	fprintf(out, "\tstruct ps_run run = { .ctx = ctx, .pkt = %s, .table = PS_NONE, .action = PS_NONE, .control = %d };\n"
		"\tstruct ps_run *const R = &run;\n\n", pkt, control);
}

static void
write_burst(struct gen *g, FILE *out, const char *name, int number, const char *before, const char *body)
{
	fprintf(out, "\nstatic void\n%s(const struct ps_ctx *ctx, struct ps_packet *const *pkts, uint32_t n)\n{\n%s"
		"\tfor (uint32_t i = 0; i < n; i++) {\n", name, before);
	write_run(out, "pkts[i]", number > 0);
	if (g->o->notes && number >= 0)
		fprintf(out, "\tps_note(R, PS_NOTE_CONTROL, %d, NULL, NULL);\n", number);
	fprintf(out, "\t%s\n\t}\n}\n", body);
}

static void
write_parse(struct gen *g, FILE *out)
{
	const struct p4_inst *parser = g->p->v1.parser;

	write_burst(g, out, "parse", -1, "", gen_text(g, "struct ps_packet *const pkt = pkts[i];\n\n"
		"\tps_clear(pkt->phv, sizeof(struct phv));\n\tif (pkt->keep_phv)\n"
		"\t\tcopy_fields(pkt->keep_list, pkt->keep_phv, pkt->phv);\n"
		"\tpkt->std.parser_error = 0;\n\tpkt->std.checksum_error = 0;\n"
		"\tif (%s(R))\n\t\tpkt->std.parser_error = R->error;\n\tpkt->parsed = R->off;\n\t%s(R);",
		gen_function(g, GEN_JOB_PARSER, parser, parser->decl), control_call(g, g->p->v1.verify)));
}

static void
write_entry_points(struct gen *g, FILE *out)
{
	write_parse(g, out);
	write_burst(g, out, "ingress", 0, "\tstruct ahead found;\n\tconst bool some = n > 1 && n <= PS_BURST && ahead(ctx, pkts, n, &found);\n\n",
		gen_text(g, "R->place = i;\n\tR->ahead = some ? &found : NULL;\n\t%s(R);", control_call(g, g->p->v1.ingress)));
	write_burst(g, out, "egress", 1, "", gen_text(g, "%s(R);", control_call(g, g->p->v1.egress)));
	write_burst(g, out, "deparse", 2, "", gen_text(g, "%s(R);\n\tdeparse_one(R);", control_call(g, g->p->v1.compute)));
}

static const char deparse_one[] =
	"\nstatic inline void\ndeparse_one(struct ps_run *R)\n{\n"
	"\tstruct ps_packet *pkt = R->pkt;\n\tuint8_t *payload = pkt->data + pkt->parsed;\n\n"
	"\tR->exited = false;\n\tR->out = payload;\n\temit_all(R);\n"
	"\tpkt->len = pkt->len - pkt->parsed + (uint32_t)(payload - R->out);\n\tpkt->data = R->out;\n\tpkt->parsed = 0;\n}\n";

/* --- joining ------------------------------------------------------------------------------------------------------------------ */

static const char top[] =
	"/* Generated from a P4 program. */\n#include <stddef.h>\n#include <stdint.h>\n#include <string.h>\n\n"
	"#include \"packetscope/program.h\"\n#include \"packetscope/prim.h\"\n#include \"packetscope/hash.h\"\n#include \"packetscope/table_burst.h\"\n\n"
	"#define PHV ((struct phv *)R->pkt->phv)\n\n";

struct sections {
	char *text[5];
	size_t len[5];
	FILE *file[5];
};

static void
open_sections(struct gen *g, struct sections *s)
{
	for (int i = 0; i < 5; i++) {
		s->file[i] = open_memstream(&s->text[i], &s->len[i]);
		if (!s->file[i])
			bug("open_memstream");
	}
	g->types = s->file[0];
	g->protos = s->file[1];
	g->code = s->file[2];
	g->info = s->file[4];
}

static void
join_sections(struct sections *s, FILE *out, bool good)
{
	for (int i = 0; i < 5; i++)
		fclose(s->file[i]);
	if (good) {
		fputs(top, out);
		for (int i = 0; i < 5; i++) {
			/* what follows the functions is not the user's source any more */
			if (i == 3)
				fputs("#line 1 \"generated\"\n", out);
			fwrite(s->text[i], 1, s->len[i], out);
		}
	}
	for (int i = 0; i < 5; i++)
		free(s->text[i]);
}

static void
generate_control(struct gen *g, enum gen_stage stage, const struct p4_inst *inst)
{
	g->stage = stage;
	control_call(g, inst);
	run_jobs(g);
}

static void
generate(struct gen *g, FILE *entry_points)
{
	const struct p4_program *p = g->p;

	fprintf(g->types, "struct phv;\n");
	gen_collect(g);
	gen_collect_crcs(g);
	gen_lists(g);
	fprintf(g->types, "struct phv {\n\t%s h;\n\t%s m;\n};\n", gen_type(g, p->v1.headers), gen_type(g, p->v1.metadata));
	g->stage = GEN_PARSING;
	gen_function(g, GEN_JOB_PARSER, p->v1.parser, p->v1.parser->decl);
	generate_control(g, GEN_PARSING, p->v1.verify);
	generate_control(g, GEN_INGRESS, p->v1.ingress);
	generate_control(g, GEN_EGRESS, p->v1.egress);
	generate_control(g, GEN_DEPARSING, p->v1.compute);
	write_entry_points(g, entry_points);
	gen_deparser(g);
	run_jobs(g);
	gen_info(g);
	run_jobs(g);
	gen_copy_fields(g);
	gen_ahead(g);
	gen_registers(g);
	fputs(deparse_one, g->code);
}

bool
soft_generate(FILE *out, const struct p4_program *p, const struct soft_options *o)
{
	struct soft_options none = { 0 };
	struct gen g = { .a = p->arena, .d = p->diags, .p = p, .o = o ? o : &none };
	struct sections s = { 0 };

	if (!p->v1.parser || !p->v1.ingress) {
		gen_fail(&g, p->tree, "the switch executes programs whose main is a V1Switch");
		return false;
	}
	open_sections(&g, &s);
	generate(&g, s.file[3]);
	join_sections(&s, out, !g.failed);
	return !g.failed;
}
