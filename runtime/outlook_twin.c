/*
 * outlook_twin.c: what apply would make under scratch names, without making it.
 *
 * The plan compares declarations by making them, empty, under scratch names: the server then writes
 * types, keys and queries its own way on both sides. Here the server says how it would write them,
 * and reads only (measured on 26.7, for users with readonly = 1, too):
 * - formatQuerySingleLine() lays the statement out as system.tables does;
 * - DESCRIBE TABLE null('columns') has types and defaults as system.columns would list them, with
 *   Nested taken apart.
 * - A view's query, laid out, is as_select but for what CREATE expands; where they differ, EXPLAIN
 *   SYNTAX of both decides.
 */
#include "compiler/base/sqltext.h"
#include "runtime/outlook_internal.h"

/* The same names, in this order, in system.tables and in the rows of a twin. */
#define TABLE_COLUMNS                                                                              \
	"database, name, engine, engine_full, partition_key, sorting_key, primary_key, "           \
	"sampling_key, as_select, create_table_query, total_rows, uuid"
#define TABLE_STRUCTURE                                                                            \
	"database String, name String, engine String, engine_full String, partition_key String, "  \
	"sorting_key String, primary_key String, sampling_key String, as_select String, "          \
	"create_table_query String, total_rows Nullable(UInt64), uuid UUID"
#define COLUMN_COLUMNS "database, table, name, type, default_kind"
#define COLUMN_STRUCTURE                                                                           \
	"database String, table String, name String, type String, default_kind String"

struct twin {
	struct str database, name;
	struct str columns; /* between the parentheses */
	struct str engine, partition, primary, sorting, sampling, query;
};

/* --- reading the statement --- */

/* The text of a statement from behind a token on, up to where the scan is now. */
static struct str between(const char *begin, const struct inspect_scan *scan)
{
	return str_trim((struct str){begin, (size_t)(scan->token.p - begin)});
}

static struct str *clause_of(struct twin *twin, struct str word)
{
	static const struct {
		const char *word;
		size_t at;
	} clauses[] = {
	        {"ENGINE", offsetof(struct twin, engine)},
	        {"PARTITION", offsetof(struct twin, partition)},
	        {"PRIMARY", offsetof(struct twin, primary)},
	        {"ORDER", offsetof(struct twin, sorting)},
	        {"SAMPLE", offsetof(struct twin, sampling)},
	};

	for (size_t i = 0; i < sizeof(clauses) / sizeof(*clauses); i++) {
		if (str_is(word, clauses[i].word))
			return (struct str *)((char *)twin + clauses[i].at);
	}
	return NULL;
}

/* Words that begin a clause in the order in which formatQuery writes them; none is an expression's
 * at depth 0 there, as it writes these in upper case and quotes such names. */
static bool begins_clause(const struct inspect_scan *scan)
{
	static const char *const words[] = {"ENGINE", "PARTITION", "PRIMARY",  "ORDER",
	                                    "SAMPLE", "TTL",       "SETTINGS", "COMMENT"};

	for (size_t i = 0; scan->kind == SQL_WORD && i < sizeof(words) / sizeof(*words); i++) {
		if (str_is(scan->token, words[i]))
			return true;
	}
	return false;
}

/* `ENGINE = MergeTree PARTITION BY …`, laid out by the server. */
static void read_clauses(struct twin *twin, struct inspect_scan *scan)
{
	struct str *clause = NULL;
	const char *begin = NULL;
	int depth = 0;

	for (;; inspect_next(scan)) {
		bool ends = scan->kind == SQL_END || (depth == 0 && begins_clause(scan));

		if (ends && clause && begin)
			*clause = between(begin, scan);
		if (scan->kind == SQL_END)
			return;
		if (ends) {
			bool engine = str_is(scan->token, "ENGINE");

			clause = clause_of(twin, scan->token);
			/* Behind `=`, `BY` or `KEY`. */
			if (clause)
				inspect_next(scan);
			begin = scan->token.p + scan->token.n;
			if (engine && scan->kind == SQL_END)
				return;
			continue;
		}
		depth += look_depth(scan);
	}
}

/* [database .] name at the token; the scan is behind it then. */
static void read_name(struct looking *looking, struct inspect_scan *scan, struct str *database,
                      struct str *name)
{
	struct arena *arena = &looking->outlook->arena;

	*name = inspect_meaning(scan->token, arena);
	inspect_next(scan);
	if (scan->kind == SQL_OTHER && scan->token.p[0] == '.') {
		inspect_next(scan);
		*database = *name;
		*name = inspect_meaning(scan->token, arena);
		inspect_next(scan);
	}
}

static bool read_table(struct looking *looking, struct twin *twin, struct str text)
{
	struct inspect_scan scan = {.text = text};
	const char *begin;
	int depth = 0;

	do
		inspect_next(&scan);
	while (scan.kind == SQL_WORD &&
	       (str_is(scan.token, "CREATE") || str_is(scan.token, "OR") ||
	        str_is(scan.token, "REPLACE") || str_is(scan.token, "TABLE")));
	read_name(looking, &scan, &twin->database, &twin->name);
	if (scan.kind != SQL_OTHER || scan.token.p[0] != '(')
		return false;
	begin = scan.token.p + 1;
	do {
		depth += look_depth(&scan);
		if (depth > 0)
			inspect_next(&scan);
	} while (depth > 0 && scan.kind != SQL_END);
	twin->columns = between(begin, &scan);
	inspect_next(&scan);
	read_clauses(twin, &scan);
	return twin->engine.n > 0;
}

/* Columns alone, without indices, projections and constraints. */
static struct str columns_alone(struct looking *looking, struct str list)
{
	struct inspect_scan scan = {.text = list};
	const char *begin = list.p;
	bool column = false, first = true;
	int depth = 0;
	struct buf out;
	struct str text;

	buf_init(&out, BUF_CEILING_OUTPUT);
	for (inspect_next(&scan);; inspect_next(&scan)) {
		bool comma = scan.kind == SQL_OTHER && scan.token.p[0] == ',' && depth == 0;

		if (first)
			column = scan.kind == SQL_QUOTED;
		first = false;
		if (comma || scan.kind == SQL_END) {
			const char *end = scan.kind == SQL_END ? list.p + list.n : scan.token.p;

			if (column)
				buf_addf(&out, "%s%.*s", out.size ? ", " : "", (int)(end - begin),
				         begin);
			begin = end + 1;
			first = true;
		}
		if (scan.kind == SQL_END)
			break;
		depth += look_depth(&scan);
	}
	text = look_keep(looking, buf_str(&out));
	buf_release(&out);
	return text;
}

/* --- rows --- */

static void add_texts(struct buf *out, const struct str *texts, size_t count, const char *end)
{
	buf_addz(out, ", (");
	for (size_t i = 0; i < count; i++) {
		buf_addz(out, i ? ", " : "");
		sql_add_string(out, texts[i]);
	}
	buf_addf(out, "%s)", end);
}

/* A key as system.tables has it. */
static struct str key_text(struct str text)
{
	return str_is(text, "tuple()") || str_is(text, "()") ? STR("") : text;
}

static void add_table_row(struct looking *looking, const struct twin *twin)
{
	struct str sorting = key_text(twin->sorting.n ? twin->sorting : twin->primary);
	struct str primary = key_text(twin->primary.n ? twin->primary : twin->sorting);
	struct str class = twin->engine;
	const char *arguments = class.n ? memchr(class.p, '(', class.n) : NULL;

	if (arguments)
		class.n = (size_t)(arguments - class.p);
	{
		struct str texts[] = {twin->database,
		                      twin->name,
		                      class,
		                      twin->engine,
		                      key_text(twin->partition),
		                      sorting,
		                      primary,
		                      twin->sampling,
		                      twin->query,
		                      STR("")};

		add_texts(&looking->twins.tables, texts, sizeof(texts) / sizeof(*texts),
		          ", 0, '00000000-0000-0000-0000-000000000000'");
	}
}

/* DESCRIBE lays tuples out over several lines (print_pretty_type_names, which not every user may
 * change); a line end of a name would be escaped. */
static struct str on_one_line(struct looking *looking, struct str type)
{
	struct buf out;
	struct str text;

	buf_init(&out, BUF_CEILING_OUTPUT);
	for (size_t i = 0; i < type.n; i++) {
		if (type.p[i] != '\n') {
			buf_addc(&out, type.p[i]);
			continue;
		}
		if (i > 0 && type.p[i - 1] == ',')
			buf_addc(&out, ' ');
		while (i + 1 < type.n && type.p[i + 1] == ' ')
			i++;
	}
	text = look_keep(looking, buf_str(&out));
	buf_release(&out);
	return text;
}

static bool add_column_rows(struct looking *looking, const struct twin *twin, struct str *why)
{
	struct str structure = columns_alone(looking, twin->columns);
	struct binding param = {.name = STR("bfc_columns"), .value = structure};
	struct request request = {.sql = STR("DESCRIBE TABLE null({bfc_columns:String})"),
	                          .params = &param,
	                          .param_count = 1};
	struct outcome outcome;
	bool ok;

	if (!look_ask(looking, &request, 0, &outcome))
		return false;
	ok = outcome.kind == OUTCOME_OK;
	if (!ok)
		*why = look_reason(looking, &outcome);
	for (size_t row = 0; ok && row < outcome.reply.row_count; row++) {
		struct str texts[] = {
		        twin->database, twin->name,
		        reply_value(&outcome.reply, row, reply_column(&outcome.reply, "name")),
		        on_one_line(looking, reply_value(&outcome.reply, row,
		                                         reply_column(&outcome.reply, "type"))),
		        reply_value(&outcome.reply, row,
		                    reply_column(&outcome.reply, "default_type"))};

		add_texts(&looking->twins.columns, texts, 5, "");
	}
	outcome_release(&outcome);
	return ok;
}

/* --- views --- */

/* What a twin is the twin of: its name behind bfc_<tag>_check_. */
static struct str live_name(const struct looking *looking, struct str name)
{
	size_t prefix = strlen("bfc_") + strlen(looking->outlook->graph->tag) + strlen("_check_");

	return name.n > prefix ? (struct str){name.p + prefix, name.n - prefix} : name;
}

/* As CREATE would expand it: the live text when both mean the same. */
static bool settle_query(struct looking *looking, struct twin *twin, struct str query,
                         const struct binding *params, size_t count, struct str *why)
{
	struct binding names[] = {
	        {.name = STR("bfc_database"), .value = twin->database},
	        {.name = STR("bfc_name"), .value = live_name(looking, twin->name)}};
	struct str live, ours, theirs;

	if (!look_text(looking,
	               STR("SELECT as_select FROM system.tables WHERE database = "
	                   "{bfc_database:String} AND name = {bfc_name:String}"),
	               names, 2, &live, why))
		return false;
	if (!live.n || str_eq(live, twin->query))
		return true;
	if (!look_text(looking,
	               look_printf(looking, "EXPLAIN SYNTAX oneline = 1\n%.*s", STR_ARG(query)),
	               params, count, &ours, why) ||
	    !look_text(looking,
	               look_printf(looking, "EXPLAIN SYNTAX oneline = 1\n%.*s", STR_ARG(live)),
	               NULL, 0, &theirs, why))
		return false;
	if (str_eq(ours, theirs))
		twin->query = live;
	return true;
}

static bool read_view(struct looking *looking, const struct step *step, struct twin *twin,
                      struct str *why)
{
	struct inspect_scan scan = {.text = step->sql};
	struct str query = look_from_word(step->sql, "AS", NULL), missing;
	struct binding text = {.name = STR("bfc_query")};
	const struct binding *params;
	size_t count;

	while (scan.kind != SQL_WORD || !str_is(scan.token, "VIEW")) {
		look_next(&scan);
		if (scan.kind == SQL_END)
			return false;
	}
	look_next(&scan);
	read_name(looking, &scan, &twin->database, &twin->name);
	if (query.n < 2 || !scope_collect(&looking->exec->scope, step, &looking->outlook->arena,
	                                  &params, &count, &missing))
		return false;
	text.value = query = str_trim((struct str){query.p + 2, query.n - 2});
	return look_text(looking, STR("SELECT formatQuerySingleLine({bfc_query:String})"), &text, 1,
	                 &twin->query, why) &&
	       settle_query(looking, twin, query, params, count, why);
}

/* --- both --- */

static bool make_out(struct looking *looking, const struct step *step, struct str *why)
{
	struct twin twin = {0};
	struct binding ddl = {.name = STR("bfc_ddl"), .value = step->sql};
	struct str text;

	if (look_from_word(step->sql, "VIEW", "TABLE").p[0] == 'V') {
		if (!read_view(looking, step, &twin, why))
			return false;
		twin.engine = STR("View");
		add_table_row(looking, &twin);
		return true;
	}
	if (!look_text(looking, STR("SELECT formatQuerySingleLine({bfc_ddl:String})"), &ddl, 1,
	               &text, why))
		return false;
	if (!read_table(looking, &twin, text)) {
		*why = STR("its statement is not understood");
		return false;
	}
	if (!add_column_rows(looking, &twin, why))
		return false;
	add_table_row(looking, &twin);
	return true;
}

bool twin_add(struct looking *looking, const struct step *step)
{
	struct str why = {0};

	if (!look_from_word(step->sql, "VIEW", "TABLE").n)
		return false;
	if (make_out(looking, step, &why))
		return true;
	if (!looking->exec->stopping)
		look_unseen(looking, "%.*s: can't be compared before apply: %.*s",
		            STR_ARG(step->title), STR_ARG(why));
	return false;
}

static void add_source(struct looking *looking, struct buf *out, bool tables)
{
	const struct twin_rows *twins = &looking->twins;

	if (tables)
		buf_addf(out,
		         "(SELECT " TABLE_COLUMNS
		         " FROM system.tables UNION ALL SELECT " TABLE_COLUMNS
		         " FROM values('" TABLE_STRUCTURE "'%.*s))",
		         STR_ARG(buf_str(&twins->tables)));
	else
		buf_addf(out,
		         "(SELECT " COLUMN_COLUMNS
		         " FROM system.columns UNION ALL SELECT " COLUMN_COLUMNS
		         " FROM values('" COLUMN_STRUCTURE "'%.*s))",
		         STR_ARG(buf_str(&twins->columns)));
}

struct str twin_sql(struct looking *looking, struct str sql)
{
	struct inspect_scan scan = {.text = sql}, ahead;
	size_t copied = 0;
	struct buf out;
	struct str text;

	buf_init(&out, BUF_CEILING_OUTPUT);
	for (look_next(&scan); scan.kind != SQL_END; look_next(&scan)) {
		bool tables;

		if (scan.kind != SQL_WORD || !str_is(scan.token, "system"))
			continue;
		ahead = scan;
		inspect_next(&ahead);
		inspect_next(&ahead);
		tables = str_is(ahead.token, "tables");
		if ((tables ? looking->twins.tables.size : looking->twins.columns.size) == 0 ||
		    (!tables && !str_is(ahead.token, "columns")))
			continue;
		buf_add(&out,
		        (struct str){sql.p + copied, (size_t)(scan.token.p - sql.p) - copied});
		add_source(looking, &out, tables);
		copied = ahead.at;
		scan = ahead;
	}
	buf_add(&out, (struct str){sql.p + copied, sql.n - copied});
	text = look_keep(looking, buf_str(&out));
	buf_release(&out);
	return text;
}
