/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The engine of the fuzz targets where there is no libFuzzer: gives each file that is
 * named to the target. Each lies in memory of exactly its size, so that valgrind and the
 * sanitizers see who reads beyond.
 */
#include "tests/fuzz/fuzz.h"

static void replay(const char *path)
{
	_cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC);
	_cleanup_free_ uint8_t *data = NULL;
	struct stat st;

	if (fd >= 0 && fstat(fd, &st) == 0)
		data = malloc((size_t)st.st_size);
	if (!data || read(fd, data, (size_t)st.st_size) != st.st_size) {
		perror(path);
		exit(1);
	}
	/* Of one that ends the process this is the last word. */
	fprintf(stderr, "%s\n", path);
	LLVMFuzzerTestOneInput(data, (size_t)st.st_size);
}

int main(int argc, char **argv)
{
	for (int i = 1; i < argc; i++)
		replay(argv[i]);
	if (argc < 2)
		fprintf(stderr, "usage: %s FILE...\n", argv[0]);
	return argc < 2;
}
