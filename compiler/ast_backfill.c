#include "compiler/ast_build.h"

struct backfill_builder *ast_backfill_begin(struct parse *parse)
{
	return arena_new(parse->arena, struct backfill_builder);
}

/* Notes that the clause is there; an error when it was there before. */
static void note(struct parse *parse, struct backfill_builder *b, enum backfill_clause clause,
                 struct span span)
{
	static const char *const names[CLAUSE_COUNT] = {
	        [CLAUSE_USING] = "using",        [CLAUSE_SPLIT] = "split on",
	        [CLAUSE_OVERLAP] = "overlap",    [CLAUSE_SETTLE] = "settle",
	        [CLAUSE_WHERE] = "where",        [CLAUSE_NULLS] = "nulls are",
	        [CLAUSE_CHUNK] = "chunk by",     [CLAUSE_WORKERS] = "workers",
	        [CLAUSE_PUBLISH] = "publish",    [CLAUSE_SETTINGS] = "settings",
	        [CLAUSE_PAUSE] = "pause ingest", [CLAUSE_WITHIN] = "within",
	        [CLAUSE_KEEP] = "keep filter",   [CLAUSE_VERIFY] = "verify",
	};
	struct diag *diag;

	marks_add_clause(parse->marks, span);
	if (!b->seen[clause].end) {
		b->seen[clause] = span;
		return;
	}
	diag = diag_add(parse->diags, BF017, span, "'%s' is given twice", names[clause]);
	diag_note(parse->diags, diag, b->seen[clause], "the first is here");
	if (clause == CLAUSE_SETTINGS)
		diag_hint(parse->diags, diag,
		          "list all of them in one `settings`, with commas; later ones win");
	else
		diag_hint(parse->diags, diag, "keep one of the two");
}

static void refuse(struct parse *parse, struct backfill_builder *b, struct span span,
                   const char *what, const char *hint)
{
	*list_add(parse->arena, &b->refused) = (struct refused){span, what, hint};
}

struct backfill_builder *ast_strategy(struct parse *parse, struct backfill_builder *b,
                                      struct span span, enum ast_strategy strategy)
{
	note(parse, b, CLAUSE_USING, span);
	b->ast.strategy = strategy;
	b->ast.strategy_span = span;
	if (strategy == STRATEGY_NULL_ENGINE)
		refuse(parse, b, span, "using null_engine",
		       "leave it out: a table is loaded through duplicates");
	if (strategy == STRATEGY_PAUSE_AND_ATTACH)
		refuse(parse, b, span, "using pause_and_attach",
		       "use `using duplicate` and a `split on COLUMN at LITERAL`");
	if (strategy == STRATEGY_DIRECT)
		refuse(parse, b, span, "using direct",
		       "use `using duplicate`, which can be repeated after a failure");
	return b;
}

struct backfill_builder *ast_strategy_unsafe(struct parse *parse, struct backfill_builder *b,
                                             struct span span)
{
	b->ast.unsafe = true;
	return ast_strategy(parse, b, span, STRATEGY_DIRECT);
}

struct backfill_builder *ast_split(struct parse *parse, struct backfill_builder *b,
                                   struct span span, const struct ast_name *column,
                                   enum ast_point_kind point, const struct ast_literal *literal)
{
	note(parse, b, CLAUSE_SPLIT, span);
	b->ast.split.present = true;
	b->ast.split.span = span;
	b->ast.split.column = *column;
	b->ast.split.point = point;
	if (literal)
		b->ast.split.literal = *literal;
	return b;
}

struct backfill_builder *ast_split_now_plus(struct parse *parse, struct backfill_builder *b,
                                            struct span span, const struct ast_name *column,
                                            struct ast_interval interval)
{
	ast_split(parse, b, span, column, POINT_NOW_PLUS, NULL);
	b->ast.split.now_plus = interval;
	refuse(parse, b, span, "split … at now + …",
	       "write the time as a literal, or `earliest` for the oldest live row");
	return b;
}

/* `overlap` and `settle` say something about a split that was given before them. */
static void needs_split(struct parse *parse, struct backfill_builder *b, struct span span,
                        const char *what)
{
	struct diag *diag;

	if (b->ast.split.present)
		return;
	diag = diag_add(parse->diags, BF024, span, "'%s' without a split before it", what);
	diag_hint(parse->diags, diag, "write it behind `split on COLUMN at POINT`");
}

struct backfill_builder *ast_overlap(struct parse *parse, struct backfill_builder *b,
                                     struct span span)
{
	note(parse, b, CLAUSE_OVERLAP, span);
	needs_split(parse, b, span, "overlap is fine");
	b->ast.split.overlap_is_fine = true;
	return b;
}

struct backfill_builder *ast_settle(struct parse *parse, struct backfill_builder *b,
                                    struct span span, struct ast_interval interval)
{
	note(parse, b, CLAUSE_SETTLE, span);
	needs_split(parse, b, span, "settle");
	b->ast.split.has_settle = true;
	b->ast.split.settle = interval;
	refuse(parse, b, span, "settle",
	       "leave it out, and split at a point so old that no row before it is still to come");
	return b;
}

struct backfill_builder *ast_where(struct parse *parse, struct backfill_builder *b,
                                   struct span span, struct ast_sql condition)
{
	note(parse, b, CLAUSE_WHERE, span);
	if (!str_trim(span_text(parse->sources, condition.span)).n)
		diag_add(parse->diags, BF013, span, "expected a condition between the brackets");
	b->ast.where = condition;
	return b;
}

struct backfill_builder *ast_nulls(struct parse *parse, struct backfill_builder *b,
                                   struct span span, enum ast_nulls nulls)
{
	note(parse, b, CLAUSE_NULLS, span);
	b->ast.nulls = nulls;
	return b;
}

struct backfill_builder *ast_chunk_column(struct parse *parse, struct backfill_builder *b,
                                          struct span span, const struct ast_name *column,
                                          struct ast_interval every, const struct ast_literal *from,
                                          const struct ast_literal *to)
{
	struct ast_chunk *chunk = &b->ast.chunk;

	note(parse, b, CLAUSE_CHUNK, span);
	*chunk = (struct ast_chunk){
	        .kind = CHUNK_COLUMN,
	        .span = span,
	        .column = *column,
	        .every = every,
	        .has_from = from != NULL,
	        .has_to = to != NULL,
	};
	if (from)
		chunk->from = *from;
	if (to)
		chunk->to = *to;
	return b;
}

struct backfill_builder *ast_chunk_files(struct parse *parse, struct backfill_builder *b,
                                         struct span span, struct span number)
{
	note(parse, b, CLAUSE_CHUNK, span);
	b->ast.chunk = (struct ast_chunk){
	        .kind = CHUNK_FILES,
	        .span = span,
	        .files = ast_count_of(parse, number),
	};
	return b;
}

struct backfill_builder *ast_chunk_partition(struct parse *parse, struct backfill_builder *b,
                                             struct span span)
{
	note(parse, b, CLAUSE_CHUNK, span);
	b->ast.chunk = (struct ast_chunk){.kind = CHUNK_PARTITION, .span = span};
	refuse(parse, b, span, "chunk by partition",
	       "use `chunk by COLUMN every N UNIT` or `chunk by files N`");
	return b;
}

struct backfill_builder *ast_workers(struct parse *parse, struct backfill_builder *b,
                                     struct span span, struct span number)
{
	/* Each worker is a statement on the server; ClickHouse takes 100 at once by default. */
	enum { WORKERS_MAX = 64 };
	uint64_t count = ast_count_of(parse, number);

	note(parse, b, CLAUSE_WORKERS, span);
	if (count > WORKERS_MAX) {
		struct diag *diag = diag_add(parse->diags, BF023, number, "more than %d workers",
		                             (int)WORKERS_MAX);

		diag_hint(parse->diags, diag,
		          "`workers auto` takes the server's cores, and at most 8");
	}
	b->ast.has_workers = true;
	b->ast.workers = count;
	b->ast.workers_span = span;
	return b;
}

struct backfill_builder *ast_workers_auto(struct parse *parse, struct backfill_builder *b,
                                          struct span span)
{
	note(parse, b, CLAUSE_WORKERS, span);
	b->ast.has_workers = true;
	b->ast.workers_auto = true;
	b->ast.workers_span = span;
	return b;
}

struct backfill_builder *ast_publish(struct parse *parse, struct backfill_builder *b,
                                     struct span span, enum ast_publish publish)
{
	note(parse, b, CLAUSE_PUBLISH, span);
	b->ast.publish = publish;
	if (publish == PUBLISH_AT_END)
		refuse(parse, b, span, "publish at end",
		       "leave it out, or write `publish each chunk`: every chunk is seen when it "
		       "is verified");
	return b;
}

struct backfill_builder *ast_settings(struct parse *parse, struct backfill_builder *b,
                                      struct span span, const struct ast_setting_list *settings)
{
	note(parse, b, CLAUSE_SETTINGS, span);
	b->ast.has_settings = true;
	b->ast.settings = *settings;
	return b;
}

struct backfill_builder *ast_pause(struct parse *parse, struct backfill_builder *b,
                                   struct span span)
{
	note(parse, b, CLAUSE_PAUSE, span);
	refuse(parse, b, span, "pause ingest",
	       "leave it out: loading through duplicates does not stop ingest");
	return b;
}

struct backfill_builder *ast_within(struct parse *parse, struct backfill_builder *b,
                                    struct span span)
{
	note(parse, b, CLAUSE_WITHIN, span);
	refuse(parse, b, span, "within", "leave it out: nothing pauses ingest");
	return b;
}

struct backfill_builder *ast_keep_filter(struct parse *parse, struct backfill_builder *b,
                                         struct span span)
{
	note(parse, b, CLAUSE_KEEP, span);
	refuse(parse, b, span, "keep filter",
	       "leave it out: a view ends up exactly as it is declared");
	return b;
}

struct backfill_builder *ast_verify(struct parse *parse, struct backfill_builder *b,
                                    struct span span, enum ast_verify verify)
{
	note(parse, b, CLAUSE_VERIFY, span);
	b->ast.verify = verify;
	return b;
}
