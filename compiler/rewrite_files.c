/* rewrite_files.c: the file names in a source's table function. See rewrite.h. */
#include "compiler/rewrite.h"

#include "compiler/rewrite_tables.h"

/* Which argument of a file function is the path; counted from 0. */
struct file_function {
	const char *name;
	unsigned path;
	bool url; /* `*` and `?` are no wildcards */
};

static const struct file_function file_functions[] = {
        {"s3", 0, false},          {"gcs", 0, false},
        {"oss", 0, false},         {"cosn", 0, false},
        {"url", 0, true},          {"file", 0, false},
        {"hdfs", 0, false},        {"azureBlobStorage", 2, false},
        {"s3Cluster", 1, false},   {"gcsCluster", 1, false},
        {"urlCluster", 1, true},   {"fileCluster", 1, false},
        {"hdfsCluster", 1, false}, {"azureBlobStorageCluster", 3, false},
};

static const char *const formats[] = {
        "Arrow",
        "ArrowStream",
        "Avro",
        "BSONEachRow",
        "CSV",
        "CSVWithNames",
        "CSVWithNamesAndTypes",
        "CapnProto",
        "CustomSeparated",
        "CustomSeparatedWithNames",
        "CustomSeparatedWithNamesAndTypes",
        "DWARF",
        "Form",
        "JSON",
        "JSONAsObject",
        "JSONAsString",
        "JSONColumns",
        "JSONColumnsWithMetadata",
        "JSONCompact",
        "JSONCompactColumns",
        "JSONCompactEachRow",
        "JSONCompactEachRowWithNames",
        "JSONCompactEachRowWithNamesAndTypes",
        "JSONEachRow",
        "JSONLines",
        "JSONObjectEachRow",
        "JSONStringsEachRow",
        "LineAsString",
        "LineAsStringWithNames",
        "LineAsStringWithNamesAndTypes",
        "MsgPack",
        "MySQLDump",
        "NDJSON",
        "Native",
        "Npy",
        "ORC",
        "One",
        "Parquet",
        "ParquetMetadata",
        "Protobuf",
        "ProtobufList",
        "ProtobufSingle",
        "RawBLOB",
        "Regexp",
        "RowBinary",
        "RowBinaryWithDefaults",
        "RowBinaryWithNames",
        "RowBinaryWithNamesAndTypes",
        "TSKV",
        "TSV",
        "TSVRaw",
        "TSVWithNames",
        "TSVWithNamesAndTypes",
        "TabSeparated",
        "TabSeparatedRaw",
        "TabSeparatedWithNames",
        "TabSeparatedWithNamesAndTypes",
        "Template",
        "Values",
        "auto",
};

static const struct file_function *file_function_find(struct str name)
{
	for (size_t i = 0; i < sizeof(file_functions) / sizeof(*file_functions); i++)
		if (str_ieq(name, str_of(file_functions[i].name)))
			return &file_functions[i];
	return NULL;
}

static bool is_format(struct str text)
{
	for (size_t i = 0; i < sizeof(formats) / sizeof(*formats); i++)
		if (str_ieq(text, str_of(formats[i])))
			return true;
	return false;
}

/* What looks at one function's arguments. */
struct finder {
	const struct source_set *sources;
	struct arena *arena;
	struct file_pattern *pattern;
	const struct table_ref *ref;
	const struct select *select;
	const struct file_function *function;
	size_t found;
	bool unlisted;      /* a `*` in a URL */
	bool behind_format; /* nothing but its own arguments came since */
};

static bool has_brace_list(struct str text)
{
	for (size_t i = 0; i < text.n; i++) {
		size_t end = i + 1;

		if (text.p[i] != '{')
			continue;
		while (end < text.n && text.p[end] != '}')
			end++;
		if (end < text.n)
			return true;
	}
	return false;
}

static struct str query_literal(const struct finder *finder, const struct query_token *token)
{
	struct str text = span_text(finder->sources, token->span);

	return token->kind == TOKEN_STRING ? token_unquote(text, finder->arena) : text;
}

static void look_at_literal(struct finder *finder, const struct query_token *token)
{
	struct str text = query_literal(finder, token);
	bool braces = has_brace_list(text), star = false;

	finder->unlisted |= finder->function->url && text.n && memchr(text.p, '*', text.n);

	for (size_t i = 0; i < text.n && !finder->function->url; i++)
		star |= text.p[i] == '*' || text.p[i] == '?';
	if (!braces && !star)
		return;
	if (finder->found++ > 0)
		return;
	finder->pattern->literal = token->span;
	finder->pattern->text = text;
	finder->pattern->has_braces = braces;
	finder->pattern->has_star = star;
	finder->pattern->ref = finder->ref;
	finder->pattern->select = finder->select;
}

static bool is_key(struct str key, const char *const *keys, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (str_ieq(key, str_of(keys[i])))
			return true;
	return false;
}

/* `url = '…'`, `filename = '…'` of a named collection. */
static bool is_path_key(struct str key)
{
	static const char *const keys[] = {"url", "filename", "path", "blob_path"};

	return is_key(key, keys, sizeof(keys) / sizeof(*keys));
}

/* Arguments that only make sense with the format, and stand right behind it. */
static bool belongs_to_format(struct str key)
{
	static const char *const keys[] = {"structure", "compression", "compression_method"};

	return is_key(key, keys, sizeof(keys) / sizeof(*keys));
}

/* Tokens begin … end - 1 are one argument, the index-th. */
static void look_at_argument(struct finder *finder, const struct query_token *tokens, size_t begin,
                             size_t end, unsigned index)
{
	struct file_pattern *pattern = finder->pattern;
	const struct query_token *first = &tokens[begin];
	bool named = end - begin >= 3 && first->kind == TOKEN_WORD && first[1].kind == TOKEN_EQUALS;
	struct str key = named ? span_text(finder->sources, first->span) : (struct str){0};
	bool path = named ? is_path_key(key) : index == finder->function->path;
	const struct query_token *value = &tokens[end - 1];
	bool alone = end - begin == (named ? 3 : 1) &&
	             (value->kind == TOKEN_STRING || value->kind == TOKEN_WORD);

	if (path) {
		for (size_t i = begin; i < end; i++)
			if (tokens[i].kind == TOKEN_STRING)
				look_at_literal(finder, &tokens[i]);
		return;
	}
	if (pattern->ref != finder->ref)
		return;
	if (pattern->format.begin != pattern->format.end) {
		finder->behind_format &= alone && (!named || belongs_to_format(key));
		if (finder->behind_format)
			pattern->after_format.end = value->span.end;
	} else if (alone && (named ? str_ieq(key, STR("format"))
	                           : is_format(query_literal(finder, value)))) {
		finder->behind_format = true;
		pattern->format = value->span;
		pattern->after_format =
		        (struct span){value->span.file, value->span.end, value->span.end};
	}
}

static void look_at_function(struct finder *finder, const struct table_ref *ref)
{
	struct query_tokens tokens;
	size_t begin = 0;
	unsigned index = 0;

	finder->ref = ref;
	finder->function = file_function_find(ref->function.text);
	if (!finder->function ||
	    !query_tokens_read(finder->sources, ref->arguments, finder->arena, NULL, &tokens))
		return;
	for (size_t i = 0; i < tokens.list.count; i++) {
		const struct query_token *token = &tokens.list.items[i];

		if (query_token_opens(token))
			i = token->partner;
		else if (token->kind == TOKEN_COMMA || token->kind == TOKEN_END) {
			if (i > begin)
				look_at_argument(finder, tokens.list.items, begin, i, index);
			begin = i + 1;
			index++;
		}
	}
}

static void look_at_query(struct finder *finder, const struct query *query)
{
	for (size_t i = 0; i < query->branches.count; i++) {
		const struct select *select = query->branches.items[i];

		for (size_t j = 0; j < select->with.count; j++)
			if (select->with.items[j].subquery)
				look_at_query(finder, select->with.items[j].subquery);
		for (size_t j = 0; j < select->from.count; j++) {
			const struct table_ref *ref = &select->from.items[j];

			finder->select = select;
			if (ref->kind == FROM_FUNCTION)
				look_at_function(finder, ref);
			else if (ref->kind == FROM_SUBQUERY)
				look_at_query(finder, ref->subquery);
		}
		for (size_t j = 0; j < select->nested.count; j++)
			look_at_query(finder, select->nested.items[j]);
	}
}

bool rewrite_find_files(const struct source_set *sources, const struct query *query,
                        struct file_pattern *pattern, const char **why, struct arena *arena)
{
	struct finder finder = {.sources = sources, .arena = arena, .pattern = pattern};

	*why = NULL;
	memset(pattern, 0, sizeof(*pattern));
	look_at_query(&finder, query);
	if (finder.found == 1)
		return true;
	if (!finder.found && finder.unlisted)
		*why = "url() has no listing, a * stands for itself there";
	else
		*why = finder.found
		               ? "it has more than one file name with {a..b}, {x,y} or *"
		               : "no table function of it has a file name with {a..b}, {x,y} or *";
	return false;
}

struct str rewrite_files(const struct source_set *sources, const struct query *query,
                         const struct file_pattern *pattern, struct str database,
                         struct str parameter, struct arena *arena)
{
	struct arena scratch;
	struct rewriter r = {
	        .sources = sources, .database = database, .edits = {.arena = &scratch}};
	struct str text;

	arena_init(&scratch);
	if (query_tokens_read(sources, query->span, &scratch, NULL, &r.tokens))
		rewrite_tables(&r, query);
	edits_add(&r.edits, pattern->literal, parameter);
	text = edits_apply(&r.edits, sources, query->span, arena);
	arena_release(&scratch);
	return text;
}

struct str rewrite_only_files(const struct source_set *sources, const struct query *query,
                              const struct file_pattern *pattern, struct str database,
                              struct str condition, struct arena *arena)
{
	struct arena scratch;
	struct rewriter r = {
	        .sources = sources, .database = database, .edits = {.arena = &scratch}};
	struct str text;

	arena_init(&scratch);
	if (query_tokens_read(sources, query->span, &scratch, NULL, &r.tokens)) {
		rewrite_tables(&r, query);
		r.condition = condition;
		rewrite_function(&r, pattern->select, pattern->ref, STR("bfc_files"));
	}
	text = edits_apply(&r.edits, sources, query->span, arena);
	arena_release(&scratch);
	return text;
}

struct str rewrite_listing(const struct source_set *sources, const struct file_pattern *pattern,
                           struct str parameter, struct arena *arena)
{
	struct edits edits = {.arena = arena};

	edits_add(&edits, pattern->literal, parameter);
	if (pattern->format.begin == pattern->format.end) {
		edits_insert(&edits, pattern->ref->span, pattern->ref->arguments.end,
		             STR(", 'One'"));
		return edits_apply(&edits, sources, pattern->ref->span, arena);
	}
	/* A structure would contradict 'One', and a compression means nothing to it. */
	edits_add(&edits, pattern->format, STR("'One'"));
	if (pattern->after_format.begin != pattern->after_format.end)
		edits_add(&edits, pattern->after_format, (struct str){0});
	return edits_apply(&edits, sources, pattern->ref->span, arena);
}
