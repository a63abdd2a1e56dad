/*
 * "One run at a time": flock() on a file beside the database, "app.db-inchworm-lock".
 *
 * The kernel drops the lock when the process ends, however it ends, so it is never stale. The holder removes the file
 * before it lets go; after kill -9 an empty file stays until the next run takes and removes it. Between open() and
 * flock() the former holder may have removed the file that was opened; a third run could then lock a new one of the
 * same name: so whoever got the lock checks that the name still leads to the file it locked, and else starts anew.
 *
 * The database file itself cannot serve: closing any descriptor of it drops all of SQLite's own locks of this process.
 * A transaction cannot either: it would keep the migrations' transactions out.
 */
#include "base/error.h"
#include "driver/sqlite/sqlite_internal.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

struct lite_lock {
	int file;
	char *path;
};

static void lock_free(struct lite_lock *lock)
{
	if (lock->file >= 0) {
		unlink(lock->path);
		close(lock->file);
	}
	g_free(lock->path);
	g_free(lock);
}

GHashTable *iw_lite_locks_new(void)
{
	return g_hash_table_new_full(g_str_hash, g_str_equal, g_free, (GDestroyNotify)lock_free);
}

static char *lock_path(const struct lite *lite, const char *name)
{
	g_autofree char *safe = g_strcanon(g_strdup(name), G_CSET_A_2_Z G_CSET_a_2_z G_CSET_DIGITS "_-", '_');
	return g_strdup_printf("%s-%s-lock", lite->path, safe);
}

static bool leads_to(const char *path, int file)
{
	struct stat named, opened;
	return stat(path, &named) == 0 && fstat(file, &opened) == 0 && named.st_dev == opened.st_dev &&
	       named.st_ino == opened.st_ino;
}

/* Descriptor of the locked file; -1: another holds it; -2: errno says. */
static int take_file(const char *path)
{
	for (;;) {
		int file = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0666);
		if (file < 0)
			return -2;
		if (flock(file, LOCK_EX | LOCK_NB) != 0) {
			int why = errno;
			close(file);
			errno = why;
			if (why == EINTR)
				continue;
			return why == EWOULDBLOCK ? -1 : -2;
		}
		if (leads_to(path, file))
			return file;
		close(file);
	}
}

bool iw_lite_try_lock(iw_connection *connection, const char *name, bool *taken, GError **error)
{
	struct lite *lite = lite_of(connection);
	if (g_hash_table_contains(lite->locks, name)) {
		*taken = true;
		return true;
	}
	struct lite_lock *lock = g_new0(struct lite_lock, 1);
	lock->file = -1;
	if (lite->path != NULL) {
		lock->path = lock_path(lite, name);
		int file = take_file(lock->path);
		if (file == -2)
			iw_fail(error, errno == EACCES || errno == EROFS ? IW_ERROR_RIGHTS : IW_ERROR_RESOURCE,
				"could not make lock file \"%s\": %s", lock->path, g_strerror(errno));
		if (file < 0) {
			*taken = false;
			lock_free(lock);
			return file == -1;
		}
		lock->file = file;
	}
	g_hash_table_insert(lite->locks, g_strdup(name), lock);
	*taken = true;
	return true;
}

bool iw_lite_unlock(iw_connection *connection, const char *name, GError **error)
{
	(void)error;
	g_hash_table_remove(lite_of(connection)->locks, name);
	return true;
}
