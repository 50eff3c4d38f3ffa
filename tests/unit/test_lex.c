#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "compiler/base/buf.h"
#include "compiler/parse.h"
#include "tests/unit/front_support.h"

static const char *const kinds[] = {
        [TOKEN_END] = "end",       [TOKEN_ERROR] = "error",
        [TOKEN_WORD] = "word",     [TOKEN_QUOTED] = "quoted",
        [TOKEN_STRING] = "string", [TOKEN_HEREDOC] = "heredoc",
        [TOKEN_NUMBER] = "number", [TOKEN_PARAM] = "param",
        [TOKEN_LEFT] = "left",     [TOKEN_RIGHT] = "right",
        [TOKEN_LEFT_SQUARE] = "[", [TOKEN_RIGHT_SQUARE] = "]",
        [TOKEN_LEFT_CURLY] = "{",  [TOKEN_RIGHT_CURLY] = "}",
        [TOKEN_COMMA] = "comma",   [TOKEN_SEMICOLON] = "semicolon",
        [TOKEN_DOT] = "dot",       [TOKEN_EQUALS] = "equals",
        [TOKEN_STAR] = "star",     [TOKEN_OPERATOR] = "operator",
};

/* "word:SELECT number:1": the tokens of bytes [begin, end) of the text, then the codes. */
static void check_span(struct str text, uint32_t begin, uint32_t end, const char *expected)
{
	struct lexer lexer;
	struct front f;
	struct token token;
	struct buf out;

	front_open(&f, text);
	buf_init(&out, 1 << 20);
	lexer_init(&lexer, f.source, begin, end, &f.diags);
	while ((token = lexer_next(&lexer)).kind != TOKEN_END) {
		assert_true(token.span.begin < token.span.end && token.span.end <= end &&
		            token.span.begin >= begin);
		buf_addf(&out, "%s%s:%.*s", out.size ? " " : "", kinds[token.kind],
		         STR_ARG(span_text(&f.sources, token.span)));
	}
	assert_int_equal(token.span.begin, end);
	assert_int_equal(lexer_next(&lexer).kind, TOKEN_END);
	lexer_release(&lexer);
	if (f.diags.errors)
		buf_addf(&out, " %s", front_codes(&f));
	assert_string_equal(out.size ? out.data : "", expected);
	buf_release(&out);
	front_close(&f);
}

static void check(const char *text, const char *expected)
{
	check_span(str_of(text), 0, (uint32_t)strlen(text), expected);
}

static void test_words(void **state)
{
	(void)state;
	check("", "");
	check(" \t\r\n\f\v", "");
	check("SELECT a_1, b$c", "word:SELECT word:a_1 comma:, word:b$c");
	check("`a``b` \"c\\\"d\"", "quoted:`a``b` quoted:\"c\\\"d\"");
	check("2024_t.c", "word:2024_t dot:. word:c");
	check("x'AB'", "word:x string:'AB'");
	check("$a", "word:$a");
	check("a\xC2\xA0"
	      "b\xE2\x80\x83"
	      "c",
	      "word:a word:b word:c");
}

static void test_comments(void **state)
{
	(void)state;
	check("a -- b\nc", "word:a word:c");
	check("a # b\n#!x\nc", "word:a word:c");
	check("a /* b /* c */ d", "word:a word:d");
	check("/***/a/**/b/* * / **/c", "word:a word:b word:c");
	check("a--b", "word:a");
	check("a /* b", "word:a error:/* b BF007");
	check("a #b", "word:a error:# word:b BF010");
}

static void test_strings(void **state)
{
	(void)state;
	check("'a''b\\'c\nd'", "string:'a''b\\'c\nd'");
	check("''", "string:''");
	check("'\\\\'a", "string:'\\\\' word:a");
	check("a 'b", "word:a error:'b BF005");
	check("'a\\", "error:'a\\ BF005");
	check("a `b", "word:a error:`b BF006");
	check("a \"b", "word:a error:\"b BF006");
	check("$$a$b$$ c", "heredoc:$$a$b$$ word:c");
	check("$t$a$u$b$t$", "heredoc:$t$a$u$b$t$");
	check("$t$$t$", "heredoc:$t$$t$");
	check("$t$a$t", "error:$t$a$t BF008");
}

static void test_numbers(void **state)
{
	(void)state;
	check("1 1_000 1.5 1.,.5,1e3 1.5E-3,.5e+3",
	      "number:1 number:1_000 number:1.5 number:1. comma:, number:.5 comma:, number:1e3 "
	      "number:1.5E-3 comma:, number:.5e+3");
	check("0x1F 0xA_B 0x1.8p3 0x1p-2 0b101",
	      "number:0x1F number:0xA_B number:0x1.8p3 number:0x1p-2 number:0b101");
	check("0x1e+5", "number:0x1e operator:+ number:5");
	check("10Ki 10Mi 10Gi", "number:10Ki number:10Mi number:10Gi");
	check("t.1.2", "word:t dot:. number:1 dot:. number:2");
	check("f(x).1[1].2", "word:f left:( word:x right:) dot:. number:1 [:[ number:1 ]:] dot:. "
	                     "number:2");
	check("a + .5", "word:a operator:+ number:.5");
	check("t.1.name", "word:t dot:. number:1 dot:. word:name");
	check("1e+ 1.5x 0x1p- .5e-", "error:1e+ error:1.5x error:0x1p- error:.5e- "
	                             "BF012 BF012 BF012 BF012");
}

static void test_operators(void **state)
{
	(void)state;
	check("a=b==c!=d<>e", "word:a equals:= word:b operator:== word:c operator:!= word:d "
	                      "operator:<> word:e");
	check("<=> <= >=->::||?:", "operator:<=> operator:<= operator:>= operator:-> operator::: "
	                           "operator:|| operator:? operator::");
	check("*,;.()[]{}", "star:* comma:, semicolon:; dot:. left:( right:) [:[ ]:] {:{ }:}");
}

static void test_params(void **state)
{
	(void)state;
	check("{a:String}", "param:{a:String}");
	check("{ a : Array(Enum8('}' = 1, '\\'' = 2)) }x",
	      "param:{ a : Array(Enum8('}' = 1, '\\'' = 2)) } word:x");
	check("{'a': 1}", "{:{ string:'a' operator:: number:1 }:}");
	check("{a::Int}", "{:{ word:a operator::: word:Int }:}");
	check("{a:String; b", "error:{a:String semicolon:; word:b BF009");
	check("{a:{b:C}", "error:{a: param:{b:C} BF009");
	check("{a:String", "error:{a:String BF009");
	check("{a:F('x", "error:{a:F('x BF009");
}

static void test_stray(void **state)
{
	(void)state;
	check("a & b", "word:a error:& word:b BF010");
	/* A run of strays is one error. */
	check("a \xE2\x80\x98\xE2\x80\x98&& b", "word:a error:\xE2\x80\x98 word:b BF010");
	check("\xFF\x01", "error:\xFF BF010");
	check_span((struct str){"a\0b", 3}, 0, 3, "word:a error: word:b BF004");
}

static void test_sub_span(void **state)
{
	(void)state;
	check_span(STR("'abc' def"), 1, 4, "word:abc");
	check_span(STR("'abc' def"), 1, 5, "word:abc error:' BF005");
	check_span(STR("a /* b */"), 0, 4, "word:a error:/* BF007");
	check_span(STR("abc"), 1, 1, "");
	check_span(STR("$$ $$"), 0, 4, "error:$$ $ BF008");
}

/* Two lexers over one text, in turn, with more text than flex's window. */
static void test_shared(void **state)
{
	struct lexer a, b;
	struct front f;
	struct buf text;
	size_t count = 0;

	(void)state;
	buf_init(&text, 1 << 20);
	for (int i = 0; i < 20000; i++)
		buf_addf(&text, "w%d 'it''s %d' ", i, i);
	front_open(&f, buf_str(&text));
	lexer_init(&a, f.source, 0, (uint32_t)text.size, NULL);
	lexer_init(&b, f.source, 0, (uint32_t)text.size, NULL);
	for (;;) {
		struct token x = lexer_next(&a), y = lexer_next(&b);

		assert_int_equal(x.kind, y.kind);
		assert_memory_equal(&x.span, &y.span, sizeof(x.span));
		if (x.kind == TOKEN_END)
			break;
		count++;
	}
	assert_int_equal(count, 40000);
	lexer_release(&a);
	lexer_release(&b);
	buf_release(&text);
	front_close(&f);
}

static void test_nesting(void **state)
{
	struct front f;
	struct lexer lexer;
	struct buf text;
	size_t count = 0;

	(void)state;
	buf_init(&text, 1 << 20);
	for (int i = 0; i < 5000; i++)
		buf_addz(&text, "([");
	front_open(&f, buf_str(&text));
	lexer_init(&lexer, f.source, 0, (uint32_t)text.size, &f.diags);
	while (lexer_next(&lexer).kind != TOKEN_ERROR)
		count++;
	assert_int_equal(count, NESTING_MAX);
	assert_int_equal(lexer_next(&lexer).kind, TOKEN_END);
	assert_string_equal(front_codes(&f), "BF011");
	assert_int_equal(f.diags.list.items[0].span.begin, NESTING_MAX);
	lexer_release(&lexer);
	buf_release(&text);
	front_close(&f);
}

static void check_unquoted(const char *text, struct str expected)
{
	struct arena arena;
	struct str got;

	arena_init(&arena);
	got = token_unquote(str_of(text), &arena);
	assert_int_equal(got.n, expected.n);
	assert_memory_equal(got.p, expected.p, expected.n);
	arena_release(&arena);
}

/* Without escapes nothing is copied. */
static void test_unquote_in_place(void **state)
{
	static const char *const texts[] = {"abc", "`abc`", "'abc'", "$t$abc$t$", "''"};
	struct arena arena;

	(void)state;
	arena_init(&arena);
	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
		struct str got = token_unquote(str_of(texts[i]), &arena);

		assert_true(got.p >= texts[i] && got.p + got.n <= texts[i] + strlen(texts[i]));
	}
	assert_int_equal(arena.bytes, 0);
	arena_release(&arena);
}

static void test_unquote(void **state)
{
	(void)state;
	check_unquoted("abc", STR("abc"));
	check_unquoted("''", STR(""));
	check_unquoted("'it''s'", STR("it's"));
	check_unquoted("''''", STR("'"));
	check_unquoted("'\\''", STR("'"));
	check_unquoted("'a\\n\\t\\\\\\x41\\0'", (struct str){"a\n\t\\A\0", 6});
	check_unquoted("'\\d\\%\\N\\x4'", STR("\\d\\%\\x4"));
	check_unquoted("`a``b\\`c\"`", STR("a`b`c\""));
	check_unquoted("\"a\"\"b'c\"", STR("a\"b'c"));
	check_unquoted("$$a'b$$", STR("a'b"));
	check_unquoted("$t$ x $t$", STR(" x "));
	check_unquoted("$t$$t$", STR(""));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_words),     cmocka_unit_test(test_comments),
	        cmocka_unit_test(test_strings),   cmocka_unit_test(test_numbers),
	        cmocka_unit_test(test_operators), cmocka_unit_test(test_params),
	        cmocka_unit_test(test_stray),     cmocka_unit_test(test_sub_span),
	        cmocka_unit_test(test_shared),    cmocka_unit_test(test_nesting),
	        cmocka_unit_test(test_unquote),   cmocka_unit_test(test_unquote_in_place),
	};

	return cmocka_run_group_tests_name("lex", tests, NULL, NULL);
}
