/*
 * outlook_print.h: what `bfc plan` says.
 *
 * Text is for a person who has ten seconds: what would happen, what stands in the way and what to
 * do about it, how much there is to read; what holds is only counted. JSON has all of it; its shape
 * is in bfc(1), under PLAN AS JSON, and only grows.
 */
#ifndef BFC_CLI_OUTLOOK_PRINT_H
#define BFC_CLI_OUTLOOK_PRINT_H

#include <jansson.h>

#include "runtime/cli/terminal.h"
#include "runtime/outlook.h"

/* `target`: the server's name for people. To standard output. */
void outlook_print_text(const struct outlook *outlook, const struct exec_result *result,
                        struct str target, enum color_mode color);
json_t *outlook_json(const struct outlook *outlook, const struct exec_result *result,
                     struct str target);

#endif
