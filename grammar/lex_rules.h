/*
 * lex_rules.h: what the actions of scan.l call; lex.c defines it. Nobody else includes this.
 *
 * Invariants: `at` has been moved behind the match before an action runs, `start` is the token's
 * first byte.
 */
#ifndef BFC_LEX_RULES_H
#define BFC_LEX_RULES_H

#include <stdbool.h>
#include <stddef.h>

#include "compiler/parse.h"
#include "grammar/lex.h"

/* The next bytes of the text, at most `max`; 0 at its end. */
size_t lexer_fill(struct lexer *lexer, char *buffer, size_t max);
_Noreturn void lexer_fatal(const char *text);

/* Reports what began at `start` and has no end; `opening` bytes of it get the carets. */
enum token_kind lexer_unterminated(struct lexer *lexer, enum diag_code code, uint32_t opening);
/* Reports the byte or character matched; false when it continues a run that was reported. */
bool lexer_stray(struct lexer *lexer);
void lexer_malformed_number(struct lexer *lexer);

/* Brackets, counted against NESTING_MAX; past it, an error that ends the text. */
enum token_kind lexer_open(struct lexer *lexer, enum token_kind kind);
enum token_kind lexer_close(struct lexer *lexer, enum token_kind kind);
enum token_kind lexer_open_too_deep(struct lexer *lexer);

/* Is the `$` just matched the first byte of the heredoc's closing tag? */
bool lexer_heredoc_ends(const struct lexer *lexer);
/* Is the `{` just matched followed by `name :`? */
bool lexer_begins_parameter(const struct lexer *lexer);
/* After a name, a number or a closing bracket a `.` is an access, not a fraction. */
bool lexer_after_operand(const struct lexer *lexer);
/* How many of the matched bytes are leading digits. */
int lexer_digits(const struct lexer *lexer, unsigned matched);
/* Length of the UTF-8 white space that the match begins with; 0: none. */
int lexer_unicode_space(const struct lexer *lexer, unsigned matched);
/* Length of the character that the match begins with. */
int lexer_character(const struct lexer *lexer, unsigned matched);

#endif
