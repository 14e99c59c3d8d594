/* manifest_check.c - reads a manifest and prints it again.
 *
 *     manifest_check [-b] FILE.json
 *
 * -b breaks it: every beginning of the file, and the file with one byte at a time replaced, must be
 * read or refused, and what is read must be written and read again as it is. */
#include <stdlib.h>
#include <unistd.h>

#include "base/arena.h"
#include "manifest/manifest.h"

static bool
read_text(struct str text, struct str *ret)
{
	struct arena *a = arena_make();
	struct diags *d = diags_make(a, sources_make(a));
	char path[] = "manifest-XXXXXX", *again = NULL;
	int fd = mkstemp(path);
	struct manifest m;
	size_t n = 0;
	bool ok;
	FILE *f;

	if (fd < 0 || write(fd, text.p, text.n) != (ssize_t)text.n)
		bug("can't write %s", path);
	close(fd);
	ok = manifest_read(a, d, str_from(path), &m);
	unlink(path);
	if (ok != (diag_errors(d) == 0))
		bug("%u errors, and it was %s", diag_errors(d), ok ? "read" : "refused");
	f = open_memstream(&again, &n);
	if (ok && manifest_write(f, &m) != 0)
		bug("it was read and can't be written");
	fclose(f);
	*ret = (struct str){ again, (uint32_t)n };
	arena_free(a);
	return ok;
}

static void
try(struct str text)
{
	struct str once, twice;
	bool ok = read_text(text, &once);

	if (ok && (!read_text(once, &twice) || !str_eq(once, twice)))
		bug("it changes when it is written:\n%.*s", STRA(once));
	free((void *)(uintptr_t)once.p);
	if (ok)
		free((void *)(uintptr_t)twice.p);
}

static void
break_it(struct str text)
{
	char *copy = malloc(text.n);
	static const char bytes[] = "0\"{[-a,";

	for (uint32_t n = 0; n < text.n; n += 1 + n / 64)
		try((struct str){ text.p, n });
	for (uint32_t i = 0; i < text.n; i += 3) {
		memcpy(copy, text.p, text.n);
		copy[i] = bytes[i / 3 % (sizeof(bytes) - 1)];
		try((struct str){ copy, text.n });
	}
	free(copy);
}

int
main(int argc, char **argv)
{
	bool breaks = argc == 3 && strcmp(argv[1], "-b") == 0, ok;
	struct arena *a = arena_make();
	struct sources *s = sources_make(a);
	struct diags *d = diags_make(a, s);
	struct manifest m;

	if (argc != 2 + breaks)
		return 2;
	ok = manifest_read(a, d, str_from(argv[1 + breaks]), &m);
	if (ok && breaks)
		break_it(source_at(s, 1)->text);
	else if (ok)
		ok = manifest_write(stdout, &m) == 0;
	diags_print(d, stderr);
	arena_free(a);
	return ok ? 0 : 1;
}
