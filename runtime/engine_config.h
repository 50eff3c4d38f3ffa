/*
 * engine_config.h: what an embedded engine needs before it can start.
 *
 * Purpose: finds the library, writes the server's configuration into its directory, makes a
 * password. Invariants: configuration files are rewritten at every start (mode 0600), so that a
 * directory can be moved; the password itself is never written, only its SHA-256. Ownership:
 * returned strings are the caller's (malloc). Failure: NULL or false, and a malloc'd message in
 * `*why`.
 */
#ifndef BFC_ENGINE_CONFIG_H
#define BFC_ENGINE_CONFIG_H

#include <stdbool.h>

/* Of the npm package @chdb/lib-linux-x64-gnu; .ci/setup.sh reads it from here. */
#define ENGINE_VERSION "26.7.3-stable.1"

/* Files that bfc itself keeps in an engine's directory. */
#define ENGINE_LOCK_FILE "bfc.lock"
#define ENGINE_CONFIG_FILE "engine.xml"
#define ENGINE_USERS_FILE "users.xml"
#define ENGINE_LOG_FILE "engine.log"
#define ENGINE_OUTPUT_FILE "engine.out"

/* BFC_LIBCHDB, else beside the executable, else in the cache of .ci/setup.sh. */
char *engine_library(char **why);
/* Makes the directory (and those above it) when missing; its absolute path. */
char *engine_directory(const char *directory, char **why);
/* 32 random hexadecimal digits. */
char *engine_password(void);
/* ENGINE_CONFIG_FILE and ENGINE_USERS_FILE. */
bool engine_config_write(const char *directory, unsigned port, const char *password, char **why);
/* The directory that the running executable is in. */
char *engine_executable_directory(void);
/* printf into a new string; ends the program when out of memory. */
char *engine_format(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif
