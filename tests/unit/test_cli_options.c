#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "runtime/cli/human.h"
#include "runtime/cli/options.h"
#include "runtime/cli/output.h"
#include "runtime/cli/params.h"
#include "runtime/cli/summary.h"
#include "runtime/cli/terminal.h"

static void test_values(void **state)
{
	enum color_mode color;
	struct str name, value;
	unsigned n;
	bool json;

	(void)state;
	assert_true(option_color("never", &color) && color == COLOR_NEVER);
	assert_false(option_color("Never", &color));
	assert_true(option_format("json", &json) && json);
	assert_true(option_format("text", &json) && !json);
	assert_false(option_format("xml", &json));
	assert_true(option_number("64", 1, 64, &n) && n == 64);
	assert_false(option_number("65", 1, 64, &n));
	assert_false(option_number("0", 1, 64, &n));
	assert_false(option_number("", 0, 64, &n));
	assert_false(option_number("-1", 0, 64, &n));
	assert_false(option_number("99999999999999999999999", 0, 64, &n));
	assert_true(option_param("a_1=x=y", &name, &value));
	assert_true(str_is(name, "a_1") && str_is(value, "x=y"));
	assert_true(option_param("a=", &name, &value) && value.n == 0);
	assert_false(option_param("a", &name, &value));
	assert_false(option_param("=x", &name, &value));
	assert_false(option_param("1a=x", &name, &value));
	assert_false(option_param("a-b=x", &name, &value));
}

static void test_types(void **state)
{
	(void)state;
	assert_true(param_fits(STR("UInt8"), STR("7")));
	assert_false(param_fits(STR("UInt8"), STR("-7")));
	assert_true(param_fits(STR("Int64"), STR("-7")));
	assert_false(param_fits(STR("Nullable(Int64)"), STR("x")));
	assert_true(param_fits(STR("Nullable(Int64)"), STR("\\N")));
	assert_true(param_fits(STR("Float64"), STR("-1.5e3")));
	assert_false(param_fits(STR("Float64"), STR("high")));
	assert_true(param_fits(STR("DateTime('UTC')"), STR("2024-12-17 09:00:00")));
	assert_true(param_fits(STR("DateTime"), STR("1734426000")));
	assert_false(param_fits(STR("Date"), STR("17.12.2024")));
	assert_true(param_fits(STR("String"), STR("")));
	assert_true(param_fits(STR("Array(UInt8)"), STR("[1]")));
}

static struct graph graph_of(struct param *params, size_t count)
{
	return (struct graph){.params = params, .param_count = count};
}

static void test_params(void **state)
{
	struct param params[] = {
	        {.name = STR("bucket"),
	         .type = STR("String"),
	         .value = STR("b"),
	         .has_default = true},
	        {.name = STR("day"), .type = STR("Date")},
	        {.name = STR("key"),
	         .type = STR("String"),
	         .secret = true,
	         .from_env = STR("BFC_TEST_KEY")},
	};
	struct graph graph = graph_of(params, 3);
	char *given[] = {"day=2024-12-17", "day=2024-12-18"};
	char *wrong[] = {"bukket=x", "key=hunter22"};
	struct param_values values;
	struct buf why;

	(void)state;
	setenv("BFC_TEST_KEY", "hunter22", 1);
	buf_init(&why, BUF_CEILING_OUTPUT);
	assert_true(params_init(&values, &graph, given, 2, &why));
	assert_int_equal(values.count, 3);
	assert_true(str_is(values.bindings[0].value, "b"));
	assert_true(str_is(values.bindings[1].value, "2024-12-18"));
	assert_true(str_is(values.bindings[2].value, "hunter22") && values.bindings[2].secret);
	params_release(&values);
	unsetenv("BFC_TEST_KEY");
	assert_false(params_init(&values, &graph, wrong, 2, &why));
	assert_true(str_find(buf_str(&why),
	                     STR("no param 'bukket' in the plan; did you mean 'bucket'?")) >= 0);
	assert_true(str_find(buf_str(&why), STR("'key' is a secret")) >= 0);
	assert_true(str_find(buf_str(&why), STR("'day' (Date) has no value")) >= 0);
	assert_true(str_find(buf_str(&why), STR("'BFC_TEST_KEY', which is not set")) >= 0);
	assert_true(str_find(buf_str(&why), STR("hunter22")) < 0);
	buf_release(&why);
}

static void expect_safe(struct str text, const char *safe)
{
	struct buf out;

	buf_init(&out, BUF_CEILING_OUTPUT);
	terminal_add_safe(&out, text, false);
	assert_string_equal(out.data, safe);
	buf_release(&out);
}

static void test_safe_text(void **state)
{
	(void)state;
	expect_safe(STR("plain ä 日本 😀"), "plain ä 日本 😀");
	expect_safe(STR("\033[31mred\a\n\tx\x7f"), "\\x1b[31mred\\x07  x\\u007f");
	expect_safe(STR("c1 \xc2\x9b"
	                "31m bad \xff\xc3 cut \xe6\x97"),
	            "c1 \\u009b31m bad \\xff\\xc3 cut \\xe6\\x97");
	/* Overlong and surrogate forms are no UTF-8; the signs that turn text around are controls.
	 */
	expect_safe(STR("\xc0\xaf \xed\xa0\x80 \xe2\x80\xae \xe2\x81\xa6 \xd8\x9c"),
	            "\\xc0\\xaf \\xed\\xa0\\x80 \\u202e \\u2066 \\u061c");
}

/* What comes out of `file` when the text is a result. */
static void expect_written(FILE *file, int from, const char *expected)
{
	char seen[64] = "";
	ssize_t n;

	terminal_write(file, STR("a\033[2J\xc2\x9bz"));
	fclose(file);
	n = read(from, seen, sizeof(seen) - 1);
	assert_true(n > 0);
	assert_string_equal(seen, expected);
	close(from);
}

/* A server's text can't move the cursor; a file gets it as it is. */
static void test_results(void **state)
{
	int ends[2], master = posix_openpt(O_RDWR | O_NOCTTY);

	(void)state;
	assert_int_equal(pipe(ends), 0);
	expect_written(fdopen(ends[1], "w"), ends[0], "a\033[2J\xc2\x9bz");
	if (master < 0 || grantpt(master) != 0 || unlockpt(master) != 0)
		skip();
	expect_written(fopen(ptsname(master), "w"), master, "a\\x1b[2J\\u009bz");
}

static void test_columns(void **state)
{
	(void)state;
	assert_int_equal(terminal_columns(STR("aä日")), 3);
	assert_int_equal(terminal_cut(STR("aä日"), 2).n, 3);
	assert_int_equal(terminal_cut(STR("ab"), 9).n, 2);
}

static void test_human(void **state)
{
	struct human out;

	(void)state;
	assert_string_equal(human_count(0, &out), "0");
	assert_string_equal(human_count(999, &out), "999");
	assert_string_equal(human_count(1234567, &out), "1,234,567");
	assert_string_equal(human_count(UINT64_MAX, &out), "18,446,744,073,709,551,615");
	assert_string_equal(human_bytes(1023, &out), "1023 B");
	assert_string_equal(human_bytes(1024, &out), "1.0 KiB");
	assert_string_equal(human_bytes((1 << 20) - 1, &out), "1.0 MiB");
	assert_string_equal(human_bytes(UINT64_MAX, &out), "16.0 EiB");
	assert_string_equal(human_ms(850, &out), "850 ms");
	assert_string_equal(human_ms(12345, &out), "12.3 s");
	assert_string_equal(human_ms(200000, &out), "3 min 20 s");
	assert_string_equal(human_ms(7500000, &out), "2 h 5 min");
	assert_int_equal(human_rate(500, 2000), 250);
	assert_int_equal(human_rate(500, 0), 0);
}

static void test_words(void **state)
{
	struct buf out;

	(void)state;
	buf_init(&out, BUF_CEILING_OUTPUT);
	summary_add_word(&out, "http://h:1/");
	buf_addc(&out, ' ');
	summary_add_word(&out, "it's a $day");
	buf_addc(&out, ' ');
	summary_add_word(&out, "");
	assert_string_equal(out.data, "http://h:1/ 'it'\\''s a $day' ''");
	buf_release(&out);
}

static void test_color(void **state)
{
	FILE *file = tmpfile();

	(void)state;
	setenv("TERM", "xterm", 1);
	assert_false(terminal_color(file, COLOR_AUTO));
	assert_true(terminal_color(file, COLOR_ALWAYS));
	assert_false(terminal_live(file));
	assert_int_equal(terminal_width(file), 80);
	fclose(file);
}

/* In pieces, and given up half-way: the old file stays, and nothing beside it. */
static void test_output_in_pieces(void **state)
{
	char directory[] = "/tmp/bfc-test-XXXXXX", path[64], link[64];
	struct output output;

	(void)state;
	assert_non_null(mkdtemp(directory));
	snprintf(path, sizeof(path), "%s/plan.sql", directory);
	snprintf(link, sizeof(link), "%s/link.sql", directory);
	assert_true(output_begin(&output, path));
	output_add(&output, STR("one\n"));
	assert_int_equal(access(path, F_OK), -1);
	output_add(&output, STR("two\n"));
	assert_true(output_end(&output, OUTPUT_MADE));
	assert_int_equal(output_compare(path, STR("one\ntwo\n")), 0);
	assert_int_equal(symlink(path, link), 0);
	assert_true(output_begin(&output, link));
	output_add(&output, STR("other"));
	output_abandon(&output);
	assert_int_equal(output_compare(path, STR("one\ntwo\n")), 0);
	assert_true(output_write(link, STR("three\n"), OUTPUT_IRREPLACEABLE));
	assert_int_equal(output_compare(path, STR("three\n")), 0);
	unlink(link);
	unlink(path);
	assert_int_equal(rmdir(directory), 0);
}

static void test_output(void **state)
{
	char directory[] = "/tmp/bfc-test-XXXXXX", path[64];
	int quiet, saved;

	(void)state;
	assert_non_null(mkdtemp(directory));
	snprintf(path, sizeof(path), "%s/plan.sql", directory);
	assert_true(output_write(path, STR("one\ntwo\n"), OUTPUT_MADE));
	assert_int_equal(output_compare(path, STR("one\ntwo\n")), 0);
	assert_true(output_write(path, STR("one\n"), OUTPUT_MADE));
	assert_int_equal(output_compare(path, STR("one\n")), 0);
	quiet = open("/dev/null", O_WRONLY);
	saved = dup(STDERR_FILENO);
	dup2(quiet, STDERR_FILENO);
	assert_int_equal(output_compare(path, STR("one\ntwo\n")), 1);
	assert_false(output_write(directory, STR("x"), OUTPUT_MADE));
	assert_false(output_write("/nowhere/at/all", STR("x"), OUTPUT_MADE));
	assert_int_equal(output_compare("/nowhere/at/all", STR("x")), -1);
	dup2(saved, STDERR_FILENO);
	close(saved);
	close(quiet);
	unlink(path);
	assert_true(output_write_private(path, "x"));
	assert_false(output_write_private(path, "x"));
	unlink(path);
	/* No temporary file is left behind. */
	assert_int_equal(rmdir(directory), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_values),
	        cmocka_unit_test(test_results),
	        cmocka_unit_test(test_types),
	        cmocka_unit_test(test_params),
	        cmocka_unit_test(test_safe_text),
	        cmocka_unit_test(test_columns),
	        cmocka_unit_test(test_human),
	        cmocka_unit_test(test_words),
	        cmocka_unit_test(test_color),
	        cmocka_unit_test(test_output),
	        cmocka_unit_test(test_output_in_pieces),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
