/* Parsers' value sets, in words that pvs_add takes. */
#include "switch/show.h"
#include "switch/table.h"

static void
print_hex(FILE *out, const char *before, const uint8_t *p, uint32_t width)
{
	fprintf(out, "%s0x", before);
	for (uint32_t i = (width + 7) / 8; i-- > 0;)
		fprintf(out, "%02x", p[i]);
}

static void
print_field(FILE *out, const struct ps_key_info *k, const uint8_t *value, const uint8_t *mask, const uint8_t *high)
{
	uint32_t bits = 0;

	print_hex(out, "", value, k->width);
	for (uint32_t i = 0; i < k->size; i++)
		bits += (uint32_t)__builtin_popcount(mask[i]);
	switch (k->match) {
	case PS_LPM:
		fprintf(out, "/%u", bits);
		break;
	case PS_TERNARY:
	case PS_OPTIONAL:
		print_hex(out, "&&&", mask, k->width);
		break;
	case PS_RANGE:
		print_hex(out, "->", high ? high : value, k->width);
		break;
	case PS_EXACT:
	case PS_SELECTOR:
		break;
	}
}

bool
sw_show_set(struct show *s)
{
	const struct ps_program *p = s->program;
	int i = sw_show_find(s, 1, p->tables + p->ntables, p->nsets, sw_table_name, "value set");
	const struct ps_table *t = i < 0 ? NULL : sw_table(s->sw, p->ntables + (uint32_t)i);
	const void *value, *mask, *high;

	for (uint32_t h = 0; t && h < sw_table_handles(t); h++) {
		const struct ps_table_info *info = sw_table_info(t);

		if (sw_table_match(t, h, &value, &mask, &high))
			continue;
		for (uint32_t k = 0; k < info->nkeys; k++) {
			uint32_t at = info->keys[k].offset;

			fputs(k ? " " : "", s->out);
			print_field(s->out, &info->keys[k], (const uint8_t *)value + at, (const uint8_t *)mask + at,
				high ? (const uint8_t *)high + at : NULL);
		}
		fputc('\n', s->out);
	}
	return t != NULL;
}

bool
sw_show_sets(struct show *s)
{
	const struct ps_program *p = s->program;

	for (uint32_t i = p->ntables; i < p->ntables + p->nsets; i++) {
		fprintf(s->out, "%-30s [", p->tables[i].name);
		for (uint32_t k = 0; k < p->tables[i].nkeys; k++)
			fprintf(s->out, "%s%s(%u)", k ? ", " : "", p->tables[i].keys[k].name, p->tables[i].keys[k].width);
		fputs("]\n", s->out);
	}
	return true;
}
