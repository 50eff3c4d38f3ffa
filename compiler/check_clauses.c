/* Which clause of a backfill goes with which statement, strategy and other clause. */
#include "compiler/check_internal.h"

#include "compiler/base/allow.h"

/* What is so of a backfill. A rule is broken by one of which all its facts hold. */
enum backfill_fact {
	OF_TABLE = 1 << 0,
	OF_VIEW = 1 << 1,
	BY_NULL_ENGINE = 1 << 2,
	BY_PAUSE = 1 << 3, /* using pause_and_attach */
	NOT_BY_PAUSE = 1 << 4,
	BY_DIRECT = 1 << 5,
	SAFE = 1 << 6, /* without `unsafe` */
	AT_EARLIEST = 1 << 7,
	AT_NOW_PLUS = 1 << 8,
	BY_FILES = 1 << 9,
	AT_END = 1 << 10,      /* publish at end */
	COMPARES = 1 << 11,    /* verify rows, verify content */
	NO_BOUNDARY = 1 << 12, /* neither a split nor chunks of a column */
};

static unsigned facts_of(const struct ast_backfill *it)
{
	bool pause = it->strategy == STRATEGY_PAUSE_AND_ATTACH;
	bool split = it->split.present;
	unsigned facts = it->of_view ? OF_VIEW : OF_TABLE;

	facts |= it->strategy == STRATEGY_NULL_ENGINE ? BY_NULL_ENGINE : 0;
	facts |= pause ? BY_PAUSE : NOT_BY_PAUSE;
	facts |= it->strategy == STRATEGY_DIRECT ? BY_DIRECT : 0;
	facts |= it->unsafe ? 0 : SAFE;
	facts |= split && it->split.point == POINT_EARLIEST ? AT_EARLIEST : 0;
	facts |= split && it->split.point == POINT_NOW_PLUS ? AT_NOW_PLUS : 0;
	facts |= it->chunk.kind == CHUNK_FILES ? BY_FILES : 0;
	facts |= it->publish == PUBLISH_AT_END ? AT_END : 0;
	facts |= it->verify == VERIFY_ROWS || it->verify == VERIFY_CONTENT ? COMPARES : 0;
	facts |= !split && it->chunk.kind != CHUNK_COLUMN ? NO_BOUNDARY : 0;
	return facts;
}

struct rule {
	enum ast_clause clause;
	unsigned facts;
	enum diag_code code;
	const char *text;
	const char *hint;
};

/* A clause that stands where it means nothing. The first broken rule of a clause is told. */
static const struct rule misplaced[] = {
        {CLAUSE_USING, OF_TABLE | BY_NULL_ENGINE, BF160,
         "'using null_engine' fills views, and keeps no rows for a table",
         "write `using duplicate`, or leave it out: it is the default"},
        {CLAUSE_USING, OF_TABLE | BY_PAUSE, BF160,
         "'using pause_and_attach' fills views from the table that they read",
         "write `using duplicate` with `split on COLUMN at …`; ingest goes on meanwhile"},
        {CLAUSE_USING, BY_DIRECT | SAFE, BF163, "'using direct' cannot be repeated",
         "a chunk that breaks off may leave a part of its rows, and nothing is compared before it "
         "is "
         "seen; write `using duplicate`, or `using direct unsafe` if that is fine"},
        {CLAUSE_SPLIT, BY_PAUSE, BF160, "'using pause_and_attach' takes no split",
         "leave it out: what is there when ingest is paused is history"},
        {CLAUSE_SPLIT, OF_VIEW | AT_EARLIEST, BF160, "'earliest' is for `backfill table`",
         "the table that a view reads has history and live rows: write a literal, or "
         "`now + 2 minutes`"},
        {CLAUSE_SPLIT, OF_TABLE | AT_NOW_PLUS, BF160, "'now + …' is for `backfill view`",
         "write `earliest` for the oldest live row, or a literal"},
        {CLAUSE_OVERLAP, AT_EARLIEST, BF160, "nothing live is older than 'earliest'",
         "leave it out: it is for a split at a literal"},
        {CLAUSE_SETTLE, AT_EARLIEST, BF160, "'earliest' is in the past already",
         "leave it out: it says how long to wait for late rows after the split"},
        {CLAUSE_NULLS, NO_BOUNDARY, BF160, "there is no boundary that NULL could miss",
         "leave it out: it is for a column of `split on` or `chunk by`"},
        {CLAUSE_CHUNK, OF_VIEW | BY_FILES, BF160, "'chunk by files' is for `backfill table`",
         "a view's history is in a table: write `chunk by COLUMN every N UNIT` or "
         "`chunk by partition`"},
        {CLAUSE_PUBLISH, BY_DIRECT | AT_END, BF160, "'using direct' publishes as it inserts",
         "leave it out, or write `using duplicate`"},
        {CLAUSE_VERIFY, BY_DIRECT | COMPARES, BF160,
         "'using direct' stages nothing that could be compared before it is seen",
         "leave it out, or write `using duplicate`"},
        {CLAUSE_PAUSE, NOT_BY_PAUSE, BF160, "only 'using pause_and_attach' pauses ingest",
         "leave it out: ingest goes on meanwhile"},
        {CLAUSE_KEEP, OF_TABLE, BF160, "'keep filter' is for `backfill view`",
         "leave it out: a table has no filter"},
        {CLAUSE_KEEP, BY_PAUSE, BF160, "the views of 'using pause_and_attach' have no filter",
         "leave it out: without a split they are made as declared"},
};

/* A clause that has to be there. */
static const struct rule missing[] = {
        {CLAUSE_USING, OF_VIEW, BF024, "`backfill view` needs a 'using'",
         "write `using null_engine`, `using duplicate` or `using pause_and_attach`"},
        {CLAUSE_SPLIT, OF_VIEW | NOT_BY_PAUSE, BF024, "`backfill view` needs a 'split on'",
         "write `split on COLUMN at now + 2 minutes` for a new view, or a literal for one that "
         "is there; without a column of time, `using pause_and_attach`"},
        {CLAUSE_PAUSE, BY_PAUSE, BF024, "'using pause_and_attach' needs a 'pause ingest by'",
         "write `pause ingest by hand 'what to do'`, `by command '…' resume by command '…'`, or "
         "`by detach TABLE` for a queue"},
};

/* From `backfill` to the last of what it fills. */
static struct span head_of(const struct ast_statement *statement)
{
	const struct ast_backfill *it = statement->u.backfill;

	return (struct span){statement->span.file, statement->span.begin,
	                     it->targets.items[it->targets.count - 1].span.end};
}

static void tell(struct checker *checker, const struct rule *rule, struct span span)
{
	struct diag *diag = diag_add(checker->diags, rule->code, span, "%s", rule->text);

	diag_hint(checker->diags, diag, "%s", rule->hint);
}

/* Allowed where the clause stands, or at the statement: a layout may put it on another line. */
static void tell_unsafe(struct checker *checker, const struct ast_statement *statement)
{
	struct span span = statement->u.backfill->clauses[CLAUSE_USING];
	struct diag *diag;

	if (allow_silences(checker->diags, BF164, statement->span))
		return;
	diag = diag_add(
	        checker->diags, BF164, span,
	        "a chunk that breaks off may leave a part of its rows: the run stops there, and "
	        "a person has to look");
	diag_hint(checker->diags, diag,
	          "`using duplicate` can be repeated; `-- bfc: allow unsafe-direct` on the line "
	          "before says that this is known");
}

void check_clauses(struct checker *checker, const struct ast_statement *statement)
{
	const struct ast_backfill *it = statement->u.backfill;
	unsigned facts = facts_of(it);
	unsigned told = 0;

	for (size_t i = 0; i < sizeof(misplaced) / sizeof(*misplaced); i++) {
		const struct rule *rule = &misplaced[i];

		if (!it->clauses[rule->clause].end || told & 1u << rule->clause ||
		    (facts & rule->facts) != rule->facts)
			continue;
		tell(checker, rule, it->clauses[rule->clause]);
		told |= 1u << rule->clause;
	}
	for (size_t i = 0; i < sizeof(missing) / sizeof(*missing); i++) {
		const struct rule *rule = &missing[i];

		if (it->clauses[rule->clause].end || (facts & rule->facts) != rule->facts)
			continue;
		tell(checker, rule, head_of(statement));
	}
	if (it->unsafe)
		tell_unsafe(checker, statement);
}
