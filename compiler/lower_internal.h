/*
 * lower_internal.h: what the files of lowering share; nobody else includes it.
 *
 * Purpose: struct lowering is one run of lower_model(); struct fill is one backfill of it.
 * Invariants: top-level positions (uint32_t) index `top`; NO_STEP is none.
 */
#ifndef BFC_LOWER_INTERNAL_H
#define BFC_LOWER_INTERNAL_H

#include "compiler/graph_build.h"
#include "compiler/lower.h"
#include "compiler/lower_points.h"
#include "compiler/rewrite.h"

#define NO_STEP UINT32_MAX

/* Longer names of objects are cut or done without; longer lists become several statements, as the
 * server's max_query_size is 256 KiB. */
enum { LOWER_NAME_MAX = 150, LOWER_LIST_MAX = 65536 };

struct object_entry; /* model pointer -> what lowering knows of it */

struct lowering {
	const struct model *model;
	struct graph_build build;
	struct graph *graph;
	struct diag_list *diags;
	struct step_list top;
	struct object_entry *objects;
	uint32_t server;   /* ensure.server */
	uint32_t compared; /* the comparison of the group of tables or views that is being made */
	LIST_OF(struct str) scratch; /* twins that the next lower_clean() drops, with database */
	uint32_t clean; /* the last lower_clean()'s step, which waits for the ones before it */
	LIST_OF(struct guard) guards;
	uint32_t last; /* what the next backfill, the sweep and the checks wait for */
};

/* A staged table or view: the parameter that carries its name, and what it stands for. */
struct staged_table {
	struct str param;
	const struct model_table *table;
	bool has_parts;     /* false: ENGINE = Null, neither sealed nor moved */
	struct str to;      /* the table of the same database that its parts are moved into */
	struct str columns; /* parameter that describes them, lower_columns.h; or empty */
};

struct staged_view {
	struct str param;
	const struct model_view *view;
};

struct fill {
	struct lowering *lowering;
	struct graph_build *build;
	const struct model_backfill *backfill;
	unsigned number;
	struct origin origin;
	struct staged_table *tables; /* as closure.tables */
	struct staged_view *views;   /* as closure.views; one with an empty param is not staged */
	struct str pipe;   /* using null_engine: the parameter of the Null table in the place of the
			  * table that the views read; else empty */
	struct str frozen; /* using pause_and_attach: the parameter of the snapshot that is read in
			    * the place of that table; else empty */
	const char *qualifier; /* in front of columns in conditions: "", or "@." for rewrite.h */
	/* Names of this backfill's parameters; empty when it has none such. */
	struct str split, files, files_expected, files_found, files_bytes, files_now, files_mark,
	        lo, hi, edge, partition, parts_most, parts_refused, parts_large;
	struct point split_point, chunk_point; /* of {split:…}, of {lo:…} and {hi:…} */
	struct str bounds;                     /* id of the probe with the chunks, or empty */
	uint32_t files_at;                     /* the probe of how many files there are */
	uint32_t wait;                         /* the backfill before this one */
	uint32_t made;                         /* the views' witnesses; lower_view_fill.c */
	const char *part; /* what the body is about, in ids: "chunk", or "publish": the last run of
			   * moves of `publish at end` */
	struct step_list body;
	LIST_OF(uint32_t) preflight; /* what the chunks wait for */
};

/* lower.c */
struct origin lower_origin(const struct lowering *lowering, struct span span);
struct str lower_name(struct lowering *lowering, struct str database, struct str name);
/* Where the step that proves an object right stands in `top`. */
void lower_remember(struct lowering *lowering, const void *object, uint32_t position);
uint32_t lower_recall(const struct lowering *lowering, const void *object);
/* Index of the views that read a table, in source order. */
void lower_add_reader(struct lowering *lowering, const struct model_table *table,
                      const struct model_view *view);
size_t lower_readers(const struct lowering *lowering, const struct model_table *table,
                     const struct model_view *const **views);

/* bfc_<tag>_check_<name>: a twin to compare with; finish.sweep finds it by its beginning. */
struct str lower_scratch_name(const struct lowering *lowering, struct str name);
/* Adds one to a list of quoted names, unless it is there. */
void lower_list_database(struct buf *list, struct str database);
/* The twin has to go, and lower_clean() makes the step for all that have to since the last one. It
 * waits for the steps from `first` on. */
void lower_scratch_used(struct lowering *lowering, struct str database, struct str name);
void lower_clean(struct lowering *lowering, struct str id, uint32_t first);

/* lower_table.c, lower_view.c */
void lower_tables(struct lowering *lowering);
void lower_views(struct lowering *lowering);
/* CREATE MATERIALIZED VIEW IF NOT EXISTS, as declared, but for another query when one is given. */
struct str lower_view_sql(struct lowering *lowering, const struct model_view *view,
                          struct str query);
/* What a kept view is known by, see lower_view_fill.c: SQL of the row's columns `uuid`, `as_select` and
 * the view's mark, lower_view_mark(). */
#define LOWER_VIEW_WITNESS "hex(sipHash128(%z, %z, %z))"
struct str lower_view_mark(struct lowering *lowering, const struct model_view *view);
/* The step that knows them, `bN.kept`: its outputs are the witnesses and the split. */
const struct step *lower_kept(const struct lowering *lowering, unsigned number);
const struct model_column *lower_column(const struct model_table *table, struct str name);

/* lower_preflight.c: read-only steps before the first chunk. */
void lower_preflight(struct fill *fill);
/* Whether the disks have room for the chunks under way: `ok` and `message`. */
struct str fill_room(struct fill *fill);
struct step *fill_preflight_step(struct fill *fill, enum step_kind kind, const char *name);
/* The step, the newest, waits for all of them that there are so far. */
void fill_wait_for_preflight(struct fill *fill, struct step *step);

/* Of tables that parts are moved out of. Why each setting is there: see the stage step's text. Measured on 26.7: all are accepted and
 * replace the table's own. */
#define FILL_STAGED_SETTINGS                                                                       \
	"SETTINGS assign_part_uuids = 1, non_replicated_deduplication_window = 0,\n"               \
	"    max_bytes_to_merge_at_max_space_in_pool = 1, "                                        \
	"max_bytes_to_merge_at_min_space_in_pool = 1,\n"                                           \
	"    parts_to_delay_insert = 100000, parts_to_throw_insert = 100000"

/* lower_duplicate.c: a backfill by `using duplicate`. */
void lower_duplicate(struct lowering *lowering, const struct model_backfill *backfill);
/* What a strategy's file needs of it. */
void fill_params(struct fill *fill);
struct str fill_staged_param(const struct fill *fill, const struct model_table *table);
void fill_stage_table(struct fill *fill, const struct staged_table *staged);
void fill_stage_view(struct fill *fill, const struct staged_view *staged);
struct str fill_column_list(struct fill *fill, const struct str *names, size_t count);
struct str fill_settings(struct fill *fill);
bool fill_sets(const struct fill *fill, const char *setting);
void fill_drops(struct fill *fill);
/* The EACH over the chunks, without its body; it waits for the preflight. */
struct step *fill_chunks(struct fill *fill, struct str title);
/* A new step of the body, `bN.chunk.NAME`. */
struct step *fill_body_step(struct fill *fill, enum step_kind kind, enum step_phase phase,
                            const char *template, ...);
/* db.{param:Identifier} */
struct str fill_staged_name(struct fill *fill, struct str database, struct str param);

/* lower_view_fill.c: a backfill of views; lower_preflight() calls back for its split. */
void lower_view_fill(struct lowering *lowering, const struct model_backfill *backfill);
void lower_view_split(struct fill *fill);
/* ('db', 'v'), ('db', 'w') of the views to fill. */
struct str fill_view_pairs(struct fill *fill);
/* The gate between the split and the reading of history; the split has to be a time. */
void lower_split_gate(struct fill *fill, struct step *step);
void lower_split_settles(struct fill *fill);
/* A view's query over the chunk's history, in the table that it reads; `rounded` may be NULL. */
struct str fill_history_query(struct fill *fill, const struct model_view *view,
                              const struct rounded *rounded);
/* How many rows of the history its groups have: see rewrite_count(). */
struct str fill_history_count(struct fill *fill, const struct model_view *view);

/* lower_direct.c: in the place of staging: what is looked at before, and a chunk's body. */
bool fill_is_direct(const struct fill *fill);
void lower_direct_grants(struct fill *fill);
void lower_direct_views(struct fill *fill);
void lower_direct_body(struct fill *fill);
/* lower_pause.c: from the last look before the pause until ingest goes on; after the last chunk. */
void lower_pause(struct fill *fill);
void lower_pause_end(struct fill *fill);
/* db.{frozen_t:Identifier} */
struct str fill_frozen(const struct fill *fill);

/* lower_null.c, lower_view_duplicate.c: from staging to load; returns the last load. */
struct step *lower_null_load(struct fill *fill);
struct step *lower_query_load(struct fill *fill);

/* lower_split.c, lower_bounds.c */
void lower_split(struct fill *fill);
void lower_bounds(struct fill *fill);

/* lower_partitions.c; the condition goes where the table is read. */
void lower_partitions(struct fill *fill);
/* Its chunks have bounds of a column of the primary key, fill->chunk_point: they can be split. */
bool fill_splits_partitions(const struct fill *fill);
struct str fill_partition(struct fill *fill, const char *qualifier);

/* lower_files.c: before the chunks, and in a chunk before and after its load. */
bool fill_lists_files(const struct fill *fill); /* a `*`: what it stands for is found by the plan */
void lower_files(struct fill *fill);
void lower_chunk_listing(struct fill *fill);
void lower_chunk_listing_same(struct fill *fill);

/* lower_chunks.c */
/* The EACH step's rows or probe, columns and origin. */
void lower_chunk_rows(struct fill *fill, struct each *each);
/* The source's SELECT in parentheses, for one chunk's files or for all of them. */
struct str fill_source(struct fill *fill, bool of_chunk);
/* `WHERE …` on the source's output columns, or nothing; of the whole history or of a chunk. */
struct str fill_where(struct fill *fill, bool of_chunk);
/* The chunk's ranges, without WHERE and the user's own condition; columns stand behind `qualifier`. */
struct str fill_ranges(struct fill *fill, const char *qualifier);
/* The chunk's range on the live table, as far as it can be said there: lower_publish.c. */
struct str fill_live_range(struct fill *fill);

/* lower_halves.c: the chunk's split, first in the body. */
void lower_halves(struct fill *fill);

/* lower_waits.c: before a chunk begins. */
void lower_waits(struct fill *fill);

/* lower_verify.c */
void lower_verify(struct fill *fill, struct step *load);

/* lower_publish.c */
void lower_publish(struct fill *fill);
/* lower_merges.c: before the chunks: what their gates measure by. */
void lower_limits(struct fill *fill);

/* lower_hold.c: `publish at end`. Before the chunks: their holding tables, and each staged table's
 * way there; behind them: the way on. Both do nothing for `publish each chunk`. */
bool fill_holds(const struct fill *fill);
void lower_hold(struct fill *fill);
void lower_hold_publish(struct fill *fill);

#endif
