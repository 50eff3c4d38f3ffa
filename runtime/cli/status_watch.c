/*
 * status_watch.c: `bfc status --watch`: redrawn in place on a terminal; elsewhere a line a migration
 * whenever that line has changed, or with --format json an object a line.
 */
#include <time.h>

#include "runtime/cli/status_print.h"
#include "runtime/cli/terminal.h"

/* How it looked when it was shown last. */
struct sight {
	struct str migration, line;
	bool running, finished;
};

struct watch {
	struct session *session;
	struct str migration;
	bool live, json;
	unsigned drawn; /* lines that the next frame is drawn over */
	struct arena arena;
	LIST_OF(struct sight) sights;
};

static struct sight *sight_of(struct watch *watch, struct str migration)
{
	struct sight *sight;

	for (size_t i = 0; i < watch->sights.count; i++) {
		if (str_eq(watch->sights.items[i].migration, migration))
			return &watch->sights.items[i];
	}
	sight = list_add(&watch->arena, &watch->sights);
	*sight = (struct sight){.migration = arena_str(&watch->arena, migration)};
	return sight;
}

/* Without a name: what runs, or did when it was looked at before; at first all, if nothing runs. */
static bool is_shown(struct watch *watch, const struct migration_status *status, bool first,
                     bool any_running)
{
	return watch->migration.n || status_is_running(status) || (first && !any_running) ||
	       sight_of(watch, status->migration)->running;
}

static void add_cut(struct buf *out, struct str text, unsigned width, unsigned *lines)
{
	while (text.n) {
		ptrdiff_t at = str_find(text, STR("\n"));
		struct str line = {text.p, at < 0 ? text.n : (size_t)at};

		buf_add(out, terminal_cut(line, width ? width - 1 : 79));
		buf_addc(out, '\n');
		++*lines;
		text = (struct str){text.p + line.n + (at >= 0), text.n - line.n - (at >= 0)};
	}
}

/* In place of the frame before; no line is longer than the terminal is wide. */
static void draw(struct watch *watch, struct str text)
{
	struct buf safe, out;

	buf_init(&safe, BUF_CEILING_OUTPUT);
	buf_init(&out, BUF_CEILING_OUTPUT);
	if (watch->drawn)
		buf_addf(&out, "\r\033[%uA\033[J", watch->drawn);
	watch->drawn = 0;
	terminal_add_safe(&safe, text, true);
	add_cut(&out, buf_str(&safe), terminal_width(stdout), &watch->drawn);
	fwrite(out.data, 1, out.size, stdout);
	buf_release(&safe);
	buf_release(&out);
}

static void show_line(struct watch *watch, const struct migration_status *status)
{
	struct sight *sight = sight_of(watch, status->migration);
	struct buf line, stamped;
	time_t now = time(NULL);
	struct tm tm;
	char clock[16];

	buf_init(&line, BUF_CEILING_OUTPUT);
	buf_init(&stamped, BUF_CEILING_OUTPUT);
	status_add_line(status, &line);
	if (!str_eq(buf_str(&line), sight->line)) {
		sight->line = arena_str(&watch->arena, buf_str(&line));
		localtime_r(&now, &tm);
		strftime(clock, sizeof(clock), "%H:%M:%S", &tm);
		buf_addf(&stamped, "%s %.*s", clock, STR_ARG(buf_str(&line)));
		if (watch->json)
			cli_write_json(stdout, status_json(status), JSON_COMPACT);
		else
			terminal_print(stdout, buf_str(&stamped));
	}
	buf_release(&line);
	buf_release(&stamped);
}

static bool any_running(const struct status_list *list)
{
	for (size_t i = 0; i < list->list.count; i++) {
		if (status_is_running(&list->list.items[i]))
			return true;
	}
	return false;
}

static void show(struct watch *watch, const struct status_list *list, bool first)
{
	bool running = any_running(list);
	struct buf frame;

	buf_init(&frame, BUF_CEILING_OUTPUT);
	for (size_t i = 0; i < list->list.count; i++) {
		const struct migration_status *status = &list->list.items[i];
		struct sight *sight;

		if (!is_shown(watch, status, first, running))
			continue;
		if (watch->live)
			status_add_text(status, &frame);
		else
			show_line(watch, status);
		sight = sight_of(watch, status->migration);
		sight->running = sight->running || status_is_running(status);
		sight->finished = str_is(status->state, "finished");
	}
	if (!list->list.count)
		buf_addz(&frame, "nothing was ever run here\n");
	if (watch->live || !list->list.count)
		draw(watch, buf_str(&frame));
	fflush(stdout);
	buf_release(&frame);
}

static bool interrupted(const struct watch *watch)
{
	return watch->session->exec.interrupted && *watch->session->exec.interrupted;
}

/* A signal ends it early. */
static void wait_for(const struct watch *watch, unsigned seconds)
{
	struct timespec left = {.tv_sec = seconds};

	if (!interrupted(watch))
		nanosleep(&left, NULL);
}

/* True while there is something to wait for. */
static bool look(struct watch *watch, bool first, int *code)
{
	struct exec_result result = {0};
	struct status_list list = {0};
	bool running = false;

	exec_status(watch->migration, &watch->session->transport, &watch->session->exec, &list,
	            &result);
	*code = (int)result.exit;
	if (*code == EXIT_OK) {
		show(watch, &list, first);
		running = any_running(&list);
	} else if (*code != EXEC_INTERRUPTED) {
		cli_error("%.*s", STR_ARG(result.text));
	}
	arena_release(&list.arena);
	exec_result_release(&result);
	return running;
}

static int verdict(const struct watch *watch)
{
	for (size_t i = 0; i < watch->sights.count; i++) {
		if (watch->sights.items[i].running && !watch->sights.items[i].finished)
			return EXIT_STOPPED;
	}
	return EXIT_OK;
}

int status_watch(struct session *session, struct str migration, unsigned seconds, bool json)
{
	struct watch watch = {.session = session,
	                      .migration = migration,
	                      .live = !json && terminal_live(stdout),
	                      .json = json};
	int code;

	arena_init(&watch.arena);
	for (bool first = true; look(&watch, first, &code); first = false) {
		wait_for(&watch, seconds);
		if (interrupted(&watch)) {
			code = EXEC_INTERRUPTED;
			break;
		}
	}
	if (code == EXIT_OK)
		code = verdict(&watch);
	arena_release(&watch.arena);
	return code;
}
