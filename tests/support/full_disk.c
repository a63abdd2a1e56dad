/*
 * A disk that is full, for servers that tests start: LD_PRELOAD this, and while the file $FULL_DISK_FLAG is there, no
 * file whose path holds $FULL_DISK_PATH grows beyond $FULL_DISK_BYTES; writing there fails with ENOSPC. Needs no
 * rights, unlike a small file system. Not installed.
 */
/* Both names of each call are wanted, not one as the other. */
#undef _FILE_OFFSET_BITS
#pragma GCC visibility push(default)

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

/* Would the file grow beyond what fits, when it ended at `end`? */
static bool is_full(int file, off_t end)
{
	const char *part = getenv("FULL_DISK_PATH"), *bytes = getenv("FULL_DISK_BYTES"),
		   *flag = getenv("FULL_DISK_FLAG");
	char link[64], path[PATH_MAX];
	struct stat status;
	if (part == NULL || bytes == NULL || flag == NULL || end <= atoll(bytes) || fstat(file, &status) != 0 ||
	    end <= status.st_size || access(flag, F_OK) != 0)
		return false;
	snprintf(link, sizeof link, "/proc/self/fd/%d", file);
	ssize_t length = readlink(link, path, sizeof path - 1);
	path[length > 0 ? length : 0] = '\0';
	return strstr(path, part) != NULL;
}

static int refuse(void)
{
	errno = ENOSPC;
	return -1;
}

static off_t total(const struct iovec *parts, int count)
{
	off_t sum = 0;
	for (int i = 0; i < count; i++)
		sum += (off_t)parts[i].iov_len;
	return sum;
}

ssize_t pwrite(int file, const void *bytes, size_t size, off_t offset)
{
	return is_full(file, offset + (off_t)size) ? refuse() : REAL(pwrite)(file, bytes, size, offset);
}

ssize_t pwrite64(int file, const void *bytes, size_t size, off64_t offset)
{
	return is_full(file, offset + (off_t)size) ? refuse() : REAL(pwrite64)(file, bytes, size, offset);
}

ssize_t pwritev(int file, const struct iovec *parts, int count, off_t offset)
{
	return is_full(file, offset + total(parts, count)) ? refuse() : REAL(pwritev)(file, parts, count, offset);
}

ssize_t pwritev64(int file, const struct iovec *parts, int count, off64_t offset)
{
	return is_full(file, offset + total(parts, count)) ? refuse() : REAL(pwritev64)(file, parts, count, offset);
}

int fallocate(int file, int mode, off_t offset, off_t size)
{
	return is_full(file, offset + size) ? refuse() : REAL(fallocate)(file, mode, offset, size);
}

int fallocate64(int file, int mode, off64_t offset, off64_t size)
{
	return is_full(file, offset + size) ? refuse() : REAL(fallocate64)(file, mode, offset, size);
}

/* These two return the error. */
int posix_fallocate(int file, off_t offset, off_t size)
{
	return is_full(file, offset + size) ? ENOSPC : REAL(posix_fallocate)(file, offset, size);
}

int posix_fallocate64(int file, off64_t offset, off64_t size)
{
	return is_full(file, offset + size) ? ENOSPC : REAL(posix_fallocate64)(file, offset, size);
}
