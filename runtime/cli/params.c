#include "runtime/cli/params.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "compiler/base/suggest.h"
#include "runtime/cli/options.h"

/* A key or token; a whole file by mistake shall not become a header or a parameter. */
enum { SECRET_BYTES_MAX = 65536 };

/* Nullable(T) and LowCardinality(T) as T. */
static struct str bare_type(struct str type)
{
	static const struct str wrappers[] = {STR("Nullable("), STR("LowCardinality(")};

	type = str_trim(type);
	for (size_t i = 0; i < 2; i++) {
		if (str_starts(type, wrappers[i]) && str_ends(type, STR(")")))
			return bare_type(
			        (struct str){type.p + wrappers[i].n, type.n - wrappers[i].n - 1});
	}
	return type;
}

static bool is_integer(struct str text, bool is_signed)
{
	size_t i = 0;

	if (text.n && (text.p[0] == '+' || (is_signed && text.p[0] == '-')))
		i = 1;
	if (i == text.n)
		return false;
	for (; i < text.n; i++) {
		if (!isdigit((unsigned char)text.p[i]))
			return false;
	}
	return true;
}

static bool is_float(struct str text)
{
	for (size_t i = 0; i < text.n; i++) {
		if (!isdigit((unsigned char)text.p[i]) && !strchr("+-.eEinfaINFA", text.p[i]))
			return false;
	}
	return text.n > 0;
}

/* 2024-12-17, with anything after it. */
static bool is_date(struct str text)
{
	static const char pattern[] = "dddd-dd-dd";

	if (text.n < sizeof(pattern) - 1)
		return false;
	for (size_t i = 0; i < sizeof(pattern) - 1; i++) {
		if (pattern[i] == 'd' ? !isdigit((unsigned char)text.p[i])
		                      : text.p[i] != pattern[i])
			return false;
	}
	return true;
}

static bool is_sized(struct str type, struct str name)
{
	return str_starts(type, name) &&
	       is_integer((struct str){type.p + name.n, type.n - name.n}, false);
}

bool param_fits(struct str type, struct str value)
{
	type = bare_type(type);
	if (str_is(value, "\\N"))
		return true;
	if (is_sized(type, STR("UInt")))
		return is_integer(value, false);
	if (is_sized(type, STR("Int")))
		return is_integer(value, true);
	if (is_sized(type, STR("Float")))
		return is_float(value);
	if (str_is(type, "Date") || str_is(type, "Date32"))
		return is_date(value);
	if (str_starts(type, STR("DateTime")))
		return is_date(value) || is_float(value);
	return true;
}

static void complain(struct buf *why, const char *format, ...)
        __attribute__((format(printf, 2, 3)));

static void complain(struct buf *why, const char *format, ...)
{
	va_list args;

	if (why->size)
		buf_addc(why, '\n');
	va_start(args, format);
	buf_addv(why, format, args);
	va_end(args);
}

static char *copy(struct str text)
{
	char *out = xmalloc(text.n + 1);

	if (text.n)
		memcpy(out, text.p, text.n);
	out[text.n] = '\0';
	return out;
}

static bool set(struct binding *binding, struct str value)
{
	binding->value = (struct str){copy(value), value.n};
	return true;
}

/* A file's content without its last line end. */
static bool set_from_file(struct binding *binding, const struct param *param, struct buf *why)
{
	char *path = copy(param->from_file);
	FILE *file = fopen(path, "re");
	char *text = xmalloc(SECRET_BYTES_MAX + 1);
	size_t n = file ? fread(text, 1, SECRET_BYTES_MAX + 1, file) : 0;
	bool good = file && !ferror(file) && n <= SECRET_BYTES_MAX;

	if (!good)
		complain(why, "secret '%.*s': can't read '%s': %s", STR_ARG(param->name), path,
		         file && n > SECRET_BYTES_MAX ? "it is larger than 64 KiB"
		                                      : strerror(errno));
	if (file)
		fclose(file);
	if (good && n && text[n - 1] == '\n')
		n--;
	if (good && n && text[n - 1] == '\r')
		n--;
	if (good)
		set(binding, (struct str){text, n});
	explicit_bzero(text, SECRET_BYTES_MAX + 1);
	free(text);
	free(path);
	return good;
}

static void set_secret(struct binding *binding, const struct param *param, struct buf *why)
{
	char *variable;
	const char *value;

	if (param->from_file.n) {
		set_from_file(binding, param, why);
		return;
	}
	variable = copy(param->from_env);
	value = getenv(variable);
	if (value)
		set(binding, str_of(value));
	else
		complain(why,
		         "secret '%.*s' comes from the environment variable '%s', which is not set",
		         STR_ARG(param->name), variable);
	free(variable);
}

static void set_param(struct binding *binding, const struct param *param, char *const *given,
                      size_t given_count, struct buf *why)
{
	struct str name, value = param->value;
	bool found = param->has_default;

	/* The last one wins, as everywhere on a command line. */
	for (size_t i = 0; i < given_count; i++) {
		struct str text;

		if (option_param(given[i], &name, &text) && str_eq(name, param->name)) {
			value = text;
			found = true;
		}
	}
	if (!found)
		complain(why, "the param '%.*s' (%.*s) has no value: give --param %.*s=VALUE",
		         STR_ARG(param->name), STR_ARG(param->type), STR_ARG(param->name));
	else if (!param_fits(param->type, value))
		complain(why, "the value '%.*s' of the param '%.*s' is no %.*s", STR_ARG(value),
		         STR_ARG(param->name), STR_ARG(param->type));
	else
		set(binding, value);
}

static void check_given(const struct graph *graph, struct str name, struct buf *why)
{
	struct suggestion near;

	suggest_begin(&near, name);
	for (size_t i = 0; i < graph->param_count; i++) {
		const struct param *param = &graph->params[i];

		if (!str_eq(param->name, name)) {
			suggest_offer(&near, param->name);
			continue;
		}
		if (param->secret)
			complain(why,
			         "'%.*s' is a secret: its value comes from the environment or a "
			         "file, never from the command line, where others can read it",
			         STR_ARG(name));
		return;
	}
	complain(why, "there is no param '%.*s' in the plan%s%.*s%s", STR_ARG(name),
	         near.best.n ? "; did you mean '" : "", STR_ARG(near.best),
	         near.best.n ? "'?" : "");
}

bool params_init(struct param_values *values, const struct graph *graph, char *const *given,
                 size_t given_count, struct buf *why)
{
	size_t bytes = (graph->param_count + 1) * sizeof(*values->bindings);
	struct str name, text;

	values->count = graph->param_count;
	values->bindings = xmalloc(bytes);
	memset(values->bindings, 0, bytes);
	for (size_t i = 0; i < given_count; i++) {
		if (option_param(given[i], &name, &text))
			check_given(graph, name, why);
	}
	for (size_t i = 0; i < graph->param_count; i++) {
		const struct param *param = &graph->params[i];
		struct binding *binding = &values->bindings[i];

		binding->name = param->name;
		binding->secret = param->secret;
		if (param->secret)
			set_secret(binding, param, why);
		else
			set_param(binding, param, given, given_count, why);
	}
	if (!why->size)
		return true;
	params_release(values);
	return false;
}

void params_release(struct param_values *values)
{
	for (size_t i = 0; i < values->count; i++) {
		char *value = (char *)values->bindings[i].value.p;

		if (value)
			explicit_bzero(value, values->bindings[i].value.n);
		free(value);
	}
	free(values->bindings);
	*values = (struct param_values){0};
}
