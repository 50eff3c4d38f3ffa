/*
 * parse_rules.h: what parse.y calls besides constructors: its yylex() and its error reports.
 * parse_rules.c defines it. Nobody else includes this.
 *
 * Invariants: every error of the grammar is reported at the token that bison has just taken,
 * which is parse->token.
 */
#ifndef BFC_PARSE_RULES_H
#define BFC_PARSE_RULES_H

#include "compiler/ast_build.h"

/* The next token as bison's, with words that are keywords told apart. */
int parse_next_token(struct parse *parse, struct span *span);
/* `expected` are the grammar's names for the tokens that could stand here. */
void parse_report_syntax(struct parse *parse, struct span span, const char *const *expected,
                         size_t count);
void parse_report_too_deep(struct parse *parse, struct span span);

#endif
