#include "compiler/ast_build.h"

const char *ast_clause_name(enum ast_clause clause)
{
	static const char *const names[CLAUSE_COUNT] = {
	        [CLAUSE_USING] = "using",
	        [CLAUSE_SPLIT] = "split on",
	        [CLAUSE_OVERLAP] = "overlap is fine",
	        [CLAUSE_SETTLE] = "settle",
	        [CLAUSE_WHERE] = "where",
	        [CLAUSE_NULLS] = "nulls are",
	        [CLAUSE_CHUNK] = "chunk by",
	        [CLAUSE_WORKERS] = "workers",
	        [CLAUSE_PUBLISH] = "publish",
	        [CLAUSE_SETTINGS] = "settings",
	        [CLAUSE_PAUSE] = "pause ingest",
	        [CLAUSE_WITHIN] = "within",
	        [CLAUSE_KEEP] = "keep filter",
	        [CLAUSE_VERIFY] = "verify",
	        [CLAUSE_THROTTLE] = "throttle when",
	};

	return names[clause];
}

struct ast_backfill *ast_backfill_begin(struct parse *parse)
{
	return arena_new(parse->arena, struct ast_backfill);
}

static void note(struct parse *parse, struct ast_backfill *b, enum ast_clause clause,
                 struct span span)
{
	struct diag *diag;

	marks_add_clause(parse->marks, span);
	if (!b->clauses[clause].end) {
		b->clauses[clause] = span;
		return;
	}
	diag = diag_add(parse->diags, BF017, span, "'%s' is given twice", ast_clause_name(clause));
	diag_note(parse->diags, diag, b->clauses[clause], "the first is here");
	if (clause == CLAUSE_SETTINGS)
		diag_hint(parse->diags, diag,
		          "list all of them in one `settings`, with commas; later ones win");
	else
		diag_hint(parse->diags, diag, "keep one of the two");
}

void ast_using(struct parse *parse, struct ast_backfill *b, struct span span,
               enum ast_strategy strategy, enum ast_strategy with)
{
	note(parse, b, CLAUSE_USING, span);
	b->strategy = strategy;
	b->with = with;
}

void ast_using_unsafe(struct parse *parse, struct ast_backfill *b, struct span span)
{
	ast_using(parse, b, span, STRATEGY_DIRECT, STRATEGY_DEFAULT);
	b->unsafe = true;
}

void ast_split(struct parse *parse, struct ast_backfill *b, struct span span,
               const struct ast_name *column, enum ast_point_kind point,
               const struct ast_literal *literal)
{
	note(parse, b, CLAUSE_SPLIT, span);
	b->split.present = true;
	b->split.span = span;
	b->split.column = *column;
	b->split.point = point;
	if (literal)
		b->split.literal = *literal;
}

void ast_split_now_plus(struct parse *parse, struct ast_backfill *b, struct span span,
                        const struct ast_name *column, struct ast_interval interval)
{
	ast_split(parse, b, span, column, POINT_NOW_PLUS, NULL);
	b->split.now_plus = interval;
}

/* Some clauses say more about one that stands before them. */
static void needs(struct parse *parse, struct ast_backfill *b, enum ast_clause clause,
                  enum ast_clause before, const char *hint)
{
	struct diag *diag;

	if (b->clauses[before].end)
		return;
	diag = diag_add(parse->diags, BF024, b->clauses[clause], "'%s' without '%s' before it",
	                ast_clause_name(clause), ast_clause_name(before));
	diag_hint(parse->diags, diag, "write it behind `%s`", hint);
}

static const char split_form[] = "split on COLUMN at POINT";

void ast_overlap(struct parse *parse, struct ast_backfill *b, struct span span)
{
	note(parse, b, CLAUSE_OVERLAP, span);
	needs(parse, b, CLAUSE_OVERLAP, CLAUSE_SPLIT, split_form);
	b->split.overlap_is_fine = true;
}

void ast_settle(struct parse *parse, struct ast_backfill *b, struct span span,
                struct ast_interval interval)
{
	note(parse, b, CLAUSE_SETTLE, span);
	needs(parse, b, CLAUSE_SETTLE, CLAUSE_SPLIT, split_form);
	b->split.has_settle = true;
	b->split.settle = interval;
}

void ast_where(struct parse *parse, struct ast_backfill *b, struct span span,
               struct ast_sql condition)
{
	note(parse, b, CLAUSE_WHERE, span);
	if (!str_trim(span_text(parse->sources, condition.span)).n)
		diag_add(parse->diags, BF013, span, "expected a condition between the brackets");
	b->where = condition;
}

void ast_throttle(struct parse *parse, struct ast_backfill *b, struct span span,
                  struct ast_sql select)
{
	note(parse, b, CLAUSE_THROTTLE, span);
	b->throttle = select;
}

void ast_nulls(struct parse *parse, struct ast_backfill *b, struct span span, enum ast_nulls nulls)
{
	note(parse, b, CLAUSE_NULLS, span);
	b->nulls = nulls;
}

void ast_chunk_column(struct parse *parse, struct ast_backfill *b, struct span span,
                      const struct ast_name *column, struct ast_interval every,
                      const struct ast_literal *from, const struct ast_literal *to)
{
	note(parse, b, CLAUSE_CHUNK, span);
	b->chunk = (struct ast_chunk){
	        .kind = CHUNK_COLUMN,
	        .span = span,
	        .column = *column,
	        .every = every,
	        .has_from = from != NULL,
	        .has_to = to != NULL,
	};
	if (from)
		b->chunk.from = *from;
	if (to)
		b->chunk.to = *to;
}

void ast_chunk_files(struct parse *parse, struct ast_backfill *b, struct span span,
                     struct span number)
{
	note(parse, b, CLAUSE_CHUNK, span);
	b->chunk = (struct ast_chunk){
	        .kind = CHUNK_FILES,
	        .span = span,
	        .files = ast_count_of(parse, number),
	};
}

void ast_chunk_partition(struct parse *parse, struct ast_backfill *b, struct span span)
{
	note(parse, b, CLAUSE_CHUNK, span);
	b->chunk = (struct ast_chunk){.kind = CHUNK_PARTITION, .span = span};
}

void ast_workers(struct parse *parse, struct ast_backfill *b, struct span span, struct span number)
{
	/* Each worker is a statement on the server; ClickHouse takes 100 at once by default. */
	enum { WORKERS_MAX = 64 };
	struct diag *diag;

	note(parse, b, CLAUSE_WORKERS, span);
	b->workers = ast_count_of(parse, number);
	if (b->workers <= WORKERS_MAX)
		return;
	diag = diag_add(parse->diags, BF023, number, "more than %d workers", (int)WORKERS_MAX);
	diag_hint(parse->diags, diag,
	          "`workers auto` takes one more than the server's cores, and at most 8");
}

void ast_workers_auto(struct parse *parse, struct ast_backfill *b, struct span span)
{
	note(parse, b, CLAUSE_WORKERS, span);
	b->workers_auto = true;
}

void ast_publish(struct parse *parse, struct ast_backfill *b, struct span span,
                 enum ast_publish publish)
{
	note(parse, b, CLAUSE_PUBLISH, span);
	b->publish = publish;
}

void ast_settings(struct parse *parse, struct ast_backfill *b, struct span span,
                  const struct ast_setting_list *settings)
{
	note(parse, b, CLAUSE_SETTINGS, span);
	b->settings = *settings;
}

struct ast_pause *ast_pause_of(struct parse *parse, enum ast_pause_kind kind, struct ast_name stop,
                               struct ast_name start, const struct name_list *tables)
{
	struct ast_pause *pause = arena_new(parse->arena, struct ast_pause);

	*pause = (struct ast_pause){.kind = kind, .stop = stop, .start = start};
	for (size_t i = 0; tables && i < tables->list.count; i++)
		*list_add(parse->arena, &pause->tables) = tables->list.items[i];
	return pause;
}

void ast_pause(struct parse *parse, struct ast_backfill *b, struct span span,
               const struct ast_pause *pause)
{
	note(parse, b, CLAUSE_PAUSE, span);
	b->pause = *pause;
}

void ast_within(struct parse *parse, struct ast_backfill *b, struct span span,
                struct ast_interval interval)
{
	note(parse, b, CLAUSE_WITHIN, span);
	needs(parse, b, CLAUSE_WITHIN, CLAUSE_PAUSE, "pause ingest by …");
	b->pause.has_within = true;
	b->pause.within = interval;
}

void ast_keep_filter(struct parse *parse, struct ast_backfill *b, struct span span)
{
	note(parse, b, CLAUSE_KEEP, span);
}

void ast_verify(struct parse *parse, struct ast_backfill *b, struct span span,
                enum ast_verify verify)
{
	note(parse, b, CLAUSE_VERIFY, span);
	b->verify = verify;
}
