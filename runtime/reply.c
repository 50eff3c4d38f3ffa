#include "runtime/reply.h"

#include <ctype.h>
#include <jansson.h>
#include <stdlib.h>

#include "compiler/base/buf.h"
#include "runtime/errors.h"

/* A syntax error repeats the whole statement; nobody reads more than this of it. */
enum { TEXT_BYTES_MAX = 4000, SEEN_BYTES_MAX = 120 };

/* JSONCompactStrings writes NULL as this text; only the column's type tells it from a string. */
static const struct str null_text = STR("ᴺᵁᴸᴸ");

/* The end of `text` cut to `max` bytes, never inside a UTF-8 sequence. */
static struct str cut(struct str text, size_t max)
{
	if (text.n <= max)
		return text;
	while (max && ((unsigned char)text.p[max] & 0xc0) == 0x80)
		max--;
	return (struct str){text.p, max};
}

static int number(struct str text)
{
	long value = 0;

	for (size_t i = 0; i < text.n && isdigit((unsigned char)text.p[i]) && value < 1000000; i++)
		value = value * 10 + (text.p[i] - '0');
	return (int)value;
}

/*
 * The last "Code: N." that an exception's text begins with, or NULL. The last, since a
 * server without exception blocks appends it to what it had written of the result.
 */
static struct str find_exception(struct str body, int *code)
{
	static const struct str marks[] = {STR("Code: "), STR("Poco::Exception. Code: ")};
	struct str found = {NULL, 0};

	for (size_t i = 0; i < body.n; i++) {
		for (size_t m = 0; m < 2; m++) {
			struct str rest = {body.p + i, body.n - i};

			if ((i && body.p[i - 1] != '\n') || !str_starts(rest, marks[m]))
				continue;
			*code = number((struct str){rest.p + marks[m].n, rest.n - marks[m].n});
			found = rest;
		}
	}
	return found;
}

static bool is_exception_block(struct str body)
{
	return str_ends(str_trim(body), STR("__exception__"));
}

/* The message of an exception block: what stands before its trailer "LENGTH TAG __exception__". */
static struct str strip_block(struct str text)
{
	text = str_trim(text);
	if (!str_ends(text, STR("__exception__")))
		return text;
	text = str_trim((struct str){text.p, text.n - STR("__exception__").n});
	/* A damaged block may have the message on the trailer's line: then both are kept. */
	for (size_t n = text.n; n; n--)
		if (text.p[n - 1] == '\n')
			return str_trim((struct str){text.p, n});
	return text;
}

/* 192 to 194: unknown user, wrong or missing password, before 20.x; 516 since. */
static bool is_denial(int code)
{
	return code == 516 || code == 192 || code == 193 || code == 194;
}

/* The message as it is shown: cut, and a NUL, which would end it, is a blank. */
static struct str message_of(struct outcome *outcome, struct str text)
{
	struct str head = cut(text, TEXT_BYTES_MAX);
	char *copy = arena_strdup(outcome_arena(outcome), head);

	for (size_t i = 0; i < head.n; i++)
		if (!copy[i])
			copy[i] = ' ';
	return str_trim((struct str){copy, head.n});
}

static void say_exception(struct outcome *outcome, int code, struct str text)
{
	bool denied = is_denial(code), whole;
	struct str head;

	text = strip_block(text);
	whole = text.n <= TEXT_BYTES_MAX;
	head = message_of(outcome, text);
	if (!head.n)
		head = str_of(arena_printf(outcome_arena(outcome), "Code: %d", code));
	outcome_say(outcome, denied ? OUTCOME_DENIED : OUTCOME_EXCEPTION, "%.*s%s%s%s",
	            STR_ARG(head), whole ? "" : " …", denied ? "; " : "",
	            denied ? error_info(516)->advice : "");
	outcome->code = code;
}

/* The first bytes of a body, fit to be shown inside a message. */
static const char *seen(struct outcome *outcome, struct str body)
{
	struct str head = cut(str_trim(body), SEEN_BYTES_MAX);
	char *copy = arena_strdup(outcome_arena(outcome), head);

	for (char *c = copy; *c; c++) {
		if ((unsigned char)*c < ' ' || *c == 0x7f)
			*c = ' ';
		else if ((unsigned char)*c >= 0x80)
			*c = '?';
	}
	return copy;
}

static void say_nonsense(struct outcome *outcome, const struct http_answer *answer,
                         const char *what)
{
	outcome_say(outcome, OUTCOME_NONSENSE, "%s: status %d%s%s%s, body begins '%s'", what,
	            answer->status, answer->server.n ? ", server '" : "",
	            answer->server.n ? seen(outcome, answer->server) : "",
	            answer->server.n ? "'" : "", seen(outcome, answer->body));
}

static bool is_nullable(const char *type)
{
	struct str text = str_of(type);

	return str_starts(text, STR("Nullable(")) ||
	       str_starts(text, STR("LowCardinality(Nullable("));
}

/* Copies the row's values into `values`; false when it isn't a row of that many texts. */
static bool take_row(struct arena *arena, json_t *row, const bool *nullable, size_t count,
                     struct str *values)
{
	if (json_array_size(row) != count)
		return false;
	for (size_t i = 0; i < count; i++) {
		json_t *value = json_array_get(row, i);
		struct str text;

		if (json_is_null(value)) {
			values[i] = (struct str){NULL, 0};
			continue;
		}
		if (!json_is_string(value))
			return false;
		text = (struct str){json_string_value(value), json_string_length(value)};
		if (nullable[i] && str_eq(text, null_text))
			values[i] = (struct str){NULL, 0};
		else
			values[i] = arena_str(arena, text);
	}
	return true;
}

static bool take_columns(struct arena *arena, json_t *meta, struct reply *reply, bool **nullable)
{
	reply->column_count = json_array_size(meta);
	reply->columns = arena_array(arena, struct str, reply->column_count);
	*nullable = arena_array(arena, bool, reply->column_count);
	for (size_t i = 0; i < reply->column_count; i++) {
		json_t *column = json_array_get(meta, i);
		json_t *name = json_object_get(column, "name");
		const char *type = json_string_value(json_object_get(column, "type"));

		if (!json_is_string(name) || !type)
			return false;
		reply->columns[i] = arena_str(
		        arena, (struct str){json_string_value(name), json_string_length(name)});
		(*nullable)[i] = is_nullable(type);
	}
	return reply->column_count > 0;
}

static bool take_rows(struct arena *arena, json_t *root, struct reply *reply)
{
	json_t *data = json_object_get(root, "data");
	json_t *rows = json_object_get(root, "rows");
	bool *nullable;

	if (!json_is_array(data) || !json_is_integer(rows) ||
	    !take_columns(arena, json_object_get(root, "meta"), reply, &nullable))
		return false;
	reply->row_count = json_array_size(data);
	if ((json_int_t)reply->row_count != json_integer_value(rows))
		return false;
	reply->values = arena_array(arena, struct str, reply->row_count * reply->column_count);
	for (size_t i = 0; i < reply->row_count; i++) {
		if (!take_row(arena, json_array_get(data, i), nullable, reply->column_count,
		              reply->values + i * reply->column_count))
			return false;
	}
	return true;
}

static bool parse_rows(struct arena *arena, struct str body, struct reply *reply)
{
	json_t *root = json_loadb(body.p, body.n, JSON_ALLOW_NUL | JSON_REJECT_DUPLICATES, NULL);
	bool taken = root && take_rows(arena, root, reply);

	json_decref(root);
	return taken;
}

static uint64_t summary_number(json_t *root, const char *name)
{
	const char *text = json_string_value(json_object_get(root, name));

	return text ? strtoull(text, NULL, 10) : 0;
}

static void take_summary(struct str summary, struct reply *reply)
{
	json_t *root = summary.n ? json_loadb(summary.p, summary.n, 0, NULL) : NULL;

	reply->read_rows = summary_number(root, "read_rows");
	reply->read_bytes = summary_number(root, "read_bytes");
	reply->written_rows = summary_number(root, "written_rows");
	reply->memory_bytes = summary_number(root, "memory_usage");
	json_decref(root);
}

/* A complete 200 without any sign of an exception. */
static void take_reply(const struct http_answer *answer, struct outcome *outcome)
{
	struct arena *arena = outcome_arena(outcome);
	struct reply *reply = &outcome->reply;

	if (str_trim(answer->body).n == 0) {
		if (!answer->from_clickhouse) {
			say_nonsense(outcome, answer, "this is not ClickHouse");
			return;
		}
	} else if (!parse_rows(arena, answer->body, reply)) {
		*reply = (struct reply){.arena = arena};
		say_nonsense(outcome, answer,
		             answer->from_clickhouse ? "an answer that can't be understood"
		                                     : "this is not ClickHouse");
		return;
	}
	take_summary(answer->summary, reply);
	outcome->kind = OUTCOME_OK;
}

void reply_decide(const struct http_answer *answer, struct outcome *outcome)
{
	bool ok = answer->status == 200;
	int code = 0;
	struct str exception = {NULL, 0};

	/* A body of rows is never searched for texts that look like errors: they may be data. */
	if (!ok || !answer->complete || answer->exception_code.n ||
	    is_exception_block(answer->body) || !str_starts(str_trim(answer->body), STR("{")) ||
	    !str_ends(str_trim(answer->body), STR("}")))
		exception = find_exception(answer->body, &code);
	if (answer->exception_code.n) {
		code = number(answer->exception_code);
		say_exception(outcome, code, exception.n ? exception : answer->body);
	} else if (exception.n && code) {
		say_exception(outcome, code, exception);
	} else if (is_exception_block(answer->body)) {
		say_exception(outcome, 0, answer->body);
	} else if (answer->overflow) {
		outcome_say(outcome, OUTCOME_NONSENSE, "the answer is longer than %zu MiB",
		            REPLY_BYTES_MAX >> 20);
	} else if (!answer->complete) {
		outcome_say(outcome, OUTCOME_LOST,
		            "the connection broke in the middle of the answer");
	} else if (answer->status >= 502 && answer->status <= 504) {
		outcome_say(outcome, OUTCOME_LOST, "a gateway answered for the server: status %d",
		            answer->status);
	} else if (!ok) {
		say_nonsense(outcome, answer, "not an answer of ClickHouse's HTTP interface");
	} else {
		take_reply(answer, outcome);
	}
}

static bool is_word_byte(char c)
{
	return isalnum((unsigned char)c) || c == '_' || ((unsigned char)c & 0x80);
}

/* Whether `value` may be masked where it was found at `at`: see reply.h. */
static bool may_mask(struct str text, size_t at, struct str value)
{
	if (value.n >= 4)
		return true;
	if (at && is_word_byte(text.p[at - 1]))
		return false;
	return at + value.n == text.n || !is_word_byte(text.p[at + value.n]);
}

static void mask_value(struct outcome *outcome, struct str value)
{
	struct str text = outcome->text;
	struct buf out;
	bool found = false;

	if (!value.n || str_find(text, value) < 0)
		return;
	buf_init(&out, BUF_CEILING_OUTPUT);
	for (size_t i = 0; i < text.n;) {
		if (str_starts((struct str){text.p + i, text.n - i}, value) &&
		    may_mask(text, i, value)) {
			buf_addz(&out, "***");
			i += value.n;
			found = true;
		} else {
			buf_addc(&out, text.p[i++]);
		}
	}
	if (found)
		outcome->text = arena_str(outcome_arena(outcome), buf_str(&out));
	buf_release(&out);
}

/* The value as it looks inside an SQL string or TSV: with backslash escapes. */
static void mask_escaped(struct outcome *outcome, struct str value)
{
	struct buf out;

	buf_init(&out, BUF_CEILING_OUTPUT);
	for (size_t i = 0; i < value.n; i++) {
		static const char plain[] = "\\'\n\t\r";
		static const char escaped[] = "\\'ntr";
		const char *special = value.p[i] ? strchr(plain, value.p[i]) : NULL;

		if (special)
			buf_addc(&out, '\\');
		buf_addc(&out, special ? escaped[special - plain] : value.p[i]);
	}
	if (!str_eq(buf_str(&out), value))
		mask_value(outcome, buf_str(&out));
	buf_release(&out);
}

void reply_mask(struct outcome *outcome, const struct binding *params, size_t param_count)
{
	for (size_t i = 0; i < param_count; i++) {
		if (!params[i].secret || !outcome->text.n)
			continue;
		mask_escaped(outcome, params[i].value);
		mask_value(outcome, params[i].value);
	}
}
