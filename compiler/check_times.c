/* Stretches of time: `now + …`, `settle`, `within`; and how ingest is paused. */
#include "compiler/check_internal.h"

#include <inttypes.h>

/* Longer ones are slips: nobody waits for ten years. */
enum { INTERVAL_SECONDS_MAX = 10 * 366 * 24 * 3600, WITHIN_SECONDS_DEFAULT = 300 };

/* A stretch of time needs a unit, and an end. */
static bool read_interval(struct checker *checker, const struct ast_interval *it, const char *what,
                          struct model_interval *out)
{
	struct diag *diag;

	*out = (struct model_interval){it->count, it->unit};
	if (it->unit == UNIT_NONE) {
		diag = diag_add(checker->diags, BF147, it->span, "'%s' needs a unit of time", what);
		diag_hint(checker->diags, diag, "%s %" PRIu64 " seconds", what, it->count);
		return false;
	}
	if (it->count <= INTERVAL_SECONDS_MAX / ast_unit_seconds(it->unit))
		return true;
	diag = diag_add(checker->diags, BF147, it->span, "'%s' waits for more than ten years",
	                what);
	diag_hint(checker->diags, diag, "write minutes or hours");
	return false;
}

static bool below_a_day(enum ast_unit unit)
{
	return unit == UNIT_SECOND || unit == UNIT_MINUTE || unit == UNIT_HOUR;
}

/* The split's moment and the wait after it are on the server's clock: the column has to be a time. */
static bool has_clock(struct checker *checker, const struct ast_split *it,
                      const struct type_info *type, struct span span, const char *what)
{
	struct diag *diag;

	if (type->class != TYPE_INTEGER)
		return true;
	diag = diag_add(checker->diags, BF143, span, "'%.*s' is an integer, and '%s' is a time",
	                STR_ARG(it->column.text), what);
	diag_hint(checker->diags, diag, "split on a Date or DateTime column, or at a number");
	return false;
}

void check_split_times(struct checker *checker, const struct ast_split *it,
                       struct model_split *split)
{
	bool date = split->type.class == TYPE_DATE || split->type.class == TYPE_DATE32;
	struct span now_plus = it->now_plus.span;
	struct diag *diag;

	if (it->point == POINT_NOW_PLUS &&
	    has_clock(checker, it, &split->type, now_plus, "now + …") &&
	    read_interval(checker, &it->now_plus, "now +", &split->now_plus) && date &&
	    below_a_day(it->now_plus.unit)) {
		diag = diag_add(checker->diags, BF147, now_plus,
		                "'%.*s' has type %.*s and nothing below a day",
		                STR_ARG(it->column.text), STR_ARG(split->type.bare));
		diag_hint(checker->diags, diag, "now + 1 day");
	}
	if (it->has_settle && has_clock(checker, it, &split->type, it->settle.span, "settle"))
		read_interval(checker, &it->settle, "settle", &split->settle);
}

/* --- pauses ---------------------------------------------------------------------------------- */

/* Engines that hand rows on, and start again where they stopped. */
static bool is_queue(struct str engine)
{
	static const char *const queues[] = {"Kafka",      "RabbitMQ", "NATS",   "S3Queue",
	                                     "AzureQueue", "FileLog",  "Kinesis"};

	for (size_t i = 0; i < sizeof(queues) / sizeof(*queues); i++)
		if (str_is(engine, queues[i]))
			return true;
	return false;
}

bool check_keeps_rows(const struct model_table *table)
{
	return table->engine_class != ENGINE_NULL && !is_queue(table->engine);
}

static void check_detached(struct checker *checker, const struct ast_object_name *name,
                           struct str current, struct model_pause *pause)
{
	const struct checked_table *table =
	        check_find_table(checker, name, current, BF101,
	                         "declare it: `external table NAME;` for one that is there");
	struct diag *diag;

	if (!table)
		return;
	for (size_t i = 0; i < pause->table_count; i++)
		if (pause->tables[i] == &table->model) {
			diag_add(checker->diags, BF100, name->span, "'%.*s' is named twice",
			         STR_ARG(name->name.text));
			return;
		}
	pause->tables[pause->table_count++] = &table->model;
	if (table->model.engine_class == ENGINE_UNKNOWN || is_queue(table->model.engine))
		return;
	diag = diag_add(checker->diags, BF166, name->span,
	                "detaching '%.*s' would not stop ingest: its engine is %.*s",
	                STR_ARG(table->model.name), STR_ARG(table->model.engine));
	diag_note(checker->diags, diag, table->engine.span, "its engine");
	diag_hint(checker->diags, diag,
	          "name the Kafka, S3Queue or similar table that rows come from, or pause by hand "
	          "or by command");
}

static void check_text(struct checker *checker, const struct ast_name *text, const char *what)
{
	if (!str_trim(text->text).n)
		diag_add(checker->diags, BF023, text->span, "%s is empty", what);
}

static uint64_t read_within(struct checker *checker, const struct ast_interval *it)
{
	struct model_interval interval;
	struct diag *diag;

	if (!read_interval(checker, it, "within", &interval))
		return WITHIN_SECONDS_DEFAULT;
	if (below_a_day(it->unit))
		return it->count * ast_unit_seconds(it->unit);
	diag = diag_add(checker->diags, BF147, it->span, "ingest cannot stay paused for days");
	diag_hint(checker->diags, diag,
	          "write seconds, minutes or hours; the pause is for metadata alone");
	return WITHIN_SECONDS_DEFAULT;
}

void check_pause(struct checker *checker, const struct ast_pause *it, struct str current,
                 struct model_pause *pause)
{
	pause->kind = it->kind;
	pause->stop = it->stop.text;
	pause->start = it->start.text;
	if (it->kind == PAUSE_BY_HAND)
		check_text(checker, &it->stop, "what a person has to do");
	if (it->kind == PAUSE_BY_COMMAND) {
		check_text(checker, &it->stop, "the command that stops ingest");
		check_text(checker, &it->start, "the command that resumes ingest");
	}
	pause->tables = arena_array(checker->arena, const struct model_table *, it->tables.count);
	for (size_t i = 0; i < it->tables.count; i++)
		check_detached(checker, &it->tables.items[i], current, pause);
	pause->within_seconds =
	        it->has_within ? read_within(checker, &it->within) : WITHIN_SECONDS_DEFAULT;
}
