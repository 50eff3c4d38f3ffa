/*
 * shell_host.h: the process between bfc and a command of the migration's.
 *
 * Purpose: a command does not outlive the bfc that has begun it: the next run would resume ingest while
 * that one still pauses it. shell_run() executes `bfc shell-host PARENT COMMAND` as the leader of a group,
 * which runs `/bin/sh -c COMMAND` in that group, ends as it has ended, and kills the whole group with
 * SIGKILL when bfc has died, by kill -9 for example. PR_SET_PDEATHSIG alone would do that for the shell,
 * but not for what the shell has started.
 * Invariants: what the command leaves running in the background when it has ended is left alone, as a
 * resume command may well start the loader so. What has left the group is not reached, as by shell_end().
 * Failure: a shell that can't be started is exit code 127 and a line on standard error.
 */
#ifndef BFC_SHELL_HOST_H
#define BFC_SHELL_HOST_H

/* The hidden command's name; main() passes it on before it looks at any option. */
#define SHELL_HOST_VERB "shell-host"

int shell_host_main(int argc, char **argv);

#endif
