/*
 * engine_host.h: the process that is the engine.
 *
 * Purpose: engine_start() forks and executes `bfc engine-host LIBRARY DIR PARENT`, which dlopen()s
 * the library and runs it until it is killed. A new program rather than a plain fork: the engine
 * starts from a clean address space, with its own name in the process list. Invariants: ends with
 * its parent (PR_SET_PDEATHSIG, and a look at whether it has gone already). A program built with
 * AddressSanitizer can't dlopen() the engine (it has an allocator of its own and crashes in it;
 * measured), so a sanitised build executes a plain `engine-host` beside it. Failure: the exit code
 * is EXIT_FAILURE and the reason is on standard error, which is ENGINE_OUTPUT_FILE.
 */
#ifndef BFC_ENGINE_HOST_H
#define BFC_ENGINE_HOST_H

/* The hidden command's name; main() passes it on before it looks at any option. */
#define ENGINE_HOST_VERB "engine-host"

int engine_host_main(int argc, char **argv);

#endif
