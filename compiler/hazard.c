#include "compiler/hazard.h"

#include <stdarg.h>

#include "compiler/hazard_internal.h"

struct hazard {
	enum diag_code code;
	enum hazard_subject subject;
	void (*check)(struct hazard_context *context);
};

static const struct hazard hazards[] = {
        {BF200, HAZARD_VIEW, hazard_partial_groups},   {BF201, HAZARD_VIEW, hazard_aggregate_type},
        {BF202, HAZARD_VIEW, hazard_per_block_clause}, {BF203, HAZARD_VIEW, hazard_todays_value},
        {BF203, HAZARD_SOURCE, hazard_todays_value},   {BF204, HAZARD_VIEW, hazard_join},
        {BF205, HAZARD_BACKFILL, hazard_ttl},          {BF206, HAZARD_SOURCE, hazard_credentials},
        {BF207, HAZARD_PROGRAM, hazard_unused},        {BF208, HAZARD_VIEW, hazard_unnamed_column},
};

/* --- what is allowed ----------------------------------------------------------------------- */

static bool word_byte(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       c == '-' || c == '_';
}

/* One of the words, set apart by commas or blanks, is the code or the name. */
static bool names_it(struct str words, const struct diag_info *info)
{
	size_t i = 0;

	while (i < words.n) {
		size_t begin;
		struct str word;

		while (i < words.n && !word_byte(words.p[i]))
			i++;
		begin = i;
		while (i < words.n && word_byte(words.p[i]))
			i++;
		word = (struct str){words.p + begin, i - begin};
		if (str_is(word, info->name) || str_ieq(word, str_of(info->code)))
			return true;
	}
	return false;
}

bool hazard_allowed(const struct source_set *sources, enum diag_code code, struct span span)
{
	static const char marker[] = "bfc: allow ";
	struct str text = sources->list.items[span.file]->text;
	size_t end = span.begin;

	while (end > 0 && text.p[end - 1] != '\n')
		end--;
	while (end > 0) {
		size_t begin = end - 1;
		struct str line;

		while (begin > 0 && text.p[begin - 1] != '\n')
			begin--;
		line = str_trim((struct str){text.p + begin, end - 1 - begin});
		if (!str_starts(line, STR("--")))
			return false;
		line = str_trim((struct str){line.p + 2, line.n - 2});
		if (str_starts(line, str_of(marker)) &&
		    names_it((struct str){line.p + sizeof(marker) - 1,
		                          line.n - (sizeof(marker) - 1)},
		             diag_info(code)))
			return true;
		end = begin;
	}
	return false;
}

struct diag *hazard_tell(struct hazard_context *context, struct span span, const char *format, ...)
{
	struct checker *checker = context->checker;
	const char *text;
	va_list args;

	if (hazard_allowed(checker->sources, context->code, span))
		return NULL;
	va_start(args, format);
	text = arena_vprintf(checker->diags->arena, format, args);
	va_end(args);
	return diag_add(checker->diags, context->code, span, "%s", text);
}

void hazard_hint(struct hazard_context *context, struct diag *diag, const char *text)
{
	if (diag)
		diag_hint(context->checker->diags, diag, "%s", text);
}

/* --- the passes over the table ------------------------------------------------------------- */

static void run(const struct hazard *hazard, struct hazard_context *context)
{
	context->code = hazard->code;
	hazard->check(context);
}

static void check_views_with(struct checker *checker, const struct hazard *hazard)
{
	for (size_t i = 0; i < checker->views.count; i++) {
		const struct checked_view *view = checker->views.items[i];
		struct hazard_context context = {.checker = checker, .view = view};

		if (!view->entry->thing)
			continue;
		context.target = (const struct checked_table *)view->model.target;
		context.sql = view->select;
		run(hazard, &context);
	}
}

static void check_sources_with(struct checker *checker, const struct hazard *hazard)
{
	for (size_t i = 0; i < checker->all_sources.count; i++) {
		const struct checked_source *source = checker->all_sources.items[i];
		struct hazard_context context = {.checker = checker, .source = source};

		if (!source->entry->thing)
			continue;
		context.sql = source->user_span;
		run(hazard, &context);
	}
}

static void check_backfills_with(struct checker *checker, const struct hazard *hazard)
{
	for (size_t i = 0; i < checker->backfills.count; i++) {
		struct hazard_context context = {.checker = checker,
		                                 .backfill = checker->backfills.items[i]};

		run(hazard, &context);
	}
}

void hazard_check(struct checker *checker)
{
	for (size_t i = 0; i < sizeof(hazards) / sizeof(*hazards); i++) {
		const struct hazard *hazard = &hazards[i];
		struct hazard_context context = {.checker = checker};

		switch (hazard->subject) {
		case HAZARD_VIEW:
			check_views_with(checker, hazard);
			break;
		case HAZARD_SOURCE:
			check_sources_with(checker, hazard);
			break;
		case HAZARD_BACKFILL:
			check_backfills_with(checker, hazard);
			break;
		case HAZARD_PROGRAM:
			run(hazard, &context);
			break;
		}
	}
}
