/*
 * lower_verify.h: what the files that verify share.
 *
 * Purpose: asserts before a chunk is published: counts and groups, and for `verify content` also
 * checksums. Texts live in the build's arena.
 */
#ifndef BFC_LOWER_VERIFY_H
#define BFC_LOWER_VERIFY_H

#include "compiler/lower_internal.h"

struct verify_keys {
	LIST_OF(struct str) names;
	bool told;
};

/* Views into one target, all grouped by the same key names or all without groups. */
struct verify_target {
	bool told;
	bool grouped;
	struct verify_keys keys;
	struct str expected; /* SELECTs that make the keys or counts, joined */
	size_t views;
};

/* lower_plain.c */
/* The one SELECT of a view whose groups or rows can be told from its query; or NULL. */
const struct select *verify_plain_select(const struct fill *fill, const struct model_view *view);
/* The output names of GROUP BY's keys, when all of them are columns of the target. */
struct verify_keys verify_view_keys(struct fill *fill, const struct model_view *view,
                                    const struct select *select);
/* No aggregate is in the SELECT list: each row that is read is a row. */
bool verify_row_by_row(struct fill *fill, const struct select *select);

/* How often a word stands in SQL text, letters folded; in strings and comments, too. */
unsigned verify_count_word(struct str text, struct str word);
/* The item with this output name; or NULL. */
const struct select_item *verify_item_of(const struct select *select, struct str name);

/* lower_counted.c */
/* Where the target's views all count their rows: steps that make the groups (both are queries for how
 * many there are) only at need. False: they don't, nothing was made. */
bool verify_counted(struct fill *fill, const struct model_table *target, struct str groups,
                    struct str staged_groups);

/* lower_verify.c */
bool verify_is_word(char c);
/* Whether SQL text begins with this type's name. */
/* The comparison of what views write to it reads the history, and not what was staged of it. */
bool verify_reads_history(const struct fill *fill, const struct model_table *target);
bool verify_type_is(struct str type, const char *name);
/* A value as the table's column holds it after an INSERT: NULL becomes the type's default. */
struct str verify_stored(struct fill *fill, const struct model_table *table, struct str name);
struct str verify_staged(struct fill *fill, const struct model_table *table);
/* The view's query over the staged trigger table. */
struct str verify_view_query(struct fill *fill, const struct model_view *view);
/* An assert of two figures that must be equal; `what` they are of stands in front of them. */
void verify_equal(struct fill *fill, struct step *step, struct str expected, struct str staged,
                  struct str what);
/* The same; `words`, in front of them, is SQL: arguments of concat(). */
void verify_figures(struct fill *fill, struct step *step, struct str expected, struct str staged,
                    struct str words);

/* lower_content.c */
void verify_main_content(struct fill *fill);
/* The list with one more item; texts. */
struct str verify_listed(struct fill *fill, struct str list, const char *separator,
                         struct str item);

/* lower_totals.c */
void verify_target_content(struct fill *fill, const struct model_table *target,
                           const struct verify_target *check, struct step *load);

#endif
