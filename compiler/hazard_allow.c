/* `-- bfc: allow …` comments that silence nothing: most often a slip, or what is long mended. */
#include "compiler/hazard_internal.h"

#include "compiler/base/allow.h"
#include "compiler/base/suggest.h"
#include "grammar/lex.h"

static void tell_unknown(struct hazard_context *context, struct span span, struct str name)
{
	struct suggestion suggestion;
	struct diag *diag =
	        hazard_tell(context, span, "'%.*s' is no warning's name", STR_ARG(name));

	suggest_begin(&suggestion, name);
	for (int code = 0; code < DIAG_CODE_COUNT; code++)
		if (allow_possible(diag_info((enum diag_code)code)))
			suggest_offer(&suggestion, str_of(diag_info((enum diag_code)code)->name));
	if (suggestion.best.n)
		hazard_hint(context, diag,
		            arena_printf(context->checker->arena, "did you mean '%.*s'?",
		                         STR_ARG(suggestion.best)));
	else
		hazard_hint(context, diag, "`bfc explain` lists the names");
}

static void check_name(struct hazard_context *context, struct span span, struct str name)
{
	const struct diag_info *info = diag_find(name);

	if (!info || !allow_possible(info)) {
		tell_unknown(context, span, name);
		return;
	}
	/* What this very check finds may come behind the comment that allows it. */
	if (diag_code_of(info) == BF209 || allow_was_used(context->checker->diags, span))
		return;
	hazard_hint(context,
	            hazard_tell(context, span, "'%.*s' is allowed here, and nothing of it is found",
	                        STR_ARG(name)),
	            "take it out; a comment holds for the line behind it, and stands on one of its "
	            "own");
}

/* The names behind one marker, up to the end of its line. */
static void check_comment(struct hazard_context *context, uint32_t file, struct str line,
                          const char *text)
{
	struct str name;

	while ((name = allow_next_name(&line)).n) {
		struct span span = {.file = file, .begin = (uint32_t)(name.p - text)};

		span.end = span.begin + (uint32_t)name.n;
		check_name(context, span, name);
	}
}

/* What stands between two tokens: blanks and comments. */
static void check_gap(struct hazard_context *context, uint32_t file, struct str gap,
                      const char *text)
{
	static const char marker[] = "-- " ALLOW_MARKER;
	ptrdiff_t at;

	while ((at = str_find(gap, STR("-- " ALLOW_MARKER))) >= 0) {
		struct str line = {gap.p + at + sizeof(marker) - 1,
		                   gap.n - (size_t)at - (sizeof(marker) - 1)};
		ptrdiff_t end = str_find(line, STR("\n"));

		gap = line;
		if (end >= 0)
			line.n = (size_t)end;
		check_comment(context, file, line, text);
	}
}

/* The program's own file: what a library allows may hang on who uses it. */
void hazard_unused_allow(struct hazard_context *context)
{
	struct checker *checker = context->checker;
	const struct source *source = checker->sources->list.items[0];
	uint32_t gap = 0;
	struct lexer lexer;
	struct token token;

	/* Checks that did not run, or whose findings were not listed, have used no comment. */
	if (diag_failed(checker->diags) || checker->diags->dropped || !checker->diags->sources ||
	    str_find(source->text, STR(ALLOW_MARKER)) < 0)
		return;
	lexer_init(&lexer, source, 0, (uint32_t)source->text.n, NULL);
	do {
		token = lexer_next(&lexer);
		check_gap(context, source->id,
		          (struct str){source->text.p + gap, token.span.begin - gap},
		          source->text.p);
		gap = token.span.end;
	} while (token.kind != TOKEN_END && token.kind != TOKEN_ERROR);
	lexer_release(&lexer);
}
