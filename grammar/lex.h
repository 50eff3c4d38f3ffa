/*
 * lex.h: ClickHouse's tokens, for both parsers.
 *
 * Purpose: one scanner (scan.l) for .bf statements and for SQL structure; it knows no keyword.
 * A word is a word: which ones are keywords depends on the place, and each parser's own
 * yylex() wrapper decides that.
 * Invariants: reentrant, all state in struct lexer (yyextra); comments and white space are
 * skipped; token spans are within the source. A lexical error (NUL byte, unterminated string,
 * comment, heredoc or quoted name, stray byte, nesting deeper than NESTING_MAX) adds a diagnostic
 * at its start, and comes once as TOKEN_ERROR; an unterminated thing ends the text after that.
 * Ownership: lexer_release() frees flex's state; the text stays the source's and is never
 * written to: any number of lexers may read one source, or overlapping spans of it.
 */
#ifndef BFC_LEX_H
#define BFC_LEX_H

#include "compiler/base/diag.h"
#include "compiler/base/source.h"

enum token_kind {
	TOKEN_END,
	TOKEN_ERROR,
	TOKEN_WORD,    /* bare identifier or keyword */
	TOKEN_QUOTED,  /* `name` or "name" */
	TOKEN_STRING,  /* '…' */
	TOKEN_HEREDOC, /* $tag$…$tag$ */
	TOKEN_NUMBER,  /* also with a size suffix directly behind it: 10Mi */
	TOKEN_PARAM,   /* {name:Type} */
	TOKEN_LEFT,    /* ( */
	TOKEN_RIGHT,   /* ) */
	TOKEN_LEFT_SQUARE,
	TOKEN_RIGHT_SQUARE,
	TOKEN_LEFT_CURLY, /* a `{` that begins no parameter */
	TOKEN_RIGHT_CURLY,
	TOKEN_COMMA,
	TOKEN_SEMICOLON,
	TOKEN_DOT,
	TOKEN_EQUALS,   /* = */
	TOKEN_STAR,     /* * */
	TOKEN_OPERATOR, /* any other operator, longest match: :: -> || <= != <=> ? … */
};

struct token {
	enum token_kind kind;
	struct span span;
};

struct lexer {
	void *scanner; /* flex's yyscan_t */
	const struct source *source;
	struct diag_list *diags; /* NULL: errors are not reported again (a second pass) */
	uint32_t base;           /* offset of the first byte scanned */
	uint32_t end;
	unsigned depth;     /* of open brackets */
	struct token token; /* the last one */
	uint32_t fed;       /* the rules' own: next byte to hand to flex, */
	uint32_t at;        /* end of the last match, */
	uint32_t start;     /* first byte of the token under way, */
	uint32_t tag;       /* length of a heredoc's tag, */
	uint32_t stray_end; /* end of the last stray byte reported, */
	unsigned parens;    /* open ones in a {name:Type}, */
	bool ended;         /* nothing more comes after an error */
};

void lexer_init(struct lexer *lexer, const struct source *source, uint32_t begin, uint32_t end,
                struct diag_list *diags);
struct token lexer_next(struct lexer *lexer);
void lexer_release(struct lexer *lexer);

/* What a quoted name or a string means: quotes off, escapes done. A slice of `text` where it has no
 * escapes, as most have none. */
struct str token_unquote(struct str text, struct arena *arena);

#endif
