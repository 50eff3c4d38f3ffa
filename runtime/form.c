#include "runtime/form.h"

#include <stdio.h>

#include "compiler/base/sqltext.h"

/* Under http_max_field_value_size, with some room. */
enum { FIELD_BYTES_MAX = 120000 };
/* The server's default; longer statements need the setting. */
enum { QUERY_BYTES_DEFAULT_MAX = 262144 };

static void add_url_encoded(struct buf *out, struct str text)
{
	for (size_t i = 0; i < text.n; i++) {
		unsigned char c = (unsigned char)text.p[i];
		bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
		             (c >= '0' && c <= '9') || c == '-' || c == '_' || c == '.';

		if (plain)
			buf_addc(out, (char)c);
		else
			buf_addf(out, "%%%02X", c);
	}
}

static void add_url_param(struct buf *url, struct str name, struct str value)
{
	buf_addc(url, url->data && strchr(url->data, '?') ? '&' : '?');
	add_url_encoded(url, name);
	buf_addc(url, '=');
	add_url_encoded(url, value);
}

/* A setting's value is SQL text; in a URL a string stands without quotes and escapes. */
static void add_url_setting(struct buf *url, const struct setting *setting)
{
	struct str value = setting->value;
	struct buf plain;

	buf_init(&plain, BUF_CEILING_OUTPUT);
	if (value.n >= 2 && value.p[0] == '\'' && value.p[value.n - 1] == '\'') {
		for (size_t i = 1; i + 1 < value.n; i++) {
			if ((value.p[i] == '\\' || value.p[i] == '\'') && i + 2 < value.n)
				i++;
			buf_addc(&plain, value.p[i]);
		}
		value = buf_str(&plain);
	}
	add_url_param(url, setting->name, value);
	buf_release(&plain);
}

static void add_url(struct buf *url, const char *base, const struct request *request)
{
	buf_addz(url, base);
	add_url_param(url, STR("wait_end_of_query"), STR("1"));
	add_url_param(url, STR("default_format"), STR("JSONCompactStrings"));
	if (request->bare) {
		if (request->query_id.n)
			add_url_param(url, STR("query_id"), request->query_id);
		return;
	}
	add_url_param(url, STR("http_write_exception_in_output_format"), STR("0"));
	for (const struct setting *s = graph_pinned_settings; s->name.n; s++)
		add_url_setting(url, s);
	for (size_t i = 0; i < request->setting_count; i++)
		add_url_setting(url, &request->settings[i]);
	if (request->sql.n >= QUERY_BYTES_DEFAULT_MAX) {
		char size[32];

		snprintf(size, sizeof(size), "%zu", request->sql.n + 1024);
		add_url_param(url, STR("max_query_size"), str_of(size));
	}
	if (request->query_id.n)
		add_url_param(url, STR("query_id"), request->query_id);
}

static void add_field(struct buf *body, const char *boundary, const char *prefix, struct str name,
                      struct str value)
{
	buf_addf(body, "--%s\r\nContent-Disposition: form-data; name=\"%s%.*s\"\r\n\r\n", boundary,
	         prefix, STR_ARG(name));
	buf_add(body, value);
	buf_addz(body, "\r\n");
}

/* Whether the statement uses the parameter as {name:Identifier}. */
static bool is_identifier(struct str sql, struct str name)
{
	struct buf pattern;
	bool found;

	buf_init(&pattern, BUF_CEILING_OUTPUT);
	buf_addf(&pattern, "{%.*s:Identifier}", STR_ARG(name));
	found = str_find(sql, buf_str(&pattern)) >= 0;
	buf_release(&pattern);
	return found;
}

static void add_param_value(struct buf *out, const struct request *request,
                            const struct binding *param)
{
	if (is_identifier(request->sql, param->name))
		buf_add(out, param->value);
	else
		sql_add_param_value(out, param->value);
}

static void add_form(struct buf *body, const char *boundary, const struct request *request)
{
	struct buf value;

	for (size_t at = 0; at < request->sql.n; at += FIELD_BYTES_MAX) {
		size_t n = request->sql.n - at;

		if (n > FIELD_BYTES_MAX)
			n = FIELD_BYTES_MAX;
		add_field(body, boundary, "", STR("query"), (struct str){request->sql.p + at, n});
	}
	buf_init(&value, FORM_BYTES_MAX);
	for (size_t i = 0; i < request->param_count; i++) {
		buf_reset(&value);
		add_param_value(&value, request, &request->params[i]);
		add_field(body, boundary, "param_", request->params[i].name, buf_str(&value));
		if (value.data)
			explicit_bzero(value.data, value.size);
	}
	buf_release(&value);
	buf_addf(body, "--%s--\r\n", boundary);
}

/* With data there is no form: parameters have to stand in the URL. Only the journal does this,
 * without any. */
static void add_plain(struct form *form, const struct request *request)
{
	struct buf name, value;

	buf_init(&name, BUF_CEILING_OUTPUT);
	buf_init(&value, BUF_CEILING_OUTPUT);
	for (size_t i = 0; i < request->param_count; i++) {
		buf_reset(&name);
		buf_reset(&value);
		buf_addf(&name, "param_%.*s", STR_ARG(request->params[i].name));
		add_param_value(&value, request, &request->params[i]);
		add_url_param(&form->url, buf_str(&name), buf_str(&value));
	}
	buf_release(&name);
	buf_release(&value);
	buf_add(&form->body, request->sql);
	buf_addc(&form->body, '\n');
	buf_add(&form->body, request->body);
}

static bool occurs(const struct request *request, struct str boundary)
{
	if (str_find(request->sql, boundary) >= 0)
		return true;
	for (size_t i = 0; i < request->param_count; i++) {
		if (str_find(request->params[i].value, boundary) >= 0)
			return true;
	}
	return false;
}

bool form_init(struct form *form, const char *base, const struct request *request, uint32_t random)
{
	char boundary[48];

	buf_init(&form->url, BUF_CEILING_OUTPUT);
	buf_init(&form->body, FORM_BYTES_MAX);
	add_url(&form->url, base, request);
	if (request->body.n) {
		add_plain(form, request);
		snprintf(form->content_type, sizeof(form->content_type),
		         "application/octet-stream");
		return !form->body.overflow;
	}
	/* A boundary must not occur in what it bounds: look, rather than trust in luck. */
	do {
		snprintf(boundary, sizeof(boundary), "bfc-boundary-%08x", random++);
	} while (occurs(request, str_of(boundary)));
	add_form(&form->body, boundary, request);
	snprintf(form->content_type, sizeof(form->content_type), "multipart/form-data; boundary=%s",
	         boundary);
	return !form->body.overflow;
}

void form_release(struct form *form)
{
	if (form->body.data)
		explicit_bzero(form->body.data, form->body.size);
	buf_release(&form->body);
	buf_release(&form->url);
}
