#include "runtime/cli/folder.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "runtime/cli/terminal.h"

/* --- files --- */

struct path_list {
	LIST_OF(const char *) list;
};

bool folder_is(const char *path)
{
	struct stat status;

	return path && stat(path, &status) == 0 && S_ISDIR(status.st_mode);
}

static int by_bytes(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static bool add_files(struct arena *arena, const char *path, struct path_list *files)
{
	size_t length = strlen(path), begin = files->list.count;
	const char *slash = length && path[length - 1] == '/' ? "" : "/";
	DIR *directory = opendir(path);
	struct dirent *entry;

	if (!directory) {
		cli_error("can't read the folder '%s': %s", path, strerror(errno));
		return false;
	}
	while ((entry = readdir(directory))) {
		const char *file;

		if (entry->d_name[0] == '.' || !str_ends(str_of(entry->d_name), STR(".bf")))
			continue;
		file = arena_printf(arena, "%s%s%s", path, slash, entry->d_name);
		if (!folder_is(file))
			*list_add(arena, &files->list) = file;
	}
	closedir(directory);
	if (files->list.count > begin)
		qsort(files->list.items + begin, files->list.count - begin, sizeof(char *),
		      by_bytes);
	return true;
}

bool folder_expand(struct arena *arena, char ***paths, int *count)
{
	struct path_list files = {0};
	bool good = true;

	for (int i = 0; i < *count; i++) {
		size_t before = files.list.count;

		if (!folder_is((*paths)[i])) {
			*list_add(arena, &files.list) = (*paths)[i];
			continue;
		}
		good &= add_files(arena, (*paths)[i], &files);
		if (good && files.list.count == before) {
			cli_error("the folder '%s' has no .bf file", (*paths)[i]);
			good = false;
		}
	}
	*paths = (char **)files.list.items;
	*count = (int)files.list.count;
	return good;
}

/* --- reading --- */

static const char *base_of(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

static const char *real_path(struct arena *arena, const char *path)
{
	char *real = realpath(path, NULL);
	const char *copy = arena_printf(arena, "%s", real ? real : path);

	free(real);
	return copy;
}

static void take(struct folder *folder, struct folder_item *item,
                 const struct compilation *compilation)
{
	struct arena *arena = &folder->arena;
	const struct source_set *sources = &compilation->sources;

	item->name = arena_str(arena, compilation->migration);
	item->after = arena_array(arena, struct str, compilation->after_count + 1);
	item->after_count = compilation->after_count;
	for (size_t i = 0; i < item->after_count; i++)
		item->after[i] = arena_str(arena, compilation->after[i]);
	item->uses = arena_array(arena, const char *, sources->list.count + 1);
	for (size_t i = 0; i < sources->list.count; i++) {
		const char *path = sources->list.items[i]->path;

		if (strcmp(path, item->path) != 0)
			item->uses[item->use_count++] = real_path(arena, path);
	}
}

/* Reads the file without a word: a library's diagnostics are its users'. */
static void look_at(struct folder *folder, const char *path, const char *library)
{
	struct folder_item *item = arena_new(&folder->arena, struct folder_item);
	struct compilation compilation;

	item->path = path;
	compilation_init(&compilation);
	compile_check(&compilation, path, library);
	take(folder, item, &compilation);
	compilation_release(&compilation);
	*list_add(&folder->arena, &folder->items) = item;
}

static void drop_libraries(struct folder *folder)
{
	size_t kept = 0;

	for (size_t i = 0; i < folder->items.count; i++) {
		struct folder_item *item = folder->items.items[i];
		const char *real = real_path(&folder->arena, item->path);

		for (size_t k = 0; k < folder->items.count; k++) {
			const struct folder_item *other = folder->items.items[k];

			for (size_t n = 0; other != item && n < other->use_count; n++)
				item->library |= strcmp(other->uses[n], real) == 0;
		}
	}
	for (size_t i = 0; i < folder->items.count; i++) {
		if (!folder->items.items[i]->library)
			folder->items.items[kept++] = folder->items.items[i];
	}
	folder->items.count = kept;
}

static bool print_diagnostics(const struct folder_item *item, const char *library,
                              const struct warning_options *warnings, enum color_mode color)
{
	struct compilation compilation;
	bool good;

	compilation_init(&compilation);
	compile_file(&compilation, item->path, library);
	good = cli_steer_warnings(&compilation, warnings);
	cli_print_diagnostics(&compilation, color);
	compilation_release(&compilation);
	return good;
}

static bool names_differ(const struct folder *folder)
{
	bool good = true;

	for (size_t i = 0; i < folder->items.count; i++) {
		for (size_t k = 0; k < i; k++) {
			const struct folder_item *a = folder->items.items[k];
			const struct folder_item *b = folder->items.items[i];

			if (!str_eq(a->name, b->name))
				continue;
			cli_error("'%s' and '%s' are both the migration '%.*s'; give one of them "
			          "another name with a 'migration' statement",
			          a->path, b->path, STR_ARG(a->name));
			good = false;
		}
	}
	return good;
}

bool folder_list(struct folder *folder, const char *path, const char *library)
{
	struct path_list files = {0};

	*folder = (struct folder){.path = path};
	arena_init(&folder->arena);
	if (!add_files(&folder->arena, path, &files))
		return false;
	for (size_t i = 0; i < files.list.count; i++) {
		if (base_of(files.list.items[i])[0] != '_')
			look_at(folder, files.list.items[i], library);
	}
	drop_libraries(folder);
	if (folder->items.count)
		return true;
	cli_error("the folder '%s' has no migration: no NAME.bf that is more than a library", path);
	return false;
}

bool folder_read(struct folder *folder, const char *path, const char *library,
                 const struct warning_options *warnings, enum color_mode color)
{
	bool good = true;

	if (!folder_list(folder, path, library))
		return false;
	for (size_t i = 0; i < folder->items.count; i++)
		good &= print_diagnostics(folder->items.items[i], library, warnings, color);
	return good;
}

void folder_release(struct folder *folder)
{
	arena_release(&folder->arena);
	*folder = (struct folder){0};
}

/* --- the order --- */

bool folder_applied(const struct status_list *applied, struct str name)
{
	for (size_t i = 0; i < applied->list.count; i++) {
		if (str_eq(applied->list.items[i].migration, name))
			return str_is(applied->list.items[i].state, "finished");
	}
	return false;
}

static struct folder_item *find(const struct folder *folder, struct str name)
{
	for (size_t i = 0; i < folder->items.count; i++) {
		if (str_eq(folder->items.items[i]->name, name))
			return folder->items.items[i];
	}
	return NULL;
}

static bool names_known(const struct folder *folder, const struct status_list *applied)
{
	bool good = true;

	for (size_t i = 0; i < folder->items.count; i++) {
		const struct folder_item *item = folder->items.items[i];

		for (size_t k = 0; k < item->after_count; k++) {
			if (find(folder, item->after[k]) ||
			    (applied && folder_applied(applied, item->after[k])))
				continue;
			cli_error("%s'%s' comes after '%.*s', which is not in the folder%s",
			          applied ? "" : "note: ", item->path, STR_ARG(item->after[k]),
			          applied ? " and was not applied on the server"
			                  : ": apply looks for it on the server");
			good = good && !applied;
		}
	}
	return good;
}

static int by_name(const void *a, const void *b)
{
	const struct folder_item *x = *(struct folder_item *const *)a;
	const struct folder_item *y = *(struct folder_item *const *)b;

	return str_compare(x->name, y->name);
}

/* Whether all that it comes after is placed. */
static bool ready(const struct folder *folder, const struct folder_item *item)
{
	for (size_t i = 0; i < item->after_count; i++) {
		const struct folder_item *before = find(folder, item->after[i]);

		if (before && before->mark != ITEM_PLACED)
			return false;
	}
	return true;
}

/* Follows `after` from a migration that can't be placed until one comes again. */
static void say_cycle(const struct folder *folder, struct folder_item *item)
{
	struct folder_item *first;
	struct buf text;

	while (item->mark == ITEM_WAITS) {
		struct folder_item *next = NULL;

		item->mark = ITEM_VISITED;
		for (size_t i = 0; i < item->after_count && !next; i++) {
			next = find(folder, item->after[i]);
			if (next && next->mark == ITEM_PLACED)
				next = NULL;
		}
		item = next;
	}
	first = item;
	buf_init(&text, BUF_CEILING_OUTPUT);
	do {
		struct folder_item *next = NULL;

		buf_addf(&text, "'%.*s' comes after ", STR_ARG(item->name));
		for (size_t i = 0; i < item->after_count && !next; i++) {
			next = find(folder, item->after[i]);
			if (next && next->mark == ITEM_PLACED)
				next = NULL;
		}
		item = next;
	} while (item != first);
	cli_error("no order fits 'after': %.*s'%.*s'", STR_ARG(buf_str(&text)),
	          STR_ARG(first->name));
	buf_release(&text);
}

bool folder_sort(struct folder *folder, const struct status_list *applied)
{
	struct folder_item **order;
	size_t count = folder->items.count, placed = 0;

	if (!names_differ(folder) || !names_known(folder, applied))
		return false;
	qsort(folder->items.items, count, sizeof(*folder->items.items), by_name);
	order = arena_array(&folder->arena, struct folder_item *, count + 1);
	while (placed < count) {
		size_t i = 0;

		while (i < count && (folder->items.items[i]->mark == ITEM_PLACED ||
		                     !ready(folder, folder->items.items[i])))
			i++;
		if (i == count)
			break;
		folder->items.items[i]->mark = ITEM_PLACED;
		order[placed++] = folder->items.items[i];
	}
	for (size_t i = 0; placed < count && i < count; i++) {
		if (folder->items.items[i]->mark == ITEM_WAITS) {
			say_cycle(folder, folder->items.items[i]);
			return false;
		}
	}
	folder->items.items = order;
	return true;
}

/* --- params --- */

char **folder_params(const struct graph *graph, char *const *given, size_t given_count, bool *taken,
                     size_t *count)
{
	char **list = xmalloc((given_count + 1) * sizeof(*list));
	struct str name, value;

	*count = 0;
	for (size_t i = 0; i < given_count; i++) {
		for (size_t k = 0; option_param(given[i], &name, &value) && k < graph->param_count;
		     k++) {
			if (!str_eq(graph->params[k].name, name))
				continue;
			taken[i] = true;
			list[(*count)++] = given[i];
		}
	}
	return list;
}

bool folder_params_taken(char *const *given, size_t given_count, const bool *taken)
{
	bool good = true;

	for (size_t i = 0; i < given_count; i++) {
		if (taken[i])
			continue;
		cli_error("no migration of the folder has the param of --param '%s'", given[i]);
		good = false;
	}
	return good;
}
