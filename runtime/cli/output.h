/*
 * output.h: writing a result to a file so that nobody ever sees half of it.
 *
 * Purpose: `bfc compile -o`, `--check` and the password file of `bfc engine`.
 * Invariants: a regular file is replaced by a rename() of a complete one, so that after a full disk
 * the old file stays; what is not a regular file (/dev/stdout, a pipe) is written to. Failure:
 * false after an error was printed.
 */
#ifndef BFC_CLI_OUTPUT_H
#define BFC_CLI_OUTPUT_H

#include <stdbool.h>

#include "compiler/base/str.h"

/* May a crash of the machine right after it cost the text? What can be made again may be lost; to
 * wait for the disk takes longer than compiling does. */
enum output_kind { OUTPUT_MADE, OUTPUT_IRREPLACEABLE };

/* A file under way. */
struct output {
	const char *path;
	char *target;    /* behind a symbolic link; NULL: the path itself */
	char *temporary; /* what is written; NULL: the file itself, as it is no regular one */
	int fd;
	int error; /* the first one's errno; 0: none so far */
};

/* False after an error: output_end() must not follow. */
bool output_begin(struct output *output, const char *path);
void output_add(struct output *output, struct str piece);
/* The file as a whole, or what was there before. */
bool output_end(struct output *output, enum output_kind kind);
/* Gives up: what was there stays. */
void output_abandon(struct output *output);
/* All of it at once. */
bool output_write(const char *path, struct str text, enum output_kind kind);
/* Compares a file with `text`; says where they first differ. 0 equal, 1 different, -1 can't be
 * read. */
int output_compare(const char *path, struct str text);
/* A new file that only its owner can read; false with errno set when it can't be made. */
bool output_write_private(const char *path, const char *text);

#endif
