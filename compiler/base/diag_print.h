/*
 * diag_print.h: diagnostics for people and for programs; diag_sarif.h has one more form.
 *
 * Purpose: the one printer. It reads the list and the sources and changes neither;
 * the order is the list's (diag_sort() it first).
 * Text form: `file:line:column: error[BF012]: text`, the line with carets under the span, the
 * hint, the notes in the same way, and a last line that counts. Tabs stay tabs; control
 * characters and bytes that are no UTF-8 show as `?`; of a long line only the part around
 * the span is shown. Of a secret (secrets.h) each character shows as `*`, in lines and in texts.
 * JSON form: one array of objects with code, name, severity, text, hint (or null), file, line,
 * column, end_line, end_column (null without a place; the end is behind the last character)
 * and notes (text and place).
 * Failure: the buffer's ceiling (buf.h).
 */
#ifndef BFC_DIAG_PRINT_H
#define BFC_DIAG_PRINT_H

#include "compiler/base/buf.h"
#include "compiler/base/diag.h"

/* Prints nothing at all for an empty list. */
void diag_print_text(const struct diag_list *diags, const struct source_set *sources, bool color,
                     struct buf *out);
void diag_print_json(const struct diag_list *diags, const struct source_set *sources,
                     struct buf *out);

#endif
