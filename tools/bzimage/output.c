// SPDX-License-Identifier: GPL-2.0
/* Files that are whole or not there */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "output.h"
#include "util.h"

static int write_all(int fd, const unsigned char *data, size_t size)
{
	while (size) {
		ssize_t n = write(fd, data, size);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -1;
		data += n;
		size -= (size_t)n;
	}
	return 0;
}

/* mkstemp() gives 0600; an ordinary file has what the umask leaves of 0666 */
static int set_mode(int fd)
{
	mode_t mask = umask(0);

	umask(mask);
	return fchmod(fd, 0666 & ~mask);
}

static int write_file(const char *path, const void *data, size_t size, struct bzimage_error *err)
{
	size_t len = strlen(path);
	char *temp = malloc(len + sizeof(".XXXXXX"));
	struct stat st;
	int fd, ret = -1;

	if (!temp)
		return fail_system(err, "no memory");
	/* Renaming over a device or FIFO would replace it */
	if (!stat(path, &st) && !S_ISREG(st.st_mode)) {
		fail_system(err, "cannot write %s: not a regular file", path);
		goto out_free;
	}
	memcpy(temp, path, len);
	memcpy(temp + len, ".XXXXXX", sizeof(".XXXXXX"));
	fd = mkstemp(temp);
	if (fd < 0) {
		fail_system(err, "cannot create %s: %s", temp, strerror(errno));
		goto out_free;
	}
	if (write_all(fd, data, size) || set_mode(fd) || fsync(fd)) {
		fail_system(err, "cannot write %s: %s", temp, strerror(errno));
		close(fd);
		goto out_unlink;
	}
	if (close(fd)) {
		fail_system(err, "cannot close %s: %s", temp, strerror(errno));
		goto out_unlink;
	}
	if (rename(temp, path)) {
		fail_system(err, "cannot rename %s to %s: %s", temp, path, strerror(errno));
		goto out_unlink;
	}
	ret = 0;
	goto out_free;
out_unlink:
	unlink(temp);
out_free:
	free(temp);
	return ret;
}

int output_write(const char *path, const void *data, size_t size, struct bzimage_error *err)
{
	if (path)
		return write_file(path, data, size, err);
	if (isatty(STDOUT_FILENO))
		return fail_system(err, "not writing binary data to a terminal: use -o");
	if (write_all(STDOUT_FILENO, data, size))
		return fail_system(err, "cannot write to standard output: %s", strerror(errno));
	return 0;
}
