/* Project trees for tests: files written to a folder of their own under the system's temporary one. */
#pragma once

#include <glib.h>
#include <glib/gstdio.h>
#include <stdbool.h>
#include <string.h>

struct tree {
	char *root;
};

static inline struct tree tree_new(void)
{
	struct tree tree = {g_dir_make_tmp("inchworm-test-XXXXXX", NULL)};
	g_assert_nonnull(tree.root);
	return tree;
}

static inline void tree_write_bytes(const struct tree *tree, const char *name, const char *text, size_t length)
{
	g_autofree char *path = g_build_filename(tree->root, name, NULL);
	g_autofree char *folder = g_path_get_dirname(path);
	g_assert_cmpint(g_mkdir_with_parents(folder, 0755), ==, 0);
	g_assert_true(g_file_set_contents(path, text, (gssize)length, NULL));
}

static inline void tree_write(const struct tree *tree, const char *name, const char *text)
{
	tree_write_bytes(tree, name, text, strlen(text));
}

static inline void tree_remove_folder(const char *path)
{
	GDir *folder = g_dir_open(path, 0, NULL);
	const char *name;
	while (folder != NULL && (name = g_dir_read_name(folder)) != NULL) {
		g_autofree char *inner = g_build_filename(path, name, NULL);
		if (g_file_test(inner, G_FILE_TEST_IS_DIR) && !g_file_test(inner, G_FILE_TEST_IS_SYMLINK))
			tree_remove_folder(inner);
		else
			g_unlink(inner);
	}
	if (folder != NULL)
		g_dir_close(folder);
	g_rmdir(path);
}

static inline void tree_free(struct tree *tree)
{
	tree_remove_folder(tree->root);
	g_free(tree->root);
}

typedef struct tree tree_auto;
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(tree_auto, tree_free)
