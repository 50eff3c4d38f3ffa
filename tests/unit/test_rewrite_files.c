/* test_rewrite_files.c: file patterns, found, cut into chunks and put back. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "compiler/base/buf.h"
#include "tests/unit/query_support.h"

static void check_text(const char *what, struct str got, const char *wanted)
{
	if (!str_is(got, wanted))
		fail_msg("%s\n  got    %.*s\n  wanted %s", what, STR_ARG(got), wanted);
}

struct split_case {
	const char *pattern;
	size_t per_chunk;
	size_t files;
	const char *globs; /* with their numbers of files; or the reason */
};

static const struct split_case splits[] = {
        {"a{000..005}.p", 2, 6, "a{000..001}.p=2 a{002..003}.p=2 a{004..005}.p=2"},
        {"a{000..004}.p", 2, 5, "a{000..001}.p=2 a{002..003}.p=2 a004.p=1"},
        {"a{000..100}", 1000, 101, "a{000..100}=101"},
        {"{098..101}", 3, 4, "{098..100}=3 101=1"},
        {"{8..11}", 3, 4, "{8..10}=3 11=1"},
        {"{0..10}", 10, 11, "{0..9}=10 10=1"},
        {"{5..5}x", 4, 1, "5x=1"},
        {"{a,b,c}.p", 2, 3, "{a,b}.p=2 c.p=1"},
        {"{01,02,03,05}", 3, 4, "{01..03}=3 05=1"},
        {"{01,02,04}", 3, 3, "{01,02,04}=3"},
        {"{9,10}", 2, 2, "{9,10}=2"},
        {"{x}", 2, 1, "x=1"},
        {"{a,b}/{00..03}.p", 3, 8, "a/{00..02}.p=3 a/03.p=1 b/{00..02}.p=3 b/03.p=1"},
        {"{1..2}{a,b}{0..1}", 5, 8, "1a{0..1}=2 1b{0..1}=2 2a{0..1}=2 2b{0..1}=2"},
        {"plain.p", 3, 1, "plain.p=1"},
        {"http://h/x?y={0..1}&z", 1, 2, "http://h/x?y=0&z=1 http://h/x?y=1&z=1"},
        {"{a,a}", 1, 0, "!two alternatives make the same file name"},
        {"{1,11}{1,11}", 1, 0, "!two alternatives make the same file name"},
        {"{3..1}", 1, 0, "!a range {a..b} ends before it begins"},
        {"{a..b}", 1, 0, "!a range {a..b} has two whole numbers"},
        {"{1..}", 1, 0, "!a range {a..b} has two whole numbers"},
        {"{01..9}", 1, 0, "!the ends of a range with leading zeros have the same number of digits"},
        {"{1..09}", 1, 0, "!a range with leading zeros has them at both ends"},
        {"{1..3,5}", 1, 0, "!braces hold a range or alternatives, not both"},
        {"{a,{b,c}}", 1, 0, "!braces do not nest"},
        {"{a,b", 1, 0, "!a { has no } behind it"},
        {"a}b", 1, 0, "!a } has no { before it"},
        {"{a,}", 1, 0, "!an alternative of {x,y} is empty, which matches nothing"},
        {"{}", 1, 0, "!an alternative of {x,y} is empty, which matches nothing"},
        {"{0..1000000}", 1, 0, "!the file names are more than 1,000,000"},
        {"{0..999}{0..999}{0..9}", 1, 0, "!the file names are more than 1,000,000"},
        {"{0..99999999999999999999}", 1, 0, "!a range {a..b} has two whole numbers"},
        {"a*{1..2}", 1, 0, "!what * stands for is known on the server only"},
        {"{1..2}", 0, 0, "!a chunk has one file or more"},
};

static void check_split(const struct split_case *test, struct arena *arena)
{
	struct file_chunks chunks;
	const char *why;
	struct buf got;

	if (!rewrite_split_files(str_of(test->pattern), test->per_chunk, &chunks, &why, arena)) {
		check_text(test->pattern, str_of(arena_printf(arena, "!%s", why)), test->globs);
		return;
	}
	assert_int_equal(chunks.files, test->files);
	buf_init(&got, 4096);
	for (size_t i = 0; i < chunks.list.count; i++)
		buf_addf(&got, "%s%.*s=%zu", i ? " " : "", STR_ARG(chunks.list.items[i].glob),
		         chunks.list.items[i].files);
	check_text(test->pattern, buf_str(&got), test->globs);
	buf_release(&got);
}

static void test_split(void **state)
{
	struct arena arena;

	(void)state;
	arena_init(&arena);
	for (size_t i = 0; i < sizeof(splits) / sizeof(*splits); i++)
		check_split(&splits[i], &arena);
	arena_release(&arena);
}

static void test_split_largest(void **state)
{
	struct file_chunks chunks;
	struct arena arena;
	const char *why;

	(void)state;
	arena_init(&arena);
	assert_true(rewrite_split_files(STR("{0..999}/{000..999}"), 1, &chunks, &why, &arena));
	assert_int_equal(chunks.files, FILES_MAX);
	assert_int_equal(chunks.list.count, FILES_MAX);
	check_text("last", chunks.list.items[FILES_MAX - 1].glob, "999/999");
	arena_release(&arena);
}

struct find_case {
	const char *sql;
	const char *pattern; /* or the reason */
	const char *files;
	const char *listing;
};

static const struct find_case finds[] = {
        {"SELECT * FROM file('a{0..9}.p')", "a{0..9}.p", "SELECT * FROM file({f:String})",
         "file({f:String}, 'One')"},
        {"SELECT * FROM file('a*.p', Parquet, 'x String') AS f JOIN t USING x", "a*.p",
         "SELECT * FROM file({f:String}, Parquet, 'x String') AS f JOIN db.t USING x",
         "file({f:String}, 'One')"},
        {"SELECT * FROM s3(concat({b:String}, '/x{000..100}.parquet'), {k:String}, {s:String}, "
         "'Parquet')",
         "/x{000..100}.parquet",
         "SELECT * FROM s3(concat({b:String}, {f:String}), {k:String}, {s:String}, 'Parquet')",
         "s3(concat({b:String}, {f:String}), {k:String}, {s:String}, 'One')"},
        {"SELECT * FROM s3('h/' || '{a,b}.csv', 'k', 's', CSV, 'a Int8')", "{a,b}.csv",
         "SELECT * FROM s3('h/' || {f:String}, 'k', 's', CSV, 'a Int8')",
         "s3('h/' || {f:String}, 'k', 's', 'One')"},
        {"SELECT * FROM url('http://h/x?y={0..9}', 'CSV', 'a String', headers('k'='v'))",
         "http://h/x?y={0..9}",
         "SELECT * FROM url({f:String}, 'CSV', 'a String', headers('k'='v'))",
         "url({f:String}, 'One', headers('k'='v'))"},
        {"SELECT * FROM azureBlobStorage('conn{1,2}', 'c', '{a,b}.csv', 'CSV', 'none', 'a Int8')",
         "{a,b}.csv",
         "SELECT * FROM azureBlobStorage('conn{1,2}', 'c', {f:String}, 'CSV', 'none', "
         "'a Int8')",
         "azureBlobStorage('conn{1,2}', 'c', {f:String}, 'One')"},
        {"SELECT * FROM s3Cluster('c', 's3://b/{0..3}', NOSIGN)", "s3://b/{0..3}",
         "SELECT * FROM s3Cluster('c', {f:String}, NOSIGN)",
         "s3Cluster('c', {f:String}, NOSIGN, 'One')"},
        {"SELECT * FROM s3(coll, filename = 'x{0..3}', format = 'CSV', structure = 'a Int8')",
         "x{0..3}",
         "SELECT * FROM s3(coll, filename = {f:String}, format = 'CSV', structure = 'a Int8')",
         "s3(coll, filename = {f:String}, format = 'One')"},
        {"SELECT a FROM (SELECT * FROM file('{1,2}')) WHERE a IN (SELECT b FROM u)", "{1,2}",
         "SELECT a FROM (SELECT * FROM file({f:String})) WHERE a IN (SELECT b FROM db.u)",
         "file({f:String}, 'One')"},
        {"SELECT * FROM file('a.p')",
         "!no table function of it has a file name with {a..b}, {x,y} or *", NULL, NULL},
        {"SELECT '{1,2}' FROM t WHERE a = '*'",
         "!no table function of it has a file name with {a..b}, {x,y} or *", NULL, NULL},
        {"SELECT * FROM url('http://h/x?y=*')",
         "!url() has no listing, a * stands for itself there", NULL, NULL},
        {"SELECT * FROM file('{1,2}') UNION ALL SELECT * FROM file('{3,4}')",
         "!it has more than one file name with {a..b}, {x,y} or *", NULL, NULL},
};

static void check_find(const struct find_case *test)
{
	struct file_pattern pattern;
	struct query_fixture f;
	const char *why;

	query_fixture_init(&f, test->sql);
	assert_non_null(f.query);
	if (!rewrite_find_files(&f.sources, f.query, &pattern, &why, &f.arena)) {
		check_text(test->sql, str_of(arena_printf(&f.arena, "!%s", why)), test->pattern);
		query_fixture_release(&f);
		return;
	}
	check_text(test->sql, pattern.text, test->pattern);
	check_text(test->sql,
	           rewrite_files(&f.sources, f.query, &pattern, STR("db"), STR("{f:String}"),
	                         &f.arena),
	           test->files);
	if (test->listing)
		check_text(test->sql,
		           rewrite_listing(&f.sources, &pattern, STR("{f:String}"), &f.arena),
		           test->listing);
	query_fixture_release(&f);
}

static void test_find(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(finds) / sizeof(*finds); i++)
		check_find(&finds[i]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_split),
	        cmocka_unit_test(test_split_largest),
	        cmocka_unit_test(test_find),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
