/* Keys, passwords and URLs with credentials that stand in a source's text. */
#include "compiler/hazard_internal.h"

#include "compiler/tokens.h"

/* Which argument of a table function is a secret, counted from 0. */
struct secret_place {
	const char *function;
	size_t argument;
};

/* Source: ClickHouse's documentation of each table function. */
static const struct secret_place secret_places[] = {
        {"mysql", 4},
        {"postgresql", 4},
        {"mongodb", 4},
        {"remote", 4},
        {"remoteSecure", 4},
        {"redis", 4},
        {"azureBlobStorage", 4},
        {"jdbc", 9},
        {"azureBlobStorageCluster", 5},
};

static const char *const object_stores[] = {"s3",      "gcs",       "oss",  "cosn",     "deltaLake",
                                            "iceberg", "icebergS3", "hudi", "s3Cluster"};

struct call {
	struct hazard_context *context;
	const struct tokens *tokens;
	size_t name;
	LIST_OF(size_t) arguments; /* their first tokens */
	LIST_OF(size_t) ends;
};

/* Points at the name, as the printed line should not be the one with the secret; told to
 * conceal the line where both stand in one. */
static void tell(struct hazard_context *context, struct span span, const char *what)
{
	struct diag *diag = hazard_tell(context, span, "%s stands in source '%.*s'", what,
	                                STR_ARG(context->source->model.name));

	if (diag)
		diag->conceal = true;
	hazard_hint(context, diag,
	            "declare `secret NAME from env VAR;` and write {NAME:String} in its place");
}

/* The only token of an argument, when that is a string with something in it. */
static bool literal_argument(const struct call *call, size_t i)
{
	size_t at;

	if (i >= call->arguments.count)
		return false;
	at = call->arguments.items[i];
	return call->ends.items[i] == at + 1 && call->tokens->items[at].kind == TOKEN_STRING &&
	       token_text(call->tokens, at).n > 2;
}

/* The second argument of s3() is a format or a key. */
static bool is_format(struct str name)
{
	static const char *const beginnings[] = {
	        "Parquet",
	        "CSV",
	        "TSV",
	        "TabSeparated",
	        "JSON",
	        "Native",
	        "RowBinary",
	        "ORC",
	        "Avro",
	        "Arrow",
	        "Values",
	        "LineAsString",
	        "RawBLOB",
	        "One",
	        "auto",
	        "Template",
	        "CustomSeparated",
	        "Protobuf",
	        "MsgPack",
	        "Regexp",
	        "BSON",
	        "Npy",
	        "CapnProto",
	        "Pretty",
	        "Vertical",
	        "XML",
	        "MySQLDump",
	        "TSKV",
	        "Form",
	        "DWARF",
	        "SQLInsert",
	};

	for (size_t i = 0; i < sizeof(beginnings) / sizeof(*beginnings); i++) {
		struct str beginning = str_of(beginnings[i]);

		if (name.n >= beginning.n && str_ieq((struct str){name.p, beginning.n}, beginning))
			return true;
	}
	return false;
}

static void check_object_store(const struct call *call, struct str function, struct arena *arena)
{
	size_t first = str_is(function, "s3Cluster") ? 2 : 1;
	size_t at;

	if (!literal_argument(call, first) || !literal_argument(call, first + 1))
		return;
	at = call->arguments.items[first];
	if (is_format(token_meaning(call->tokens, at, arena)))
		return;
	tell(call->context, call->tokens->items[call->name].span, "a literal access key");
}

static void check_call(const struct call *call, struct arena *arena)
{
	struct str function = token_text(call->tokens, call->name);

	for (size_t i = 0; i < sizeof(object_stores) / sizeof(*object_stores); i++)
		if (str_is(function, object_stores[i]))
			check_object_store(call, function, arena);
	for (size_t i = 0; i < sizeof(secret_places) / sizeof(*secret_places); i++)
		if (str_is(function, secret_places[i].function) &&
		    literal_argument(call, secret_places[i].argument))
			tell(call->context, call->tokens->items[call->name].span,
			     "a literal password or key");
}

/* f(a, b(c), d): the arguments of the call whose name is at `i`. */
static void read_arguments(struct call *call, size_t i, struct arena *arena)
{
	const struct tokens *tokens = call->tokens;
	size_t end = tokens_skip_group(tokens, i + 1), at = i + 2;
	uint32_t depth = tokens->depth[i + 1] + 1;

	while (at + 1 < end + (at + 1 == end)) {
		size_t begin = at;

		while (at + 1 < end &&
		       (tokens->items[at].kind != TOKEN_COMMA || tokens->depth[at] > depth))
			at++;
		*list_add(arena, &call->arguments) = begin;
		*list_add(arena, &call->ends) = at;
		if (at + 1 >= end)
			break;
		at++;
	}
}

/* scheme://user:password@host, an account's key, a signed URL. */
static bool has_credentials(struct str text)
{
	ptrdiff_t scheme = str_find(text, STR("://"));
	struct str rest;
	bool colon = false;

	if (str_find(text, STR("AccountKey=")) >= 0 ||
	    str_find(text, STR("X-Amz-Signature=")) >= 0 || str_find(text, STR("&sig=")) >= 0)
		return true;
	if (scheme < 0)
		return false;
	rest = (struct str){text.p + scheme + 3, text.n - (size_t)scheme - 3};
	for (size_t i = 0; i < rest.n && rest.p[i] != '/' && rest.p[i] != '?'; i++) {
		colon |= rest.p[i] == ':';
		if (colon && rest.p[i] == '@')
			return true;
	}
	return false;
}

/* `secret_access_key = 'x'` among a table function's arguments. */
static bool is_named_secret(const struct tokens *tokens, size_t i)
{
	static const char *const names[] = {"secret_access_key", "session_token", "password",
	                                    "account_key", "connection_string"};

	if (i + 2 >= tokens->count || tokens->depth[i] == 0 ||
	    tokens->items[i + 1].kind != TOKEN_EQUALS ||
	    tokens->items[i + 2].kind != TOKEN_STRING || token_text(tokens, i + 2).n <= 2)
		return false;
	for (size_t k = 0; k < sizeof(names) / sizeof(*names); k++)
		if (token_is_word(tokens, i, names[k]))
			return true;
	return false;
}

void hazard_credentials(struct hazard_context *context)
{
	struct arena *arena = context->checker->arena;
	struct span name = context->source->entry->span;
	struct tokens tokens;

	tokens_read(context->checker->sources, context->sql, arena, &tokens);
	for (size_t i = 0; i < tokens.count; i++) {
		struct call call = {.context = context, .tokens = &tokens, .name = i};

		if (tokens.items[i].kind == TOKEN_STRING &&
		    has_credentials(token_meaning(&tokens, i, arena)))
			tell(context, name, "a URL or connection string with credentials");
		if (is_named_secret(&tokens, i))
			tell(context, tokens.items[i].span, "a literal password or key");
		if (tokens.items[i].kind != TOKEN_WORD || i + 1 >= tokens.count ||
		    tokens.items[i + 1].kind != TOKEN_LEFT)
			continue;
		read_arguments(&call, i, arena);
		check_call(&call, arena);
	}
}
