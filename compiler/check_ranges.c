/* `split on` and `chunk by`: columns, types, literals, widths, file patterns. */
#include "compiler/check_internal.h"

#include <inttypes.h>

#include "compiler/base/buf.h"
#include "compiler/base/sqltext.h"
#include "compiler/rewrite.h"
#include "compiler/types.h"

static const struct output *source_output(const struct checked_source *source, struct str name)
{
	return source ? check_find_output(&source->outputs, name) : NULL;
}

/* The column must be one of the table's and one of the source's, where those are known. */
static bool check_column(struct checker *checker, const struct ast_name *column,
                         const struct checked_table *table, const struct checked_source *source)
{
	struct name_table outputs;
	struct diag *diag;

	if (table && table->model.has_columns && !check_find_column(table, column->text)) {
		diag = diag_add(checker->diags, BF142, column->span,
		                "table '%.*s' has no column '%.*s'", STR_ARG(table->model.name),
		                STR_ARG(column->text));
		check_suggest(checker, diag, column_nearest(&table->columns, column->text), NULL);
		return false; /* the source most often has it wrong in the same way */
	}
	if (!source || source->outputs.has_star || source_output(source, column->text))
		return true;
	diag = diag_add(checker->diags, BF142, column->span, "source '%.*s' has no column '%.*s'",
	                STR_ARG(source->model.name), STR_ARG(column->text));
	names_init(&outputs);
	for (size_t i = 0; i < source->outputs.list.count; i++) {
		struct str name = source->outputs.list.items[i].name;

		if (name.n && !names_find(&outputs, (struct str){0}, name))
			names_add(&outputs, checker->arena, (struct str){0}, name);
	}
	check_suggest(checker, diag, names_nearest(&outputs, (struct str){0}, column->text),
	              "split and chunk speak of the source's output columns");
	names_release(&outputs);
	return false;
}

/* The type that ranges are made of: the live table's. */
static bool read_type(struct checker *checker, const struct ast_name *column, const char *clause,
                      const struct checked_table *table, struct type_info *type)
{
	const struct model_column *found = check_find_column(table, column->text);
	struct diag *diag;

	if (!found || !found->type.n) {
		*type = (struct type_info){.class = TYPE_UNKNOWN}; /* the plan asks the server */
		return true;
	}
	*type = type_read(found->type, checker->arena);
	if (type->class != TYPE_OTHER && type->class != TYPE_UNKNOWN)
		return true;
	diag = diag_add(checker->diags, BF143, column->span,
	                "'%.*s' has type %.*s: `%s` takes no such "
	                "column",
	                STR_ARG(column->text), STR_ARG(found->type), clause);
	diag_note(checker->diags, diag, found->span, "declared here");
	diag_hint(checker->diags, diag,
	          "Date, Date32, DateTime, DateTime64 and integer columns have ranges");
	return false;
}

static const char *example_of(const struct type_info *type)
{
	switch (type->class) {
	case TYPE_DATE:
	case TYPE_DATE32:
		return "a date: '2024-12-17'";
	case TYPE_INTEGER:
		return "an integer within its range, without quotes";
	default:
		return "a time: '2024-12-17 09:00:00'";
	}
}

static bool param_fits(struct checker *checker, const struct ast_literal *literal,
                       const struct type_info *type)
{
	struct type_info given = type_read(literal->param_type, checker->arena);

	return given.class == TYPE_OTHER
	               ? str_is(given.bare, "String")
	               : (given.class == TYPE_INTEGER) == (type->class == TYPE_INTEGER);
}

/* For a type that only the server knows: what a literal can be of. The plan checks the rest. */
static struct type_info type_assumed(bool integer)
{
	return integer ? (struct type_info){.class = TYPE_INTEGER, .is_signed = true, .bits = 256}
	               : (struct type_info){.class = TYPE_DATETIME64};
}

static bool is_integer(struct checker *checker, const struct ast_literal *literal)
{
	if (literal->kind != LITERAL_PARAM)
		return literal->kind == LITERAL_NUMBER;
	return type_read(literal->param_type, checker->arena).class == TYPE_INTEGER;
}

/* A literal of the column's type as SQL text; empty after telling that it does not fit. */
static struct str read_literal(struct checker *checker, const struct ast_literal *literal,
                               const struct ast_name *column, const struct type_info *type)
{
	bool integer = type->class == TYPE_INTEGER;
	struct diag *diag;
	struct buf out;
	struct str sql;

	if (type->class == TYPE_UNKNOWN) {
		struct type_info assumed = type_assumed(is_integer(checker, literal));

		assumed.bare = STR("known to the server alone");
		return read_literal(checker, literal, column, &assumed);
	}
	if (literal->kind == LITERAL_PARAM && param_fits(checker, literal, type))
		return str_of(arena_printf(checker->arena, "{%.*s:%.*s}", STR_ARG(literal->text),
		                           STR_ARG(literal->param_type)));
	if (literal->kind == LITERAL_NUMBER && integer &&
	    type_integer_text_fits(type, check_number_text(checker, literal->text)))
		return check_number_text(checker, literal->text);
	if (literal->kind == LITERAL_STRING && !integer &&
	    type_date_text_fits(type, literal->text)) {
		buf_init(&out, BUF_CEILING_OUTPUT);
		sql_add_string(&out, literal->text);
		sql = arena_str(checker->arena, buf_str(&out));
		buf_release(&out);
		return sql;
	}
	diag = diag_add(checker->diags, BF145, literal->span,
	                "this is no value of '%.*s', whose type is %.*s", STR_ARG(column->text),
	                STR_ARG(type->bare));
	diag_hint(checker->diags, diag, "write %s", example_of(type));
	return (struct str){0};
}

void check_split(struct checker *checker, struct checked_backfill *backfill,
                 const struct checked_table *table, const struct checked_source *source)
{
	const struct ast_split *it = &backfill->statement->u.backfill->split;
	struct model_split *split = &backfill->model.split;

	if (!it->present)
		return;
	split->column = it->column.text;
	split->overlap_is_fine = it->overlap_is_fine;
	split->span = it->span;
	split->kind = it->point == POINT_EARLIEST   ? SPLIT_EARLIEST
	              : it->point == POINT_NOW_PLUS ? SPLIT_NOW_PLUS
	                                            : SPLIT_LITERAL;
	if (!check_column(checker, &it->column, table, source) || !table)
		return;
	if (!read_type(checker, &it->column, "split on", table, &split->type))
		return;
	if (split->kind == SPLIT_LITERAL)
		split->literal_sql = read_literal(checker, &it->literal, &it->column, &split->type);
	check_split_times(checker, it, split);
}

/* --- chunks -------------------------------------------------------------------------------- */

static void check_width(struct checker *checker, const struct ast_chunk *it,
                        const struct type_info *type)
{
	bool integer = type->class == TYPE_INTEGER;
	bool date = type->class == TYPE_DATE || type->class == TYPE_DATE32;
	enum ast_unit unit = it->every.unit;
	struct span span = it->every.span;

	if (integer && unit != UNIT_NONE)
		diag_hint(checker->diags,
		          diag_add(checker->diags, BF147, span,
		                   "'%.*s' is an integer: its chunks have no unit of time",
		                   STR_ARG(it->column.text)),
		          "write a bare number: every %" PRIu64, it->every.count);
	if (!integer && unit == UNIT_NONE)
		diag_hint(checker->diags,
		          diag_add(checker->diags, BF147, span, "a width of '%.*s' needs a unit",
		                   STR_ARG(it->column.text)),
		          "every %" PRIu64 " %s", it->every.count, date ? "days" : "hours");
	if (date && (unit == UNIT_SECOND || unit == UNIT_MINUTE || unit == UNIT_HOUR))
		diag_hint(checker->diags,
		          diag_add(checker->diags, BF147, span,
		                   "'%.*s' has type %.*s and nothing below a day",
		                   STR_ARG(it->column.text), STR_ARG(type->bare)),
		          "write days, weeks, months, quarters or years");
}

static void check_column_chunks(struct checker *checker, struct checked_backfill *backfill,
                                const struct checked_table *table,
                                const struct checked_source *source)
{
	const struct ast_chunk *it = &backfill->statement->u.backfill->chunk;
	struct model_chunk *chunk = &backfill->model.chunk;
	struct type_info type;

	chunk->column = it->column.text;
	chunk->every = it->every.count;
	chunk->unit = it->every.unit;
	if (!check_column(checker, &it->column, table, source) || !table)
		return;
	if (!read_type(checker, &it->column, "chunk by", table, &chunk->type))
		return;
	type = chunk->type;
	if (type.class == TYPE_UNKNOWN) {
		type = type_assumed(chunk->unit == UNIT_NONE);
		type.bare = chunk->unit == UNIT_NONE ? STR("an integer, by the width")
		                                     : STR("a date or a time, by the width");
	} else {
		check_width(checker, it, &type);
	}
	if (it->has_from)
		chunk->from_sql = read_literal(checker, &it->from, &it->column, &type);
	if (it->has_to)
		chunk->to_sql = read_literal(checker, &it->to, &it->column, &type);
	/* Date texts of one length compare as the dates do. */
	if (it->has_from && it->has_to && it->from.kind == LITERAL_STRING &&
	    it->to.kind == LITERAL_STRING && it->from.text.n == it->to.text.n &&
	    str_compare(it->from.text, it->to.text) >= 0)
		diag_add(checker->diags, BF145, it->to.span, "the range ends before it begins");
}

static void tell_no_pattern(struct checker *checker, const struct ast_chunk *it,
                            const struct checked_source *source, const char *why)
{
	struct diag *diag = diag_add(checker->diags, BF148, it->span,
	                             "source '%.*s' cannot be chunked by files: %s",
	                             STR_ARG(source->model.name), why);

	diag_note(checker->diags, diag, source->user_span, "the source");
	diag_hint(checker->diags, diag,
	          "its file names stand in one string literal with a brace "
	          "range, such as '/part-{000..100}.parquet'");
}

static void check_file_chunks(struct checker *checker, struct checked_backfill *backfill,
                              const struct checked_source *source)
{
	const struct ast_chunk *it = &backfill->statement->u.backfill->chunk;
	struct model_chunk *chunk = &backfill->model.chunk;
	const char *why = NULL;
	struct diag *diag;

	if (!source)
		return;
	chunk->every = it->files;
	chunk->pattern = arena_new(checker->arena, struct file_pattern);
	chunk->files = arena_new(checker->arena, struct file_chunks);
	if (!rewrite_find_files(checker->sources, source->model.query, chunk->pattern, &why,
	                        checker->arena)) {
		tell_no_pattern(checker, it, source, why ? why : "it names no files");
		return;
	}
	/* What a `*` stands for is found when the plan runs. */
	if (chunk->pattern->has_star)
		return;
	if (rewrite_split_files(chunk->pattern->text, (size_t)it->files, chunk->files, &why,
	                        checker->arena))
		return;
	diag = diag_add(checker->diags, BF149, it->span, "the files of '%.*s' cannot be split: %s",
	                STR_ARG(source->model.name), why ? why : "a malformed range");
	diag_note(checker->diags, diag, source->user_span, "the source");
}

/* The table whose partitions are the chunks: the one that a view or a source reads first. */
static const struct model_table *table_read(struct checker *checker,
                                            const struct checked_table *table,
                                            const struct checked_source *source,
                                            struct trigger *trigger, const char **why)
{
	const struct name_entry *entry;

	if (!source)
		return &table->model;
	if (!query_trigger(source->model.query, trigger, why)) {
		*why = "the source does not begin with a table";
		return NULL;
	}
	entry = names_find(&checker->relations,
	                   check_database(checker, &trigger->ref->table, source->model.database),
	                   trigger->ref->table.name.text);
	*why = "the table that the source reads is not declared";
	return entry && entry->kind == NAME_TABLE && entry->thing
	               ? &((const struct checked_table *)entry->thing)->model
	               : NULL;
}

static void check_partition_chunks(struct checker *checker, struct checked_backfill *backfill,
                                   const struct checked_table *table,
                                   const struct checked_source *source)
{
	const struct ast_chunk *it = &backfill->statement->u.backfill->chunk;
	struct model_chunk *chunk = &backfill->model.chunk;
	const char *why = "";
	struct diag *diag;

	if (backfill->statement->u.backfill->has_source && !source)
		return;
	chunk->table = table_read(checker, table, source, &chunk->trigger, &why);
	if (chunk->table && chunk->table->engine_class != ENGINE_OTHER &&
	    chunk->table->engine_class != ENGINE_NULL)
		return;
	if (chunk->table)
		why = arena_printf(checker->arena, "engine %.*s of '%.*s' has none",
		                   STR_ARG(chunk->table->engine), STR_ARG(chunk->table->name));
	diag = diag_add(checker->diags, BF165, it->span, "there are no partitions to chunk by: %s",
	                why ? why : "");
	if (source)
		diag_note(checker->diags, diag, source->user_span, "the source");
	diag_hint(checker->diags, diag,
	          "read from one table of the MergeTree family that is declared with `table` or "
	          "`external table`; or chunk by a column or by files");
}

void check_chunk(struct checker *checker, struct checked_backfill *backfill,
                 const struct checked_table *table, const struct checked_source *source)
{
	const struct ast_chunk *it = &backfill->statement->u.backfill->chunk;

	backfill->model.chunk.kind = it->kind;
	backfill->model.chunk.span = it->span;
	if (it->kind == CHUNK_COLUMN)
		check_column_chunks(checker, backfill, table, source);
	else if (it->kind == CHUNK_FILES)
		check_file_chunks(checker, backfill, source);
	else if (it->kind == CHUNK_PARTITION)
		check_partition_chunks(checker, backfill, table, source);
}

/* --- nulls --------------------------------------------------------------------------------- */

/* What is known of the column's type where history is read; empty: the plan asks the server. */
static struct str type_of_history(const struct checked_table *table,
                                  const struct checked_source *source, struct str name,
                                  struct span *span)
{
	const struct output *output = source_output(source, name);
	const struct model_column *column = source ? NULL : check_find_column(table, name);

	if (output)
		*span = output->span;
	if (column)
		*span = column->span;
	return output ? output->type : column ? column->type : (struct str){0};
}

static void check_nulls_of(struct checker *checker, const struct checked_table *table,
                           const struct checked_source *source, const struct ast_name *column)
{
	struct span span;
	struct str type = type_of_history(table, source, column->text, &span);
	struct diag *diag;

	if (!type.n || !type_read(type, checker->arena).nullable)
		return;
	diag = diag_add(checker->diags, BF146, column->span,
	                "'%.*s' can be NULL, which is on neither side of a boundary",
	                STR_ARG(column->text));
	diag_note(checker->diags, diag, span, source ? "%.*s in the source" : "%.*s here",
	          STR_ARG(type));
	diag_hint(checker->diags, diag, "write `nulls are history` or `nulls are skipped`");
}

/*
 * A view that is being filled counts what is at or behind the split, which NULL never is. Rows with
 * NULL that come after the NULLs of history were read would be counted nowhere: measured.
 */
static void check_null_history(struct checker *checker, const struct checked_backfill *backfill,
                               const struct checked_table *table)
{
	const struct ast_backfill *it = backfill->statement->u.backfill;
	struct span span = {0};
	struct str type = type_of_history(table, NULL, it->split.column.text, &span);
	struct diag *diag;

	if (!type.n || !type_read(type, checker->arena).nullable)
		return;
	diag = diag_add(checker->diags, BF168, it->clauses[CLAUSE_NULLS],
	                "rows with NULL in '%.*s' have no side of the split that the view could "
	                "tell",
	                STR_ARG(it->split.column.text));
	diag_note(checker->diags, diag, span, "%.*s here", STR_ARG(type));
	diag_hint(checker->diags, diag,
	          "split on another column, write `nulls are skipped`, or take "
	          "`using pause_and_attach`, which needs no split");
}

void check_nulls(struct checker *checker, struct checked_backfill *backfill,
                 const struct checked_table *table, const struct checked_source *source)
{
	const struct ast_backfill *it = backfill->statement->u.backfill;

	if (it->nulls == NULLS_HISTORY && it->split.present && backfill->model.view_count)
		check_null_history(checker, backfill, table);
	if (it->nulls != NULLS_UNSAID)
		return;
	if (it->split.present)
		check_nulls_of(checker, table, source, &it->split.column);
	if (it->chunk.kind == CHUNK_COLUMN &&
	    !(it->split.present && str_eq(it->split.column.text, it->chunk.column.text)))
		check_nulls_of(checker, table, source, &it->chunk.column);
}
