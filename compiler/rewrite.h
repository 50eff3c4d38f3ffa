/*
 * rewrite.h: copies of a query with the fewest possible bytes changed.
 *
 * Purpose: everything that the compiler changes in the user's SQL happens here, as
 * edits on the verbatim text: comments, layout and expressions stay.
 * Invariants
 * - The trigger table is renamed wherever the query reads it: in 26.7 a view sees the inserted
 *   block in all these places, in joins, subqueries, WITH and IN too, and so must its copy (measured;
 *   tests/corpus/reads_again.sql). Each gets its old name as an alias where it had none, so that
 *   qualified columns (`pypi.project`) keep working; a qualifier with the database
 *   (`db.pypi.project`) loses the database's part. The same name in strings, comments, a
 *   shadowing WITH, another database or a column stays.
 * - A condition stands for rows that were never inserted. It joins the WHERE of every SELECT that
 *   reads the trigger table, with both sides in parentheses, and names its column through
 *   the table's alias, so that no SELECT alias captures it (measured: engine-facts, "Alias
 *   capture"). Where a join would make it mean something else (RIGHT, FULL, ANY INNER, the right side
 *   of LEFT, behind IN), the table becomes a subquery with the condition.
 * Ownership: results live in the arena.
 */
#ifndef BFC_REWRITE_H
#define BFC_REWRITE_H

#include "compiler/query.h"

/* The query reading from `reference` (SQL text, e.g. `pypi`.{dup_pypi:Identifier}) in place
 * of its trigger table. */
struct str rewrite_trigger(const struct source_set *sources, const struct query *query,
                           const struct trigger *trigger, struct str reference,
                           struct arena *arena);

/* The query as it is, with every unqualified table reference qualified by `database`, so that it means
 * the same whatever database a session has; CTE names, subquery and table functions stay. */
struct str rewrite_qualify(const struct source_set *sources, const struct query *query,
                           struct str database, struct arena *arena);

/* Both at once, and with `condition` (SQL text) on the trigger table's rows;
 * `@` in the condition stands for the trigger table's alias. An empty reference or condition: none. */
struct str rewrite_query(const struct source_set *sources, const struct query *query,
                         const struct trigger *trigger, struct str database, struct str reference,
                         struct str condition, struct arena *arena);

/* The same for a query that is one SELECT with GROUP BY: how many rows it takes into its groups. Its list
 * is dropped and with it its aliases, which no clause before GROUP BY may need. */
struct str rewrite_count(const struct source_set *sources, const struct query *query,
                         const struct trigger *trigger, struct str database, struct str reference,
                         struct str condition, struct arena *arena);

/*
 * A time that the query rounds down and groups by: toStartOfHour(timestamp), or with a time zone. In a
 * chunk that lies within one hour it has one value. Given as a constant the server groups by fewer keys:
 * 40 M rows into 4.8 M groups, in hours, took 0.81 of the time and 0.55 of the memory (26.7, two at once).
 */
struct rounding {
	struct span call;
	struct span column; /* in it */
};
struct roundings {
	LIST_OF(struct rounding) list;
};

/* Those of `column`, which round to `step` seconds at least. None where the query is anything but one SELECT
 * with GROUP BY from one table, or where a constant in their place could be an error or be seen. */
void rewrite_find_roundings(const struct source_set *sources, const struct query *query,
                            const struct trigger *trigger, struct str column, uint64_t step,
                            struct arena *arena, struct roundings *roundings);

/* SQL texts of a chunk: a condition without its columns, and the column's least and greatest value in it,
 * where the condition holds. */
struct rounded {
	const struct roundings *calls;
	struct str within, first, last;
};

/* rewrite_query(), with f(column) as if(within AND f(first) = f(last), f(first), f(column)). Such a condition
 * is a constant for the new analyzer alone: with the old one the query is refused (measured on 26.7). */
struct str rewrite_chunk(const struct source_set *sources, const struct query *query,
                         const struct trigger *trigger, struct str database, struct str reference,
                         struct str condition, const struct rounded *rounded, struct arena *arena);

/* A table function's text with its file names and format looked at. */
struct file_pattern {
	struct span literal; /* the string literal that holds a brace range or a `*` */
	struct str text;     /* its content, unescaped */
	bool has_braces;
	bool has_star;
	struct span format;          /* the format argument's literal; empty when there is none */
	struct span after_format;    /* from the format's end to the last argument's: structure,
				   * compression; empty when nothing follows */
	const struct table_ref *ref; /* the table function */
	const struct select *select; /* whose FROM it stands in */
};

/*
 * Finds the one file pattern of a source: a table function with a literal that has `{a..b}`, `{x,y}`,
 * `*` or `?`. False with a reason in `why` when there is none or more than one.
 */
bool rewrite_find_files(const struct source_set *sources, const struct query *query,
                        struct file_pattern *pattern, const char **why, struct arena *arena);

/* The file names' literals of the chunks: up to `per_chunk` files each, as ClickHouse
 * globs ({000..009} where contiguous and of one width, {a,b} otherwise); a chunk
 * never spans two alternatives of an outer range. `files[i]` is how many names chunk i
 * expands to. False with a reason when a range is malformed or expands past FILES_MAX. */
enum { FILES_MAX = 1000000 };
struct file_chunk {
	struct str glob;
	size_t files;
};
struct file_chunks {
	LIST_OF(struct file_chunk) list;
	size_t files;
};
bool rewrite_split_files(struct str pattern, size_t per_chunk, struct file_chunks *chunks,
                         const char **why, struct arena *arena);

/* `query` (a source) with the pattern's literal replaced by `parameter` ({files:String}). */
struct str rewrite_files(const struct source_set *sources, const struct query *query,
                         const struct file_pattern *pattern, struct str database,
                         struct str parameter, struct arena *arena);
/* `query` with a condition on the rows of the pattern's files; `@` in it stands for the table function's
 * alias. Measured on 26.7: one on `_path` is looked at before a file is opened. */
struct str rewrite_only_files(const struct source_set *sources, const struct query *query,
                              const struct file_pattern *pattern, struct str database,
                              struct str condition, struct arena *arena);
/* The table function alone, with the pattern's literal replaced and its format made 'One'
 * (ClickHouse: one row a file, nothing of it read), for listing files. */
struct str rewrite_listing(const struct source_set *sources, const struct file_pattern *pattern,
                           struct str parameter, struct arena *arena);

#endif
