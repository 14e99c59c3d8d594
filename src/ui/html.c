#include "ui/html.h"

static const char common[] =
	":root{color-scheme:light dark;--fg:#1c2430;--bg:#fbfbfa;--card:#fff;--line:#d7dbe0;--dim:#68727f;--user:#c9d0d8;--bar:#3568b8;"
	"--sat:62%;--light:78%}\n"
	"@media(prefers-color-scheme:dark){:root{--fg:#e4e8ec;--bg:#14181d;--card:#1c2229;--line:#37404a;--dim:#98a3ae;--user:#48525d;"
	"--bar:#6f9ee8;--sat:38%;--light:36%}}\n"
	"body{font:15px/1.45 system-ui,sans-serif;color:var(--fg);background:var(--bg);margin:0 auto;max-width:1180px;padding:24px}\n"
	"h1{font-size:23px;margin:0}h2{font-size:17px;margin:30px 0 8px}h3{font-size:15px;margin:0}p{margin:4px 0}\n"
	".dim{color:var(--dim)}.card{background:var(--card);border:1px solid var(--line);border-radius:6px;padding:12px 14px;margin:10px 0}\n"
	".wide{overflow-x:auto}table{border-collapse:collapse;width:100%}td,th{text-align:left;padding:3px 12px 3px 0;vertical-align:top;"
	"font-weight:normal;border-top:1px solid var(--line)}th{color:var(--dim);border:0;font-size:13px}td.n,th.n{text-align:right}\n"
	"svg text{fill:var(--fg);font:11px system-ui,sans-serif}svg .dim{fill:var(--dim)}\n"
	"code{font:13px ui-monospace,monospace;overflow-wrap:anywhere}\n";

void
html_put(FILE *out, struct str s)
{
	for (uint32_t i = 0; i < s.n; i++)
		switch (s.p[i]) {
		case '&':
			fputs("&amp;", out);
			break;
		case '<':
			fputs("&lt;", out);
			break;
		case '>':
			fputs("&gt;", out);
			break;
		case '"':
			fputs("&quot;", out);
			break;
		case '\'':
			fputs("&#39;", out);
			break;
		default:
			fputc((unsigned char)s.p[i] < ' ' ? ' ' : s.p[i], out);
			break;
		}
}

void
html_begin(FILE *out, struct str title, const char *style)
{
	fputs("<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width\"><title>", out);
	html_put(out, title);
	fprintf(out, "</title>\n<style>\n%s%s</style></head><body>\n", common, style);
}

void
html_end(FILE *out)
{
	fputs("</body></html>\n", out);
}
