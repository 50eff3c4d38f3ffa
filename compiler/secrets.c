#include "compiler/secrets.h"

#include "compiler/tokens.h"

enum secret_kind {
	OBJECT_STORE, /* (url, key, secret[, session token][, format]) or (url, format) */
	AZURE,        /* (url, container, path, account, key) or (url, container, path, format) */
	REMOTE,   /* (address, db, table, user, password) or (address, db.table, user, password) */
	PASSWORD, /* one argument, always at the same place */
	NAMED_ALONE, /* headers(…) and the like: name = 'value' */
};

struct secret_function {
	const char *name;
	enum secret_kind kind;
	size_t argument; /* the first secret one, counted from 0 */
};

/* Functions are in lower case, engines as they are written; ClickHouse folds neither. */
static const struct secret_function functions[] = {
        {"s3", OBJECT_STORE, 1},
        {"s3Cluster", OBJECT_STORE, 2},
        {"gcs", OBJECT_STORE, 1},
        {"oss", OBJECT_STORE, 1},
        {"cosn", OBJECT_STORE, 1},
        {"deltaLake", OBJECT_STORE, 1},
        {"deltaLakeS3", OBJECT_STORE, 1},
        {"deltaLakeCluster", OBJECT_STORE, 2},
        {"iceberg", OBJECT_STORE, 1},
        {"icebergS3", OBJECT_STORE, 1},
        {"icebergCluster", OBJECT_STORE, 2},
        {"icebergS3Cluster", OBJECT_STORE, 2},
        {"hudi", OBJECT_STORE, 1},
        {"hudiCluster", OBJECT_STORE, 2},
        {"paimon", OBJECT_STORE, 1},
        {"paimonS3", OBJECT_STORE, 1},
        {"S3", OBJECT_STORE, 1},
        {"S3Queue", OBJECT_STORE, 1},
        {"GCS", OBJECT_STORE, 1},
        {"OSS", OBJECT_STORE, 1},
        {"COSN", OBJECT_STORE, 1},
        {"DeltaLake", OBJECT_STORE, 1},
        {"Iceberg", OBJECT_STORE, 1},
        {"IcebergS3", OBJECT_STORE, 1},
        {"Hudi", OBJECT_STORE, 1},
        {"azureBlobStorage", AZURE, 4},
        {"azureBlobStorageCluster", AZURE, 5},
        {"icebergAzure", AZURE, 4},
        {"icebergAzureCluster", AZURE, 5},
        {"deltaLakeAzure", AZURE, 4},
        {"paimonAzure", AZURE, 4},
        {"AzureBlobStorage", AZURE, 4},
        {"AzureQueue", AZURE, 4},
        {"IcebergAzure", AZURE, 4},
        {"remote", REMOTE, 4},
        {"remoteSecure", REMOTE, 4},
        {"mysql", PASSWORD, 4},
        {"postgresql", PASSWORD, 4},
        {"mongodb", PASSWORD, 4},
        {"redis", PASSWORD, 4},
        {"arrowFlight", PASSWORD, 3},
        {"arrowflight", PASSWORD, 3},
        {"ytsaurus", PASSWORD, 2},
        {"MySQL", PASSWORD, 4},
        {"PostgreSQL", PASSWORD, 4},
        {"MaterializedPostgreSQL", PASSWORD, 4},
        {"MongoDB", PASSWORD, 4},
        {"Redis", PASSWORD, 2},
        {"ExternalDistributed", PASSWORD, 5},
        {"encrypt", PASSWORD, 2},
        {"decrypt", PASSWORD, 2},
        {"tryDecrypt", PASSWORD, 2},
        {"aes_encrypt_mysql", PASSWORD, 2},
        {"aes_decrypt_mysql", PASSWORD, 2},
        {"url", NAMED_ALONE, 0},
        {"urlCluster", NAMED_ALONE, 0},
        {"headers", NAMED_ALONE, 0},
        {"URL", NAMED_ALONE, 0},
};

struct finder {
	const struct source_set *sources;
	struct arena *arena;
	struct tokens tokens;
	struct secret_list *out;
	bool lenient; /* the statement may be wrong: rather too much than too little */
};

static const struct secret_function *function_named(struct str name)
{
	for (size_t i = 0; i < sizeof(functions) / sizeof(*functions); i++)
		if (str_is(name, functions[i].name))
			return &functions[i];
	return NULL;
}

static bool contains_folded(struct str text, const char *word)
{
	struct str needle = str_of(word);

	for (size_t i = 0; i + needle.n <= text.n; i++)
		if (str_ieq((struct str){text.p + i, needle.n}, needle))
			return true;
	return false;
}

/* --- arguments ------------------------------------------------------------------------------- */

struct call {
	struct finder *finder;
	LIST_OF(size_t) begins; /* each argument's first token */
	LIST_OF(size_t) ends;
};

/* f(a, b(c), d) whose `(` is token `open`; also of a call that is not closed. */
static void read_call(struct call *call, size_t open)
{
	const struct tokens *tokens = &call->finder->tokens;
	size_t close = tokens_skip_group(tokens, open), i = open + 1;
	uint32_t depth = tokens->depth[open] + 1;

	if (close > i && tokens->items[close - 1].kind == TOKEN_RIGHT)
		close--;
	while (i < close) {
		size_t begin = i;

		while (i < close &&
		       (tokens->items[i].kind != TOKEN_COMMA || tokens->depth[i] > depth))
			i++;
		*list_add(call->finder->arena, &call->begins) = begin;
		*list_add(call->finder->arena, &call->ends) = i;
		i++;
	}
}

/* The one token that an argument is; NULL when it is longer or not there. */
static const struct token *only_token(const struct call *call, size_t argument)
{
	if (argument >= call->begins.count ||
	    call->ends.items[argument] != call->begins.items[argument] + 1)
		return NULL;
	return &call->finder->tokens.items[call->begins.items[argument]];
}

/* A string with something in it. */
static bool is_literal(const struct call *call, size_t argument)
{
	const struct token *token = only_token(call, argument);

	return token && token->kind == TOKEN_STRING && token->span.end - token->span.begin > 2;
}

static bool is_param(const struct call *call, size_t argument)
{
	const struct token *token = only_token(call, argument);

	return token && token->kind == TOKEN_PARAM;
}

static struct span unquoted(struct span literal)
{
	return (struct span){literal.file, literal.begin + 1, literal.end - 1};
}

static struct str literal_text(const struct call *call, size_t argument)
{
	return span_text(call->finder->sources, unquoted(only_token(call, argument)->span));
}

static void add(struct finder *finder, struct span span, const char *what)
{
	/* What a server shows in place of one, and `bfc inspect` writes. */
	if (str_is(span_text(finder->sources, span), "[HIDDEN]"))
		return;
	*list_add(finder->arena, &finder->out->list) = (struct secret){span, what};
}

static void add_argument(const struct call *call, size_t argument, const char *what)
{
	if (is_literal(call, argument))
		add(call->finder, unquoted(only_token(call, argument)->span), what);
}

/* --- what the functions take ----------------------------------------------------------------- */

/* Where a key may stand, a format may, too. */
static bool is_format(struct str name)
{
	static const char *const beginnings[] = {
	        "Parquet", "CSV",      "TSV",       "TabSeparated", "JSON",   "Native",
	        "Row",     "ORC",      "Avro",      "Arrow",        "Values", "LineAsString",
	        "RawBLOB", "One",      "auto",      "Template",     "Custom", "Protobuf",
	        "MsgPack", "Regexp",   "BSON",      "Npy",          "Capn",   "Pretty",
	        "XML",     "Vertical", "MySQLDump", "TSKV",         "Form",   "DWARF",
	        "SQL",     "Buffers",  "HiveText",  "Markdown",     "Hash",   "Null",
	};

	for (size_t i = 0; i < sizeof(beginnings) / sizeof(*beginnings); i++) {
		struct str beginning = str_of(beginnings[i]);

		if (name.n >= beginning.n && str_ieq((struct str){name.p, beginning.n}, beginning))
			return true;
	}
	return false;
}

static void check_object_store(const struct call *call, size_t key)
{
	size_t secret = key + 1;

	if (!is_literal(call, secret))
		return;
	if (is_literal(call, key)) {
		if (is_format(literal_text(call, key)))
			return;
		add_argument(call, key, "a literal access key");
		add_argument(call, secret, NULL);
	} else if (is_param(call, key)) {
		struct str text = literal_text(call, secret);

		/* A structure has blanks: s3(url, {format:String}, 'a UInt8'). */
		if (memchr(text.p, ' ', text.n) || is_format(text))
			return;
		add_argument(call, secret, "a literal access key");
	}
	if (is_literal(call, secret + 1) && !is_format(literal_text(call, secret + 1)))
		add_argument(call, secret + 1, NULL);
}

static void check_remote(const struct call *call, size_t password)
{
	/* `db.table` and a table function are one argument in place of two. */
	if (call->begins.count > 1 && !only_token(call, 1))
		password--;
	add_argument(call, password, "a literal password");
}

static bool is_secret_name(struct str name)
{
	static const char *const words[] = {
	        "password",          "secret",         "token",       "credential",
	        "authorization",     "account_key",    "api_key",     "api-key",
	        "connection_string", "clickhouse-key", "auth_header", "cookie",
	};

	for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++)
		if (contains_folded(name, words[i]))
			return true;
	return false;
}

/* secret_access_key = 'x', 'Authorization' = 'x' */
static void check_named(const struct call *call)
{
	struct finder *finder = call->finder;

	for (size_t i = 0; i < call->begins.count; i++) {
		size_t at = call->begins.items[i];
		const struct token *tokens = &finder->tokens.items[at];

		if (call->ends.items[i] != at + 3 || tokens[1].kind != TOKEN_EQUALS ||
		    tokens[2].kind != TOKEN_STRING ||
		    tokens[2].span.end - tokens[2].span.begin <= 2)
			continue;
		if (is_secret_name(token_text(&finder->tokens, at)))
			add(finder, unquoted(tokens[2].span), "a literal password or key");
	}
}

/* A comma was forgotten behind a string: what stands where can't be told any more. */
static bool is_broken(const struct call *call)
{
	const struct token *tokens = call->finder->tokens.items;

	for (size_t i = 0; i < call->begins.count; i++)
		for (size_t k = call->begins.items[i]; k + 1 < call->ends.items[i]; k++)
			if (tokens[k].kind == TOKEN_STRING &&
			    (tokens[k + 1].kind == TOKEN_STRING ||
			     tokens[k + 1].kind == TOKEN_WORD || tokens[k + 1].kind == TOKEN_PARAM))
				return true;
	return false;
}

/* Strings of a broken call; of any call, those that an argument is made of where a secret belongs. */
static void check_leniently(const struct call *call, const struct secret_function *function)
{
	const struct token *tokens = call->finder->tokens.items;
	bool broken = is_broken(call);

	for (size_t i = 0; i < call->begins.count; i++) {
		size_t begin = call->begins.items[i], end = call->ends.items[i];
		bool made = function->kind != NAMED_ALONE && i >= function->argument &&
		            end > begin + 1 && tokens[begin + 1].kind != TOKEN_EQUALS;

		for (size_t k = begin; (broken || made) && k < end; k++)
			if (tokens[k].kind == TOKEN_STRING)
				add(call->finder, unquoted(tokens[k].span), NULL);
	}
}

static void check_call(struct finder *finder, const struct secret_function *function, size_t open)
{
	struct call call = {.finder = finder};

	read_call(&call, open);
	switch (function->kind) {
	case OBJECT_STORE:
		check_object_store(&call, function->argument);
		break;
	case AZURE:
		if (!is_literal(&call, function->argument - 1) ||
		    !is_format(literal_text(&call, function->argument - 1)))
			add_argument(&call, function->argument, "a literal account key");
		break;
	case REMOTE:
		check_remote(&call, function->argument);
		break;
	case PASSWORD:
		add_argument(&call, function->argument, "a literal password or key");
		break;
	case NAMED_ALONE:
		break;
	}
	check_named(&call);
	if (finder->lenient)
		check_leniently(&call, function);
}

/* --- URLs and connection strings ------------------------------------------------------------- */

/* Where a value ends that began behind `=`. */
static size_t value_end(struct str text, size_t i)
{
	while (i < text.n && text.p[i] != '&' && text.p[i] != ';' && text.p[i] != '#')
		i++;
	return i;
}

static bool begins_value(struct str text, size_t i)
{
	return i == 0 || text.p[i - 1] == '?' || text.p[i - 1] == '&' || text.p[i - 1] == ';';
}

/* ?password=x, ;AccountKey=x: the value that begins at `i`, as [*begin, *end). */
static bool secret_value(struct str text, size_t i, size_t *begin, size_t *end)
{
	static const char *const keys[] = {
	        "password=",
	        "passwd=",
	        "pwd=",
	        "secret=",
	        "token=",
	        "access_token=",
	        "api_key=",
	        "apikey=",
	        "sig=",
	        "X-Amz-Signature=",
	        "X-Amz-Security-Token=",
	        "X-Goog-Signature=",
	        "AccountKey=",
	        "SharedAccessSignature=",
	};

	if (!begins_value(text, i))
		return false;
	for (size_t k = 0; k < sizeof(keys) / sizeof(*keys); k++) {
		struct str key = str_of(keys[k]);

		if (i + key.n >= text.n || !str_ieq((struct str){text.p + i, key.n}, key))
			continue;
		*begin = i + key.n;
		*end = value_end(text, *begin);
		return *end > *begin;
	}
	return false;
}

/* scheme://user:password@host, at the `://` */
static bool url_password(struct str text, size_t i, size_t *begin, size_t *end)
{
	struct str here = {text.p + i, text.n - i};

	if (!str_starts(here, STR("://")))
		return false;
	*begin = 0;
	for (size_t k = i + 3; k < text.n && text.p[k] != '/' && text.p[k] != '?'; k++) {
		if (text.p[k] == ':' && !*begin)
			*begin = k + 1;
		if (text.p[k] == '@' && *begin && k > *begin) {
			*end = k;
			return true;
		}
	}
	return false;
}

static void check_string(struct finder *finder, struct span span)
{
	struct str text = span_text(finder->sources, span);
	const char *what = "a URL or connection string with credentials";

	for (size_t i = 0; i < text.n; i++) {
		size_t begin, end;

		if (!secret_value(text, i, &begin, &end) && !url_password(text, i, &begin, &end))
			continue;
		add(finder,
		    (struct span){span.file, span.begin + (uint32_t)begin,
		                  span.begin + (uint32_t)end},
		    what);
		what = NULL;
		i = end - 1;
	}
}

/* --- a run of SQL ---------------------------------------------------------------------------- */

/* kafka_sasl_password = 'x' among an engine's settings. */
static bool is_secret_setting(const struct tokens *tokens, size_t i)
{
	static const char *const names[] = {
	        "kafka_sasl_password", "rabbitmq_password",     "nats_password",
	        "nats_token",          "secret_access_key",     "aws_secret_access_key",
	        "catalog_credential",  "onelake_client_secret",
	};

	if (tokens->depth[i] > 0 || i + 2 >= tokens->count ||
	    tokens->items[i + 1].kind != TOKEN_EQUALS || tokens->items[i + 2].kind != TOKEN_STRING)
		return false;
	for (size_t k = 0; k < sizeof(names) / sizeof(*names); k++)
		if (token_is_word(tokens, i, names[k]))
			return tokens->items[i + 2].span.end - tokens->items[i + 2].span.begin > 2;
	return false;
}

static void find(struct finder *finder, struct span sql)
{
	const struct tokens *tokens = &finder->tokens;

	tokens_read(finder->sources, sql, finder->arena, &finder->tokens);
	for (size_t i = 0; i < tokens->count; i++) {
		const struct token *token = &tokens->items[i];
		const struct secret_function *function;

		if (token->kind == TOKEN_STRING)
			check_string(finder, unquoted(token->span));
		if (token->kind != TOKEN_WORD)
			continue;
		if (is_secret_setting(tokens, i))
			add(finder, unquoted(token[2].span), "a literal password or key");
		function =
		        token[1].kind == TOKEN_LEFT ? function_named(token_text(tokens, i)) : NULL;
		if (function)
			check_call(finder, function, i + 1);
	}
}

void secrets_find(const struct source_set *sources, struct span sql, struct arena *arena,
                  struct secret_list *out)
{
	struct finder finder = {.sources = sources, .arena = arena, .out = out};

	find(&finder, sql);
}

/* --- for the printers ------------------------------------------------------------------------ */

static bool is_word_byte(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       c == '_';
}

static bool calls_keeper(struct str text, size_t paren)
{
	size_t end = paren, begin;

	while (end > 0 && (text.p[end - 1] == ' ' || text.p[end - 1] == '\n'))
		end--;
	for (begin = end; begin > 0 && is_word_byte(text.p[begin - 1]);)
		begin--;
	return end > begin && function_named((struct str){text.p + begin, end - begin});
}

/* Also a typographic one, which begins no token. */
static bool has_quote(struct str text)
{
	for (size_t i = 0; i < text.n; i++)
		if (text.p[i] == '\'' || (unsigned char)text.p[i] >= 0x80)
			return true;
	return false;
}

/* Quotes do not match: what is a string can't be told, so all of the arguments are hidden. */
static void conceal_broken(struct diag_list *diags, const struct source_set *sources,
                           struct span statement, uint32_t error)
{
	struct str text = span_text(sources, statement);

	if (!has_quote(span_text(sources, (struct span){statement.file, error, statement.end})))
		return;

	for (size_t i = 0; i < text.n; i++) {
		size_t begin, end;

		if (text.p[i] == '(' && calls_keeper(text, i))
			begin = i + 1;
		else if (!secret_value(text, i, &begin, &end) &&
		         !url_password(text, i, &begin, &end))
			continue;
		statement.begin += (uint32_t)begin;
		*list_add(diags->arena, &diags->concealed) = statement;
		return;
	}
}

static void conceal_statement(struct diag_list *diags, const struct source_set *sources,
                              struct span statement, uint32_t error)
{
	struct secret_list found = {0};
	struct finder finder = {.sources = sources, .out = &found, .lenient = true};
	struct arena arena;

	arena_init(&arena);
	finder.arena = &arena;
	find(&finder, statement);
	for (size_t i = 0; i < found.list.count; i++)
		*list_add(diags->arena, &diags->concealed) = found.list.items[i].span;
	arena_release(&arena);
	if (error < statement.end)
		conceal_broken(diags, sources, statement, error);
}

static void conceal_file(struct diag_list *diags, const struct source_set *sources, uint32_t file)
{
	const struct source *source = sources->list.items[file];
	struct span statement = {file, 0, 0};
	struct lexer lexer;
	struct token token;
	uint32_t error = UINT32_MAX; /* the first one's place in this statement */

	lexer_init(&lexer, source, 0, (uint32_t)source->text.n, NULL);
	do {
		token = lexer_next(&lexer);
		if (token.kind == TOKEN_ERROR && error == UINT32_MAX)
			error = token.span.begin;
		if (token.kind != TOKEN_SEMICOLON && token.kind != TOKEN_END)
			continue;
		statement.end =
		        token.kind == TOKEN_END ? (uint32_t)source->text.n : token.span.begin;
		conceal_statement(diags, sources, statement, error);
		statement.begin = token.span.end;
		error = UINT32_MAX;
		lexer.depth = 0; /* as the parser does */
	} while (token.kind != TOKEN_END);
	lexer_release(&lexer);
}

void secrets_conceal(const struct source_set *sources, struct diag_list *diags)
{
	for (uint32_t i = 0; i < sources->list.count; i++)
		conceal_file(diags, sources, i);
}
