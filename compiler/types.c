#include "compiler/types.h"

#include <ctype.h>

#include "compiler/base/buf.h"

struct type_name {
	const char *name;
	enum type_class class;
	bool is_signed;
	unsigned bits;
	bool folded; /* ClickHouse takes it in any case */
};

static const struct type_name type_names[] = {
        {"Date", TYPE_DATE, false, 16, true},
        {"Date32", TYPE_DATE32, true, 32, true},
        {"DateTime", TYPE_DATETIME, false, 32, true},
        {"DateTime32", TYPE_DATETIME, false, 32, true},
        {"TIMESTAMP", TYPE_DATETIME, false, 32, true},
        {"DateTime64", TYPE_DATETIME64, true, 64, true},
        {"Int8", TYPE_INTEGER, true, 8, false},
        {"Int16", TYPE_INTEGER, true, 16, false},
        {"Int32", TYPE_INTEGER, true, 32, false},
        {"Int64", TYPE_INTEGER, true, 64, false},
        {"Int128", TYPE_INTEGER, true, 128, false},
        {"Int256", TYPE_INTEGER, true, 256, false},
        {"UInt8", TYPE_INTEGER, false, 8, false},
        {"UInt16", TYPE_INTEGER, false, 16, false},
        {"UInt32", TYPE_INTEGER, false, 32, false},
        {"UInt64", TYPE_INTEGER, false, 64, false},
        {"UInt128", TYPE_INTEGER, false, 128, false},
        {"UInt256", TYPE_INTEGER, false, 256, false},
        {"BYTE", TYPE_INTEGER, true, 8, true},
        {"INT1", TYPE_INTEGER, true, 8, true},
        {"TINYINT", TYPE_INTEGER, true, 8, true},
        {"SMALLINT", TYPE_INTEGER, true, 16, true},
        {"MEDIUMINT", TYPE_INTEGER, true, 32, true},
        {"INT", TYPE_INTEGER, true, 32, true},
        {"INTEGER", TYPE_INTEGER, true, 32, true},
        {"BIGINT", TYPE_INTEGER, true, 64, true},
        {"SIGNED", TYPE_INTEGER, true, 64, true},
        {"UNSIGNED", TYPE_INTEGER, false, 64, true},
        {"YEAR", TYPE_INTEGER, false, 16, true},
};

static bool word_char(char c)
{
	return isalnum((unsigned char)c) || c == '_';
}

/* Comments are legal inside a type; one blank stands for each. */
static struct str without_comments(struct str text, struct arena *arena)
{
	struct buf out;
	struct str copy;
	size_t i = 0;

	if (str_find(text, STR("--")) < 0 && str_find(text, STR("/*")) < 0)
		return str_trim(text);
	buf_init(&out, text.n + 1);
	while (i < text.n) {
		struct str rest = {text.p + i, text.n - i};
		ptrdiff_t end;

		if (!str_starts(rest, STR("--")) && !str_starts(rest, STR("/*"))) {
			buf_addc(&out, text.p[i++]);
			continue;
		}
		end = str_starts(rest, STR("--")) ? str_find(rest, STR("\n"))
		                                  : str_find(rest, STR("*/"));
		buf_addc(&out, ' ');
		i = end < 0 ? text.n : i + (size_t)end + (rest.p[0] == '-' ? 1 : 2);
	}
	copy = arena_str(arena, str_trim(buf_str(&out)));
	buf_release(&out);
	return copy;
}

static struct str first_word(struct str text)
{
	size_t n = 0;

	while (n < text.n && word_char(text.p[n]))
		n++;
	return (struct str){text.p, n};
}

bool type_arguments(struct str text, const char *name, struct str *inside)
{
	struct str word, rest;

	text = str_trim(text);
	if (!text.n)
		return false;
	word = first_word(text);
	rest = str_trim((struct str){text.p + word.n, text.n - word.n});
	if (!str_is(word, name) || rest.n < 2 || rest.p[0] != '(' || rest.p[rest.n - 1] != ')')
		return false;
	*inside = str_trim((struct str){rest.p + 1, rest.n - 2});
	return true;
}

static const struct type_name *find_name(struct str word)
{
	for (size_t i = 0; i < sizeof(type_names) / sizeof(*type_names); i++) {
		const struct type_name *known = &type_names[i];
		struct str name = str_of(known->name);

		if (known->folded ? str_ieq(word, name) : str_eq(word, name))
			return known;
	}
	return NULL;
}

/* What stands behind the name: nothing, arguments, or UNSIGNED and the like. */
static void read_tail(struct type_info *info, struct str tail)
{
	tail = str_trim(tail);
	if (info->class == TYPE_DATETIME64)
		info->scale = 3;
	if (info->class == TYPE_DATETIME64 && tail.n > 1 && tail.p[0] == '(') {
		struct str digits = str_trim((struct str){tail.p + 1, tail.n - 1});

		if (digits.n && isdigit((unsigned char)digits.p[0]))
			info->scale = (unsigned)(digits.p[0] - '0');
	} else if (info->class == TYPE_INTEGER && str_ieq(tail, STR("unsigned"))) {
		info->is_signed = false;
	} else if (info->class == TYPE_INTEGER && tail.n && tail.p[0] != '(' &&
	           !str_ieq(tail, STR("signed"))) {
		info->class = TYPE_OTHER;
	}
}

struct type_info type_read(struct str text, struct arena *arena)
{
	struct type_info info = {.class = TYPE_OTHER};
	const struct type_name *known;
	struct str inside, word;

	text = without_comments(text, arena);
	for (;;) {
		if (type_arguments(text, "Nullable", &inside))
			info.nullable = true;
		else if (!type_arguments(text, "LowCardinality", &inside))
			break;
		text = inside;
	}
	info.bare = text;
	if (!text.n) {
		info.class = TYPE_UNKNOWN;
		return info;
	}
	word = first_word(text);
	known = find_name(word);
	if (!known)
		return info;
	info.class = known->class;
	info.is_signed = known->is_signed;
	info.bits = known->bits;
	read_tail(&info, (struct str){text.p + word.n, text.n - word.n});
	return info;
}

bool type_is_numeric(struct str text, struct arena *arena)
{
	struct type_info info = type_read(text, arena);
	struct str word = first_word(info.bare);

	return info.class == TYPE_INTEGER || str_is(word, "Float32") || str_is(word, "Float64") ||
	       str_is(word, "BFloat16") || str_starts(word, STR("Decimal")) ||
	       str_ieq(word, STR("float")) || str_ieq(word, STR("double")) ||
	       str_ieq(word, STR("real")) || str_ieq(word, STR("dec")) ||
	       str_ieq(word, STR("numeric")) || str_ieq(word, STR("decimal"));
}

/* The next byte that counts; a quoted text's blanks do. */
static int next_char(struct str text, size_t *at, char *quote)
{
	while (*at < text.n) {
		char c = text.p[(*at)++];

		if (*quote) {
			if (c == *quote)
				*quote = 0;
			return (unsigned char)c;
		}
		if (isspace((unsigned char)c))
			continue;
		if (c == '\'' || c == '"' || c == '`')
			*quote = c;
		return (unsigned char)c;
	}
	return -1;
}

bool type_text_equal(struct str a, struct str b)
{
	size_t i = 0, j = 0;
	char quote_a = 0, quote_b = 0;

	for (;;) {
		int x = next_char(a, &i, &quote_a), y = next_char(b, &j, &quote_b);

		if (x != y)
			return false;
		if (x < 0)
			return true;
	}
}

static bool take_digits(struct str *text, size_t count, unsigned *value)
{
	*value = 0;
	if (text->n < count)
		return false;
	for (size_t i = 0; i < count; i++) {
		if (!isdigit((unsigned char)text->p[i]))
			return false;
		*value = *value * 10 + (unsigned)(text->p[i] - '0');
	}
	*text = (struct str){text->p + count, text->n - count};
	return true;
}

static bool take_char(struct str *text, char c)
{
	if (!text->n || text->p[0] != c)
		return false;
	*text = (struct str){text->p + 1, text->n - 1};
	return true;
}

static unsigned days_in_month(unsigned year, unsigned month)
{
	static const unsigned char days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};

	if (month == 2 && ((year % 4 == 0 && year % 100) || year % 400 == 0))
		return 29;
	return days[month - 1];
}

static bool take_date(struct str *text)
{
	unsigned year, month, day;

	return take_digits(text, 4, &year) && take_char(text, '-') &&
	       take_digits(text, 2, &month) && take_char(text, '-') && take_digits(text, 2, &day) &&
	       month >= 1 && month <= 12 && day >= 1 && day <= days_in_month(year, month);
}

static bool take_time(struct str *text)
{
	unsigned hour, minute, second;

	return take_digits(text, 2, &hour) && take_char(text, ':') &&
	       take_digits(text, 2, &minute) && take_char(text, ':') &&
	       take_digits(text, 2, &second) && hour < 24 && minute < 60 && second < 60;
}

bool type_date_text_fits(const struct type_info *type, struct str text)
{
	unsigned digit;

	if (!take_date(&text))
		return false;
	if (type->class == TYPE_DATE || type->class == TYPE_DATE32 || !text.n)
		return !text.n;
	if (!take_char(&text, ' ') && !take_char(&text, 'T'))
		return false;
	if (!take_time(&text))
		return false;
	if (type->class == TYPE_DATETIME64 && take_char(&text, '.')) {
		if (!take_digits(&text, 1, &digit))
			return false;
		while (take_digits(&text, 1, &digit))
			continue;
	}
	return !text.n;
}

/* "128" <= "255" for digits without leading zeros. */
static bool digits_at_most(struct str digits, struct str most)
{
	if (digits.n != most.n)
		return digits.n < most.n;
	return memcmp(digits.p, most.p, most.n) <= 0;
}

static struct str largest(unsigned bits, bool is_signed, bool negative)
{
	switch (bits) {
	case 8:
		return !is_signed ? STR("255") : negative ? STR("128") : STR("127");
	case 16:
		return !is_signed ? STR("65535") : negative ? STR("32768") : STR("32767");
	case 32:
		return !is_signed ? STR("4294967295")
		       : negative ? STR("2147483648")
		                  : STR("2147483647");
	case 64:
		return !is_signed ? STR("18446744073709551615")
		       : negative ? STR("9223372036854775808")
		                  : STR("9223372036854775807");
	default:
		return (struct str){0};
	}
}

bool type_integer_text_fits(const struct type_info *type, struct str text)
{
	bool negative = take_char(&text, '-');
	struct str most = largest(type->bits, type->is_signed, negative);

	if (!text.n || (negative && !type->is_signed))
		return false;
	for (size_t i = 0; i < text.n; i++)
		if (!isdigit((unsigned char)text.p[i]))
			return false;
	while (text.n > 1 && text.p[0] == '0')
		take_char(&text, '0');
	return !most.n || digits_at_most(text, most);
}
