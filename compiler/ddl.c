#include "compiler/ddl.h"

#include <stddef.h>

#include "compiler/names.h"
#include "compiler/tokens.h"

struct reader {
	const struct tokens *tokens;
	struct arena *arena;
	struct arena *scratch; /* ends with the reading */
	struct diag_list *diags;
	bool ok;
};

static void complain(struct reader *reader, enum diag_code code, struct span span, const char *text)
{
	diag_add(reader->diags, code, span, "%s", text);
	reader->ok = false;
}

/* --- columns ------------------------------------------------------------------------------- */

/* What may follow a column's type. */
static bool begins_attribute(const struct tokens *tokens, size_t i)
{
	static const char *const words[] = {
	        "null",           "not",      "default", "materialized", "alias", "ephemeral",
	        "auto_increment", "codec",    "comment", "statistics",   "ttl",   "collate",
	        "primary",        "settings",
	};

	for (size_t k = 0; k < sizeof(words) / sizeof(*words); k++)
		if (token_is_word(tokens, i, words[k]))
			return true;
	return false;
}

/* The end of a list's element that begins at `i`: its comma or the end. */
static size_t element_end(const struct tokens *tokens, size_t i)
{
	while (i < tokens->count && (tokens->items[i].kind != TOKEN_COMMA || tokens->depth[i] > 0))
		i++;
	return i;
}

/* A default's expression ends where an attribute follows an operand: `a IS NOT NULL COMMENT 'x'`
 * ends at COMMENT, and so does `DEFAULT 1 NOT NULL` at NOT. */
static size_t default_end(const struct tokens *tokens, size_t i, size_t end)
{
	for (size_t k = i + 1; k < end; k++) {
		if (tokens->depth[k] > 0 || !begins_attribute(tokens, k) ||
		    !token_ends_operand(tokens, k - 1))
			continue;
		if (!token_is_word(tokens, k, "not") || token_is_word(tokens, k + 1, "null"))
			return k;
	}
	return end;
}

static enum column_default default_kind(const struct tokens *tokens, size_t i)
{
	static const struct {
		const char *word;
		enum column_default kind;
	} kinds[] = {
	        {"default", DEFAULT_VALUE},
	        {"materialized", DEFAULT_MATERIALIZED},
	        {"alias", DEFAULT_ALIAS},
	        {"ephemeral", DEFAULT_EPHEMERAL},
	};

	for (size_t k = 0; k < sizeof(kinds) / sizeof(*kinds); k++)
		if (token_is_word(tokens, i, kinds[k].word))
			return kinds[k].kind;
	return DEFAULT_NONE;
}

static void read_attributes(struct reader *reader, size_t i, size_t end,
                            struct model_column *column)
{
	const struct tokens *tokens = reader->tokens;

	for (; i < end; i++) {
		if (tokens->depth[i] > 0)
			continue;
		column->default_kind = default_kind(tokens, i);
		if (column->default_kind != DEFAULT_NONE) {
			size_t begin = i + 1;

			/* EPHEMERAL needs none. */
			if (begin < end && (column->default_kind != DEFAULT_EPHEMERAL ||
			                    !begins_attribute(tokens, begin)))
				column->default_expr =
				        tokens_span(tokens, begin, default_end(tokens, begin, end));
			return;
		}
		if (token_is_word(tokens, i, "ttl") || token_is_word(tokens, i, "comment"))
			return;
	}
}

static void read_column(struct reader *reader, size_t begin, size_t end, struct ddl_columns *out)
{
	const struct tokens *tokens = reader->tokens;
	struct model_column column = {.span = tokens_span(tokens, begin, end)};
	size_t i = begin + 1, type;

	if (!token_is_name(tokens, begin)) {
		complain(reader, BF110, tokens->items[begin].span, "expected a column's name");
		return;
	}
	column.name = token_meaning(tokens, begin, reader->arena);
	/* Nested columns may be declared one by one: `n.a` */
	while (i + 1 < end && tokens->items[i].kind == TOKEN_DOT && token_is_name(tokens, i + 1)) {
		struct str last = token_meaning(tokens, i + 1, reader->arena);

		column.name = str_of(arena_printf(reader->arena, "%.*s.%.*s", STR_ARG(column.name),
		                                  STR_ARG(last)));
		i += 2;
	}
	column.span = tokens_span(tokens, begin, i);
	type = i;
	while (i < end && (tokens->depth[i] > 0 || !begins_attribute(tokens, i)))
		i++;
	if (i > type && tokens->items[type].kind != TOKEN_WORD) {
		complain(reader, BF110, tokens->items[type].span, "expected a column's type");
		return;
	}
	column.type = i > type ? span_text(tokens->sources, tokens_span(tokens, type, i))
	                       : (struct str){0};
	if (i < end && token_is_word(tokens, i, "null") && column.type.n)
		column.type =
		        str_of(arena_printf(reader->arena, "Nullable(%.*s)", STR_ARG(column.type)));
	read_attributes(reader, i, end, &column);
	if (!column.default_expr.end &&
	    (!column.type.n ||
	     (column.default_kind != DEFAULT_NONE && column.default_kind != DEFAULT_EPHEMERAL))) {
		complain(reader, BF110, column.span,
		         column.default_kind == DEFAULT_NONE ? "a column without a type"
		                                             : "a column's default is missing");
		return;
	}
	*list_add(reader->scratch, &out->list) = column;
}

/* INDEX, PROJECTION, CONSTRAINT and keys. ClickHouse takes the first three words
 * for themselves even where a column could stand (measured on 26.7). */
static bool read_other_element(struct reader *reader, size_t begin, size_t end,
                               struct ddl_columns *out)
{
	const struct tokens *tokens = reader->tokens;

	if (token_is_word(tokens, begin, "index") || token_is_word(tokens, begin, "projection") ||
	    token_is_word(tokens, begin, "constraint"))
		return true;
	if (token_is_word(tokens, begin, "foreign") && token_is_word(tokens, begin + 1, "key"))
		return true;
	if (token_is_word(tokens, begin, "primary") && token_is_word(tokens, begin + 1, "key")) {
		out->has_primary_key = begin + 2 < end;
		out->primary_key = tokens_span(tokens, begin + 2, end);
		if (!out->has_primary_key)
			complain(reader, BF110, tokens->items[begin].span, "empty primary key");
		return true;
	}
	return false;
}

static void find_duplicates(struct reader *reader, const struct ddl_columns *columns)
{
	struct name_table names;

	names_init(&names);
	for (size_t i = 0; i < columns->list.count; i++) {
		const struct model_column *column = &columns->list.items[i];
		struct name_entry *first = names_find(&names, (struct str){0}, column->name);

		if (!first) {
			first = names_add(&names, reader->scratch, (struct str){0}, column->name);
			first->span = column->span;
			continue;
		}
		diag_note(reader->diags,
		          diag_add(reader->diags, BF111, column->span, "a second column '%.*s'",
		                   STR_ARG(column->name)),
		          first->span, "the first one");
		reader->ok = false;
	}
	names_release(&names);
}

/* Out of the scratch arena, where the list grew. */
static void keep_columns(struct reader *reader, struct ddl_columns *columns)
{
	struct ddl_columns kept = *columns;

	list_reserve(reader->arena, &kept.list, columns->list.count);
	if (columns->list.count)
		memcpy(kept.list.items, columns->list.items,
		       columns->list.count * sizeof(*kept.list.items));
	*columns = kept;
}

bool ddl_read_columns(const struct source_set *sources, struct span columns, struct arena *arena,
                      struct ddl_columns *out, struct diag_list *diags)
{
	struct tokens tokens;
	struct arena scratch;
	struct reader reader = {&tokens, arena, &scratch, diags, true};
	size_t i = 0;

	*out = (struct ddl_columns){0};
	arena_init(&scratch);
	tokens_read(sources, columns, &scratch, &tokens);
	while (i < tokens.count) {
		size_t end = element_end(&tokens, i);

		if (end == i)
			complain(&reader, BF110, tokens.items[i].span, "expected a column");
		else if (!read_other_element(&reader, i, end, out))
			read_column(&reader, i, end, out);
		i = end + 1;
	}
	find_duplicates(&reader, out);
	keep_columns(&reader, out);
	arena_release(&scratch);
	return reader.ok;
}

/* --- engine -------------------------------------------------------------------------------- */

struct clause_name {
	const char *first, *second; /* second may be NULL */
	size_t offset;              /* of the struct ddl_clause */
};

static const struct clause_name clause_names[] = {
        {"order", "by", offsetof(struct ddl_engine, order_by)},
        {"partition", "by", offsetof(struct ddl_engine, partition_by)},
        {"primary", "key", offsetof(struct ddl_engine, primary_key)},
        {"sample", "by", offsetof(struct ddl_engine, sample_by)},
        {"ttl", NULL, offsetof(struct ddl_engine, ttl)},
        {"settings", NULL, offsetof(struct ddl_engine, settings)},
        {"comment", NULL, offsetof(struct ddl_engine, comment)},
};

/* The clause that begins at `i`, where an operand has just ended; NULL when none does. */
static const struct clause_name *clause_at(const struct tokens *tokens, size_t i)
{
	if (tokens->depth[i] > 0 || (i > 0 && !token_ends_operand(tokens, i - 1)))
		return NULL;
	for (size_t k = 0; k < sizeof(clause_names) / sizeof(*clause_names); k++) {
		const struct clause_name *name = &clause_names[k];

		if (token_is_word(tokens, i, name->first) &&
		    (!name->second || token_is_word(tokens, i + 1, name->second)))
			return name;
	}
	return NULL;
}

/* Behind a clause's keyword an operand stands, whatever word it is. */
static size_t clause_end(const struct tokens *tokens, size_t i)
{
	if (i < tokens->count)
		i++;
	while (i < tokens->count && !clause_at(tokens, i) &&
	       !(tokens->depth[i] == 0 && token_is_word(tokens, i, "engine")))
		i++;
	return i;
}

static size_t read_clause(struct reader *reader, const struct clause_name *name, size_t i,
                          struct ddl_engine *out)
{
	const struct tokens *tokens = reader->tokens;
	struct ddl_clause *clause = (struct ddl_clause *)((char *)out + name->offset);
	size_t body = i + (name->second ? 2 : 1), end = clause_end(tokens, body);

	if (clause->present) {
		diag_note(
		        reader->diags,
		        diag_add(reader->diags, BF112, tokens_span(tokens, i, body),
		                 "'%.*s' a second time",
		                 STR_ARG(span_text(tokens->sources, tokens_span(tokens, i, body)))),
		        clause->keyword, "the first one");
		reader->ok = false;
	}
	if (body >= tokens->count)
		complain(reader, BF112, tokens_span(tokens, i, body), "nothing follows");
	clause->present = true;
	clause->keyword = tokens_span(tokens, i, body);
	clause->span = tokens_span(tokens, body, end);
	return end;
}

static size_t read_engine_name(struct reader *reader, size_t i, struct ddl_engine *out)
{
	const struct tokens *tokens = reader->tokens;
	size_t begin, end;

	i++;
	if (i < tokens->count && tokens->items[i].kind == TOKEN_EQUALS)
		i++;
	if (!token_is_name(tokens, i)) {
		complain(reader, BF112, tokens->items[i].span, "expected an engine's name");
		return i;
	}
	begin = i;
	out->name = token_meaning(tokens, i, reader->arena);
	i++;
	if (i < tokens->count && tokens->items[i].kind == TOKEN_LEFT) {
		end = tokens_skip_group(tokens, i);
		for (i++; i < end - 1;) {
			size_t from = i;

			while (i < end - 1 &&
			       (tokens->items[i].kind != TOKEN_COMMA || tokens->depth[i] > 1))
				i++;
			*list_add(reader->arena, &out->arguments) = tokens_span(tokens, from, i);
			i++;
		}
		i = end;
	}
	out->span = tokens_span(tokens, begin, i);
	return i;
}

bool ddl_read_engine(const struct source_set *sources, struct span rest, struct arena *arena,
                     struct ddl_engine *out, struct diag_list *diags)
{
	struct tokens tokens;
	struct arena scratch;
	struct reader reader = {&tokens, arena, &scratch, diags, true};
	size_t i = 0;

	*out = (struct ddl_engine){0};
	arena_init(&scratch);
	tokens_read(sources, rest, &scratch, &tokens);
	while (i < tokens.count && reader.ok) {
		const struct clause_name *name = clause_at(&tokens, i);

		if (name) {
			i = read_clause(&reader, name, i, out);
		} else if (token_is_word(&tokens, i, "engine") && !out->name.n) {
			i = read_engine_name(&reader, i, out);
		} else {
			struct diag *diag = diag_add(diags, BF112, tokens.items[i].span,
			                             "'%.*s' is no clause of a table",
			                             STR_ARG(token_text(&tokens, i)));

			diag_hint(diags, diag,
			          "after the columns: ENGINE, ORDER BY, PARTITION BY, PRIMARY KEY, "
			          "SAMPLE BY, TTL, SETTINGS, COMMENT");
			reader.ok = false;
		}
	}
	if (reader.ok && !out->name.n) {
		diag_hint(diags, diag_add(diags, BF112, rest, "a table without an engine"),
		          "write ENGINE = MergeTree, or `external table` for one that exists");
		reader.ok = false;
	}
	arena_release(&scratch);
	return reader.ok;
}

enum engine_class ddl_engine_class(struct str name)
{
	if (!name.n)
		return ENGINE_UNKNOWN;
	if (str_ends(name, STR("MergeTree")))
		return ENGINE_MERGE_TREE;
	return str_is(name, "Null") ? ENGINE_NULL : ENGINE_OTHER;
}

/* --- pieces -------------------------------------------------------------------------------- */

/* Elements of TTL that move, recompress or aggregate rows keep them. */
static bool keeps_rows(const struct tokens *tokens, size_t begin, size_t end)
{
	for (size_t i = begin; i + 1 < end; i++) {
		if (tokens->depth[i] > 0)
			continue;
		if (token_is_word(tokens, i, "to") && (token_is_word(tokens, i + 1, "disk") ||
		                                       token_is_word(tokens, i + 1, "volume")))
			return true;
		if (token_is_word(tokens, i, "recompress") ||
		    (token_is_word(tokens, i, "group") && token_is_word(tokens, i + 1, "by")))
			return true;
	}
	return false;
}

bool ddl_ttl_deletes(const struct source_set *sources, struct span ttl, struct arena *arena,
                     struct span *where)
{
	struct tokens tokens;
	size_t i = 0;

	tokens_read(sources, ttl, arena, &tokens);
	while (i < tokens.count) {
		size_t end = element_end(&tokens, i);

		/* GROUP BY a, b SET x = max(x), y = …: what follows belongs to it. */
		if (keeps_rows(&tokens, i, end)) {
			bool groups = false;

			for (size_t k = i; k < end; k++)
				groups |= token_is_word(&tokens, k, "group");
			if (groups)
				return false;
		} else {
			*where = tokens_span(&tokens, i, end);
			return true;
		}
		i = end + 1;
	}
	return false;
}

void ddl_split(const struct source_set *sources, struct span span, struct arena *arena,
               struct span_list *out)
{
	struct tokens tokens;
	struct arena scratch;
	size_t i = 0, end;

	*out = (struct span_list){0};
	arena_init(&scratch);
	tokens_read(sources, span, &scratch, &tokens);
	end = tokens.count;
	if (end > 1 && tokens.items[0].kind == TOKEN_LEFT && tokens_skip_group(&tokens, 0) == end) {
		i = 1;
		end--;
	}
	while (i < end) {
		size_t from = i;
		uint32_t depth = tokens.depth[from];

		while (i < end && (tokens.items[i].kind != TOKEN_COMMA || tokens.depth[i] > depth))
			i++;
		*list_add(arena, &out->list) = tokens_span(&tokens, from, i);
		i++;
	}
	arena_release(&scratch);
}
