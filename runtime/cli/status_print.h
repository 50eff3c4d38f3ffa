/*
 * status_print.h: what `bfc status` says of a migration.
 */
#ifndef BFC_CLI_STATUS_PRINT_H
#define BFC_CLI_STATUS_PRINT_H

#include "runtime/cli/cli.h"

/* A few lines, each with its end. */
void status_add_text(const struct migration_status *status, struct buf *out);
/* One line: state, chunks, rows, rate, time left. */
void status_add_line(const struct migration_status *status, struct buf *out);
bool status_is_running(const struct migration_status *status);

/* status_watch.c: shows it until nothing runs any more; exit code 0 when what was watched is
 * finished, EXEC_STOPPED when it ended in another way. */
int status_watch(struct session *session, struct str migration, unsigned seconds, bool json);
json_t *status_json(const struct migration_status *status);

#endif
