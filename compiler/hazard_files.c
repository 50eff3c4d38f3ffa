/* hazard_files.c: chunks of a column, read from files. */
#include "compiler/hazard_internal.h"

#include "compiler/rewrite.h"

/* Measured on 26.7: a range reads the row groups of a Parquet file that it meets, and nothing else of
 * it; of files in which the column is not sorted that is all of them, for every chunk. */
void hazard_chunk_opens_all(struct hazard_context *context)
{
	struct checker *checker = context->checker;
	const struct model_backfill *backfill = &context->backfill->model;
	struct file_pattern pattern = {0};
	const char *why = NULL;

	if (backfill->chunk.kind != CHUNK_COLUMN || !backfill->source ||
	    !rewrite_find_files(checker->sources, backfill->source->query, &pattern, &why,
	                        checker->arena))
		return;
	hazard_hint(context,
	            hazard_tell(context, backfill->chunk.span,
	                        "each chunk opens all files of source '%.*s'",
	                        STR_ARG(backfill->source->name)),
	            arena_printf(checker->arena,
	                         "`chunk by files N` opens each of them once; ranges are read fast "
	                         "only from Parquet or ORC files that are sorted by '%.*s'",
	                         STR_ARG(backfill->chunk.column)));
}
