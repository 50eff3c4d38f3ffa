/*
 * terminal.h: what may be written to a terminal, and how wide it is.
 *
 * Invariants: no escape sequence ever goes to what is not a terminal, unless --color always says
 * so; no text that a server or a file gave reaches a terminal with control characters in it.
 */
#ifndef BFC_CLI_TERMINAL_H
#define BFC_CLI_TERMINAL_H

#include <stdbool.h>
#include <stdio.h>

#include "compiler/base/buf.h"
#include "compiler/base/str.h"

enum color_mode { COLOR_AUTO, COLOR_ALWAYS, COLOR_NEVER };

/* --color, NO_COLOR, TERM=dumb, no terminal: in this order. */
bool terminal_color(FILE *file, enum color_mode mode);
/* A terminal where a line can be erased and written again. */
bool terminal_live(FILE *file);
/* In columns, as it is now; 80 where it can't be told. */
unsigned terminal_width(FILE *file);

/*
 * Control characters (C0, DEL, C1, those that turn text around) and bytes that are not UTF-8 are
 * written as \x1b and \u009b; line ends and tabs stay when `lines`, and are blanks otherwise. What is
 * JSON stays JSON.
 */
void terminal_add_safe(struct buf *out, struct str text, bool lines);
/* A message: the same, written to `file`, with a line end. */
void terminal_print(FILE *file, struct str text);
/* A result: byte for byte into a file or a pipe; the same as above on a terminal. */
void terminal_write(FILE *file, struct str text);
/* In columns, taking each character as one wide. */
size_t terminal_columns(struct str text);
/* The first `columns` of them. */
struct str terminal_cut(struct str text, size_t columns);

#endif
