/*
 * lower_publish.h: what lower_publish.c and lower_resume.c share; nobody else includes it.
 *
 * Purpose: from the seal on: the moves, and what makes going on with them safe. Texts and steps live
 * in the build's arena.
 */
#ifndef BFC_LOWER_PUBLISH_H
#define BFC_LOWER_PUBLISH_H

#include "compiler/lower_internal.h"

enum seal_column {
	SEAL_TABLE,
	SEAL_PARTITION,
	SEAL_PARTS,
	SEAL_ROWS,
	SEAL_BYTES,
	SEAL_UUIDS,
	SEAL_BLOCK
};
enum { SEAL_COLUMNS = SEAL_BLOCK + 1 };

struct publish {
	struct fill *fill;
	struct str seal_id;
	struct str columns[SEAL_COLUMNS];
};

/* It is the last run of moves of `publish at end`: from the holding tables into the live ones. */
bool publish_is_last(const struct fill *fill);
/* ('db', {dup_t:String}), … of the staged tables with parts; ('db', 't'), … of what they move to. */
struct str publish_staged(struct fill *fill);
struct str publish_live(struct fill *fill);
/* Conditions on each that leave few tables: system.tables describes every table for a condition on
 * both at once, which took 11 ms in place of 1 here. */
struct str publish_few(struct fill *fill);
/* 'db.t', … of the live tables: as the seal's rows name them. */
struct str publish_labels(struct fill *fill);
/* A loop over the seal's rows of one table, with a body of one step, which is returned. */
struct step *publish_loop(struct publish *publish, const struct staged_table *staged,
                          const char *name, struct step **each);

/* lower_merges.c: a gate between the seal and the first move. */
void lower_merges(struct publish *publish);

/* lower_resume.c: steps that run only when an earlier try may have begun to publish. */
void lower_settled(struct publish *publish);
void lower_already(struct publish *publish, const struct staged_table *staged);
void lower_evidence(struct publish *publish, const struct staged_table *staged);

#endif
