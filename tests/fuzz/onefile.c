/* onefile.c - a plain main for a fuzz target: runs it once on each file named, and on each file of
 * each folder named, in the order of their names. Prints TAP, one line per argument. */
#include <dirent.h>
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Reads the whole file; exactly as many bytes as it has, so that sanitizers see its end. */
static int
run_file(const char *path)
{
	FILE *f = fopen(path, "rb");
	struct stat st;
	uint8_t *data;
	size_t size;

	if (!f || fstat(fileno(f), &st) < 0) {
		printf("# can't read %s: %s\n", path, strerror(errno));
		if (f)
			fclose(f);
		return 0;
	}
	data = malloc(st.st_size ? (size_t)st.st_size : 1);
	if (!data)
		abort();
	size = fread(data, 1, (size_t)st.st_size, f);
	fclose(f);
	fprintf(stderr, "%s\n", path); /* the last one named is the one that crashed */
	LLVMFuzzerTestOneInput(data, size);
	free(data);
	return 1;
}

static int
run_folder(const char *path)
{
	struct dirent **list;
	int n = scandir(path, &list, NULL, alphasort), ran = 0;

	for (int i = 0; i < n; i++) {
		char *file = NULL;

		if (list[i]->d_name[0] != '.' &&
		    asprintf(&file, "%s/%s", path, list[i]->d_name) > 0)
			ran += run_file(file);
		free(file);
		free(list[i]);
	}
	if (n >= 0)
		free(list);
	return ran;
}

int
main(int argc, char **argv)
{
	int failed = 0;

	for (int i = 1; i < argc; i++) {
		struct stat st;
		int ran = stat(argv[i], &st) == 0 && S_ISDIR(st.st_mode) ? run_folder(argv[i])
									 : run_file(argv[i]);

		printf("%sok %d - %s (%d files)\n", ran ? "" : "not ", i, argv[i], ran);
		failed |= !ran;
	}
	printf("1..%d\n", argc - 1);
	return failed;
}
