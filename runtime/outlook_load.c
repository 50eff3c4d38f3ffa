/*
 * outlook_load.c: chunks, and what those that are not done have to read, by the server's estimates.
 *
 * For tables: EXPLAIN ESTIMATE of the load's own SELECT, with the chunk's values; the bytes are those of
 * the columns that EXPLAIN says are read (system.columns). For Parquet: the files' own metadata,
 * which the server reads (format ParquetMetadata: footers alone); for other files their sizes.
 */
#include <jansson.h>

#include "runtime/outlook_internal.h"

/* A load being estimated. */
struct estimate {
	struct looking *looking;
	struct outlook_load *load;
	const struct step *heavy;
	struct str select;                /* of the INSERT … SELECT */
	struct str columns;               /* 'a', 'b': what is read; empty: not known */
	struct str table_database, table; /* that it reads, when it is a table's */
	struct str files, sizes;          /* the source's call with other formats */
	struct str only;                  /* WHERE …, of the chunk's files, or empty */
	struct str why;
	double bytes_per_row;
	uint64_t rows, bytes;
	bool rows_unknown;
};

/* --- the statement --- */

static bool is_file_function(struct str word)
{
	static const char *const names[] = {"file", "s3",   "s3Cluster",       "gcs", "url", "oss",
	                                    "cosn", "hdfs", "azureBlobStorage"};

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		if (str_is(word, names[i]))
			return true;
	}
	return false;
}

/* The call at the scan's `(`, with another format; what would follow the format is left out. */
static struct str with_format(struct looking *looking, struct str name, struct inspect_scan *scan,
                              const char *format, bool *parquet)
{
	const char *begin = scan->token.p + 1, *end;
	struct str quoted = {0}, kept;
	char before = '(';
	int depth = 0;

	do {
		depth += look_depth(scan);
		end = scan->token.p;
		if (depth == 1 && scan->kind == SQL_STRING) {
			bool is_format = str_ieq(scan->token, STR("'Parquet'"));

			*parquet =
			        *parquet || is_format || str_find(scan->token, STR(".parquet")) > 0;
			/* file(path, format), s3(url[, key, secret], format): not the first. */
			if (is_format && (before == ',' || before == '='))
				quoted = scan->token;
		} else if (scan->kind == SQL_STRING) {
			*parquet = *parquet || str_find(scan->token, STR(".parquet")) > 0;
		}
		before = scan->kind == SQL_OTHER ? scan->token.p[0] : 'x';
		if (depth > 0)
			look_next(scan);
	} while (depth > 0 && scan->kind != SQL_END);
	kept = (struct str){begin, (size_t)((quoted.n ? quoted.p : end) - begin)};
	return look_printf(looking, "%.*s(%.*s%s'%s')", STR_ARG(name), STR_ARG(kept),
	                   quoted.n ? "" : ", ", format);
}

/* A chunk of a listing reads its own files out of all that the call matches: the same condition. */
static struct str only_its_files(struct looking *looking, struct str select)
{
	const char *end = "})";
	ptrdiff_t at = str_find(select, STR("_path IN splitByChar('\\n', {")), n;
	struct str rest;

	if (at < 0)
		return STR("");
	rest = (struct str){select.p + at, select.n - (size_t)at};
	n = str_find(rest, str_of(end));
	if (n < 0)
		return STR("");
	return look_printf(looking, " WHERE %.*s%s", (int)n, rest.p, end);
}

/* Finds the source's call. False: none, or one that can't be asked for its files. */
static bool find_files(struct estimate *estimate)
{
	struct inspect_scan scan = {.text = estimate->select};
	struct str name = STR("");

	for (look_next(&scan); scan.kind != SQL_END; look_next(&scan)) {
		struct inspect_scan again = scan;
		bool parquet = false;

		if (name.n && scan.kind == SQL_OTHER && scan.token.p[0] == '(') {
			estimate->sizes =
			        with_format(estimate->looking, name, &again, "One", &parquet);
			if (parquet)
				estimate->files = with_format(estimate->looking, name, &scan,
				                              "ParquetMetadata", &parquet);
			estimate->only = only_its_files(estimate->looking, estimate->select);
			return true;
		}
		name = scan.kind == SQL_WORD && is_file_function(scan.token) ? scan.token : STR("");
	}
	return false;
}

/* --- one question with a chunk's values --- */

static bool ask_chunk(struct estimate *estimate, struct str sql, size_t row,
                      struct outcome *outcome)
{
	struct looking *looking = estimate->looking;
	const struct outlook_load *load = estimate->load;
	struct request request = {.sql = sql};
	struct arena *arena = &looking->outlook->arena;
	struct binding *params = arena_array(arena, struct binding, estimate->heavy->use_count + 1);
	struct scope scope;

	scope_init(&scope, arena, &looking->exec->scope);
	for (size_t i = 0; i < load->column_count; i++)
		scope_set(&scope, load->columns[i], load->values[row * load->column_count + i],
		          false);
	for (size_t i = 0; i < estimate->heavy->use_count; i++) {
		const struct binding *found = scope_find(&scope, estimate->heavy->uses[i].name);

		/* Names of what would be staged are not known, and the SELECT has none. */
		if (found && found->value.p)
			params[request.param_count++] = *found;
	}
	request.params = params;
	if (!look_ask(looking, &request, 0, outcome))
		return false;
	if (outcome->kind == OUTCOME_OK)
		return true;
	estimate->why = look_reason(looking, outcome);
	outcome_release(outcome);
	return false;
}

/* --- which columns are read --- */

static void add_header(struct estimate *estimate, const json_t *plan, struct buf *out)
{
	const char *type = json_string_value(json_object_get(plan, "Node Type"));
	const char *what = json_string_value(json_object_get(plan, "Description"));
	const json_t *header = json_object_get(plan, "Header"), *plans;

	if (type && strncmp(type, "ReadFrom", 8) == 0) {
		for (size_t i = 0; i < json_array_size(header); i++) {
			const char *name = json_string_value(
			        json_object_get(json_array_get(header, i), "Name"));

			buf_addz(out, out->size ? ", " : "");
			buf_add(out, exec_literal(estimate->looking->exec, str_of(name)));
		}
		if (strcmp(type, "ReadFromMergeTree") == 0 && what && !estimate->table.n)
			estimate->table = look_keep(estimate->looking, str_of(what));
	}
	plans = json_object_get(plan, "Plans");
	for (size_t i = 0; i < json_array_size(plans); i++)
		add_header(estimate, json_array_get(plans, i), out);
}

static void find_columns(struct estimate *estimate, size_t row)
{
	struct outcome outcome;
	struct buf out;
	json_t *json;
	struct str text;

	if (!ask_chunk(estimate,
	               look_printf(estimate->looking, "EXPLAIN json = 1, header = 1\n%.*s",
	                           STR_ARG(estimate->select)),
	               row, &outcome))
		return;
	text = look_lines(estimate->looking, &outcome.reply);
	outcome_release(&outcome);
	json = json_loadb(text.p, text.n, 0, NULL);
	buf_init(&out, BUF_CEILING_OUTPUT);
	add_header(estimate, json_object_get(json_array_get(json, 0), "Plan"), &out);
	estimate->columns = look_keep(estimate->looking, buf_str(&out));
	buf_release(&out);
	json_decref(json);
}

/* --- tables --- */

/* `what` is SQL over system.columns, for all of the table's rows. */
static double row_size(struct estimate *estimate, struct str database, struct str table,
                       struct str what, struct str only)
{
	struct looking *looking = estimate->looking;
	struct str of = exec_literal(looking->exec, database);
	struct str name = exec_literal(looking->exec, table), text, why;

	if (!look_text(
	            looking,
	            look_printf(looking,
	                        "SELECT toString(toUInt64(1000000 * %.*s / (SELECT greatest(1, "
	                        "any(ifNull(total_rows, 0))) FROM system.tables WHERE database = "
	                        "%.*s AND name = %.*s))) FROM system.columns WHERE database = "
	                        "%.*s AND table = %.*s%.*s",
	                        STR_ARG(what), STR_ARG(of), STR_ARG(name), STR_ARG(of),
	                        STR_ARG(name), STR_ARG(only)),
	            NULL, 0, &text, &why))
		return 0;
	return (double)str_u64(text) / 1e6;
}

static void find_row_size(struct estimate *estimate, struct str database, struct str table)
{
	struct looking *looking = estimate->looking;
	struct str of = exec_literal(looking->exec, database);
	struct str name = exec_literal(looking->exec, table), only = STR("");

	if (estimate->columns.n)
		only = look_printf(looking, " AND name IN (%.*s)", STR_ARG(estimate->columns));
	estimate->bytes_per_row =
	        row_size(estimate, database, table, STR("sum(data_compressed_bytes)"), only);
	if (estimate->bytes_per_row > 0)
		return;
	/* Compact parts, the small ones, don't say how large a column is: the whole table's. */
	estimate->columns = STR("");
	estimate->bytes_per_row = row_size(
	        estimate, database, table,
	        look_printf(
	                looking,
	                "(SELECT any(ifNull(total_bytes, 0)) FROM system.tables WHERE database = "
	                "%.*s AND name = %.*s)",
	                STR_ARG(of), STR_ARG(name)),
	        STR(" LIMIT 1"));
}

static bool add_table_chunk(struct estimate *estimate, size_t row)
{
	struct outcome outcome;
	struct str sql =
	        look_printf(estimate->looking, "EXPLAIN ESTIMATE\n%.*s", STR_ARG(estimate->select));
	bool found;

	if (!ask_chunk(estimate, sql, row, &outcome))
		return false;
	found = outcome.reply.row_count > 0;
	for (size_t i = 0; i < outcome.reply.row_count; i++) {
		const struct reply *reply = &outcome.reply;
		uint64_t rows = str_u64(reply_value(reply, i, reply_column(reply, "rows")));

		if (!estimate->bytes_per_row)
			find_row_size(estimate,
			              reply_value(reply, i, reply_column(reply, "database")),
			              reply_value(reply, i, reply_column(reply, "table")));
		estimate->rows += rows;
		estimate->bytes += (uint64_t)((double)rows * estimate->bytes_per_row);
	}
	outcome_release(&outcome);
	return found;
}

/* --- files --- */

static bool add_files_chunk(struct estimate *estimate, size_t row)
{
	struct outcome outcome;
	struct str bytes = STR("total_compressed_size");

	if (estimate->columns.n)
		bytes = look_printf(estimate->looking,
		                    "arraySum(c -> c.total_compressed_size, arrayFilter(c -> "
		                    "splitByChar('.', c.path)[1] IN (%.*s), columns))",
		                    STR_ARG(estimate->columns));
	if (!ask_chunk(
	            estimate,
	            look_printf(estimate->looking,
	                        "SELECT toString(sum(num_rows)), toString(sum(%.*s)) FROM %.*s%.*s",
	                        STR_ARG(bytes), STR_ARG(estimate->files), STR_ARG(estimate->only)),
	            row, &outcome))
		return false;
	estimate->rows += str_u64(reply_value(&outcome.reply, 0, 0));
	estimate->bytes += str_u64(reply_value(&outcome.reply, 0, 1));
	outcome_release(&outcome);
	return true;
}

static bool add_sizes_chunk(struct estimate *estimate, size_t row)
{
	struct outcome outcome;

	if (!ask_chunk(estimate,
	               look_printf(estimate->looking, "SELECT toString(sum(_size)) FROM %.*s%.*s",
	                           STR_ARG(estimate->sizes), STR_ARG(estimate->only)),
	               row, &outcome))
		return false;
	estimate->bytes += str_u64(reply_value(&outcome.reply, 0, 0));
	outcome_release(&outcome);
	return true;
}

/* --- the sum --- */

typedef bool (*add_chunk)(struct estimate *estimate, size_t row);

/* All chunks that are left, or OUTLOOK_CHUNKS_MAX of them. */
static bool add_up(struct estimate *estimate, add_chunk add)
{
	struct outlook_load *load = estimate->load;
	size_t left = load->total - load->done, seen = 0, next = 0;
	size_t most = left < OUTLOOK_CHUNKS_MAX ? left : OUTLOOK_CHUNKS_MAX;

	load->asked = 0;
	estimate->rows = estimate->bytes = 0;
	for (size_t row = 0; row < load->total; row++) {
		if (load->chunk_done[row])
			continue;
		if (seen++ != next)
			continue;
		if (!add(estimate, row))
			return false;
		next = ++load->asked * left / most;
	}
	if (load->asked && load->asked < left) {
		estimate->rows = estimate->rows / load->asked * left;
		estimate->bytes = estimate->bytes / load->asked * left;
	}
	return true;
}

/* Who could say; NULL: nobody. */
static const char *ask_all(struct estimate *estimate)
{
	if (add_up(estimate, add_table_chunk))
		return "EXPLAIN ESTIMATE";
	if (estimate->looking->exec->stopping || !find_files(estimate))
		return NULL;
	if (estimate->files.n && add_up(estimate, add_files_chunk))
		return "Parquet metadata";
	if (estimate->looking->exec->stopping || !add_up(estimate, add_sizes_chunk))
		return NULL;
	estimate->rows_unknown = true;
	return "file sizes";
}

/* One statement of a chunk; a chunk that fills several views reads its rows once for each. */
static bool estimate_step(struct looking *looking, struct outlook_load *load,
                          const struct step *heavy, size_t first, struct str *why)
{
	struct estimate estimate = {.looking = looking, .load = load, .heavy = heavy};

	estimate.select = look_from_word(heavy->sql, "SELECT", "WITH");
	if (!estimate.select.n)
		return false;
	find_columns(&estimate, first);
	load->estimated_by = ask_all(&estimate);
	*why = estimate.why;
	if (!load->estimated_by)
		return false;
	load->rows += estimate.rows;
	load->bytes += estimate.bytes;
	load->rows_known = load->rows_known && !estimate.rows_unknown;
	load->at_most = load->at_most || estimate.rows_unknown || !estimate.columns.n;
	return true;
}

static void estimate_load(struct looking *looking, struct outlook_load *load)
{
	const struct each *each = load->step->each;
	struct str why = STR("");
	size_t first = 0;
	bool ok = true;

	while (first < load->total && load->chunk_done[first])
		first++;
	if (first == load->total)
		return;
	load->rows_known = true;
	for (size_t i = 0; ok && i < each->body_count; i++)
		if (each->body[i]->heavy)
			ok = estimate_step(looking, load, each->body[i], first, &why);
	if (!ok && !looking->exec->stopping)
		look_unseen(looking, "[%.*s] what there is to read: %.*s", STR_ARG(load->step->id),
		            STR_ARG(why.n ? why : STR("the source is neither a table nor files")));
}

/* --- chunks --- */

static const struct pinned *rows_of(struct looking *looking, const struct each *each)
{
	const struct step *probe;

	if (!each->over.n)
		return pins_literal(&looking->outlook->arena, each);
	probe = graph_find(looking->outlook->graph, each->over);
	return probe ? looking->exec->pins[probe->number] : NULL;
}

static const struct step *halves_of(const struct each *each)
{
	for (size_t i = 0; i < each->body_count; i++) {
		if (each->body[i]->when == WHEN_SPLIT)
			return each->body[i];
	}
	return NULL;
}

/* A chunk, or a part of one that was split, as sched_chunks.c names them. */
struct look_chunk {
	struct str name;
	const struct pinned *rows;
	size_t row;
	const struct journal_entry *entry;
	bool split;
};

struct look_chunks {
	LIST_OF(struct look_chunk) list;
	size_t left; /* that are not split */
};

static void add_chunks(struct looking *looking, struct look_chunks *chunks,
                       const struct outlook_load *load, const struct pinned *rows, struct str of)
{
	for (size_t row = 0; row < rows->row_count; row++) {
		struct str name = of.n ? look_printf(looking, "%.*s.%zu", STR_ARG(of), row + 1)
		                       : look_printf(looking, "%zu", row + 1);

		*list_add(&looking->outlook->arena, &chunks->list) = (struct look_chunk){
		        .name = name,
		        .rows = rows,
		        .row = row,
		        .entry = journal_find(&looking->exec->journal, load->step->id, name)};
		chunks->left++;
	}
}

/* Parts come behind, and may have been split again. */
static struct look_chunks find_chunks(struct looking *looking, const struct outlook_load *load,
                                      const struct pinned *rows)
{
	const struct step *halves = halves_of(load->step->each);
	struct look_chunks chunks = {0};

	add_chunks(looking, &chunks, load, rows, STR(""));
	for (size_t i = 0; i < chunks.list.count; i++) {
		struct look_chunk chunk = chunks.list.items[i];
		const struct pinned *parts;

		if (!halves || !chunk.entry || chunk.entry->state != JOURNAL_SPLIT)
			continue;
		parts = pins_of_step(&looking->outlook->arena, halves, chunk.entry->pinned);
		if (!parts)
			continue;
		chunks.list.items[i].split = true;
		chunks.left--;
		add_chunks(looking, &chunks, load, parts, chunk.name);
	}
	return chunks;
}

static struct str value_of(const struct look_chunk *chunk, struct str column)
{
	const struct pinned *rows = chunk->rows;

	for (size_t i = 0; i < rows->column_count; i++) {
		if (str_eq(rows->columns[i], column))
			return rows->values[chunk->row * rows->column_count + i];
	}
	return STR("");
}

static void count_chunk(struct looking *looking, struct outlook_load *load, size_t row,
                        const struct journal_entry *entry)
{
	if (!entry)
		return;
	if (entry->state == JOURNAL_DONE) {
		load->chunk_done[row] = true;
		load->done++;
		looking->outlook->rows_done += entry->rows;
	} else if (load->step->repeat == REPEAT_NEVER && entry->state == JOURNAL_BEGUN) {
		load->chunk_in_doubt[row] = true;
		load->in_doubt++;
	} else if (entry->state != JOURNAL_DISCARDED && entry->state != JOURNAL_NONE) {
		load->under_way++;
	}
}

static void count_chunks(struct looking *looking, struct outlook_load *load,
                         const struct pinned *rows)
{
	struct arena *arena = &looking->outlook->arena;
	struct look_chunks chunks = find_chunks(looking, load, rows);
	struct str *values = arena_array(arena, struct str, chunks.left * rows->column_count + 1);

	load->chunk_done = arena_array(arena, bool, chunks.left + 1);
	load->chunk_in_doubt = arena_array(arena, bool, chunks.left + 1);
	load->columns = rows->columns;
	load->column_count = rows->column_count;
	load->values = values;
	for (size_t i = 0; i < chunks.list.count; i++) {
		const struct look_chunk *chunk = &chunks.list.items[i];

		if (chunk->split)
			continue;
		for (size_t k = 0; k < rows->column_count; k++)
			*values++ = value_of(chunk, rows->columns[k]);
		count_chunk(looking, load, load->total++, chunk->entry);
	}
}

void look_load(struct looking *looking, const struct step *step)
{
	struct outlook *outlook = looking->outlook;
	struct outlook_load *load = list_add(&outlook->arena, &outlook->loads);
	const struct pinned *rows = rows_of(looking, step->each);

	*load = (struct outlook_load){.step = step, .known = rows != NULL};
	if (!rows)
		return;
	count_chunks(looking, load, rows);
	if (outlook->state != OUTLOOK_FINISHED && load->done < load->total)
		estimate_load(looking, load);
}
