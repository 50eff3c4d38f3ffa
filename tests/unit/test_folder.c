/* Folders: which files are migrations, and in which order they are applied. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

#include "runtime/cli/folder.h"

struct scratch {
	char path[64];
	struct folder folder;
};

static void scratch_init(struct scratch *scratch)
{
	*scratch = (struct scratch){.path = "/tmp/bfc-folder-XXXXXX"};
	assert_non_null(mkdtemp(scratch->path));
}

static void scratch_write(const struct scratch *scratch, const char *name, const char *text)
{
	struct buf path;
	FILE *file;

	buf_init(&path, BUF_CEILING_OUTPUT);
	buf_addf(&path, "%s/%s", scratch->path, name);
	file = fopen(path.data, "w");
	assert_non_null(file);
	fputs(text, file);
	fclose(file);
	buf_release(&path);
}

static void scratch_release(struct scratch *scratch, const char *const *names)
{
	struct buf path;

	buf_init(&path, BUF_CEILING_OUTPUT);
	for (; *names; names++) {
		buf_reset(&path);
		buf_addf(&path, "%s/%s", scratch->path, *names);
		unlink(path.data);
	}
	rmdir(scratch->path);
	buf_release(&path);
	folder_release(&scratch->folder);
}

#define TABLE "table d.t (a Int8) engine = MergeTree order by a;\n"

static void assert_order(const struct folder *folder, const char *const *names)
{
	size_t i;

	for (i = 0; names[i]; i++) {
		assert_true(i < folder->items.count);
		assert_true(str_is(folder->items.items[i]->name, names[i]));
	}
	assert_int_equal(folder->items.count, i);
}

static void test_order_and_libraries(void **state)
{
	static const char *const files[] = {"z.bf",   "a.bf",  "m.bf", "_l.bf",
	                                    "lib.bf", "x.txt", NULL};
	static const char *const order[] = {"one", "three", "two", NULL};
	struct scratch scratch;

	(void)state;
	scratch_init(&scratch);
	scratch_write(&scratch, "z.bf", "migration one;\nuse './lib.bf';\n" TABLE);
	scratch_write(&scratch, "a.bf", "migration two after three;\nuse './_l.bf';\n" TABLE);
	scratch_write(&scratch, "m.bf", "migration three after one, gone;\n" TABLE);
	scratch_write(&scratch, "_l.bf", "profile p settings max_threads = 1;\n");
	scratch_write(&scratch, "lib.bf", "profile q settings max_threads = 1;\n");
	scratch_write(&scratch, "x.txt", "no migration\n");
	assert_true(folder_is(scratch.path));
	assert_true(folder_list(&scratch.folder, scratch.path, "stdlib"));
	/* Without a server a name that is not in the folder is let pass. */
	assert_true(folder_sort(&scratch.folder, NULL));
	assert_order(&scratch.folder, order);
	scratch_release(&scratch, files);
}

static void test_names_that_were_applied_count(void **state)
{
	static const char *const files[] = {"a.bf", NULL};
	struct migration_status gone[] = {{.migration = STR("gone"), .state = STR("finished")},
	                                  {.migration = STR("half"), .state = STR("stopped")}};
	struct status_list applied = {0};
	struct scratch scratch;

	(void)state;
	scratch_init(&scratch);
	scratch_write(&scratch, "a.bf", "migration a after gone;\n" TABLE);
	assert_true(folder_list(&scratch.folder, scratch.path, "stdlib"));
	assert_false(folder_sort(&scratch.folder, &applied));
	applied.list.items = gone;
	applied.list.count = 2;
	assert_true(folder_applied(&applied, STR("gone")));
	assert_false(folder_applied(&applied, STR("half")));
	assert_true(folder_sort(&scratch.folder, &applied));
	scratch_release(&scratch, files);
}

static void test_cycles_and_twice_the_same_name(void **state)
{
	static const char *const files[] = {"a.bf", "b.bf", "c.bf", NULL};
	struct scratch scratch;

	(void)state;
	scratch_init(&scratch);
	scratch_write(&scratch, "a.bf", "migration a after b;\n" TABLE);
	scratch_write(&scratch, "b.bf", "migration b after a;\n" TABLE);
	scratch_write(&scratch, "c.bf", "migration c after b;\n" TABLE);
	assert_true(folder_list(&scratch.folder, scratch.path, "stdlib"));
	assert_false(folder_sort(&scratch.folder, NULL));
	folder_release(&scratch.folder);
	scratch_write(&scratch, "b.bf", "migration a;\n" TABLE);
	assert_true(folder_list(&scratch.folder, scratch.path, "stdlib"));
	assert_false(folder_sort(&scratch.folder, NULL));
	scratch_release(&scratch, files);
}

static void test_no_folder(void **state)
{
	static const char *const none[] = {NULL};
	struct scratch scratch;

	(void)state;
	scratch_init(&scratch);
	assert_false(folder_is("/nonexistent"));
	assert_false(folder_list(&scratch.folder, scratch.path, "stdlib"));
	scratch_release(&scratch, none);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_order_and_libraries),
	        cmocka_unit_test(test_names_that_were_applied_count),
	        cmocka_unit_test(test_cycles_and_twice_the_same_name),
	        cmocka_unit_test(test_no_folder),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
