#include "base/quote.h"

void
quote_put(FILE *out, struct str s, uint32_t most)
{
	const uint8_t *p = (const uint8_t *)s.p;
	uint32_t escapes = 0, n;

	for (uint32_t i = 0; i < s.n; i += n ? n : 1) {
		n = p[i] == '\n' || p[i] == '\t' ? 1 : str_printable(p + i, s.n - i);
		if (n) {
			fwrite(p + i, 1, n, out);
		} else if (escapes++ == most) {
			fputs("...", out);
			return;
		} else {
			fprintf(out, "\\x%02x", p[i]);
		}
	}
}
