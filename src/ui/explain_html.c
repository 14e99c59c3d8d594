/* explain_html.c - one page without anything from elsewhere. */
#include "ui/explain.h"

void
explain_html(FILE *out, const struct explain *e)
{
	fputs("<!DOCTYPE html>\n<pre>\n", out);
	explain_text(out, e);
	fputs("</pre>\n", out);
}
