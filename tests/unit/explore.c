#include "explore.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "explore_play.h"
#include "fake_pause.h"

void player_fail(struct player *player, const char *format, ...)
{
	va_list args;

	if (player->explore->why[0])
		return;
	va_start(args, format);
	vsnprintf(player->explore->why, sizeof(player->explore->why), format, args);
	va_end(args);
}

size_t player_decide(struct player *player, size_t width)
{
	size_t at = player->taken_count, choice = 0;

	if (at < player->path.count) {
		choice = player->path.choices[at];
	} else if (!seen_add(player->seen, player_state(player))) {
		player->cut = true;
		return 0;
	} else {
		*list_add(&player->arena, &player->widths) = (uint16_t)width;
	}
	if (at == STEPS_MAX) {
		player_fail(player, "a run does not end");
		player->cut = true;
		return 0;
	}
	player->taken[player->taken_count++] = (uint16_t)choice;
	return choice;
}

/* --- one path --- */

static void play(struct player *player)
{
	struct explore *explore = player->explore;
	struct exec_result result;

	fake_world_init_plan(&player->world, explore->plan, explore->chunks, explore->workers);
	player->world.server.memory_rows = explore->memory_rows;
	if (explore->plan == FAKE_PAUSE)
		fake_ingest_init(&player->world.server, explore->inserts);
	arena_init(&player->arena);
	player_run(player, false, &result);
	if (!player->cut)
		player_end(player, &result);
	exec_result_release(&result);
	fake_world_release(&player->world);
}

/* --- all of them --- */

typedef LIST_OF(struct path) path_list;

/* What was not done in this run is done in others: a path for each. */
static void branch(const struct player *player, struct arena *arena, path_list *todo)
{
	for (size_t i = 0; i < player->widths.count; i++) {
		size_t at = player->path.count + i;

		for (uint16_t other = 1; other < player->widths.items[i]; other++) {
			struct path path = {.count = at + 1};

			path.choices = xmalloc(path.count * sizeof(*path.choices));
			memcpy(path.choices, player->taken, at * sizeof(*path.choices));
			path.choices[at] = other;
			*list_add(arena, todo) = path;
		}
	}
}

static void play_path(struct explore *explore, struct seen *seen, struct path path, bool trace,
                      struct arena *arena, path_list *todo)
{
	struct player *player = xmalloc(sizeof(*player));

	*player = (struct player){.explore = explore, .seen = seen, .path = path, .trace = trace};
	if (trace)
		explore->why[0] = '\0';
	play(player);
	if (trace)
		fprintf(stderr, "# %s\n", explore->why);
	else
		branch(player, arena, todo);
	if (!trace && explore->why[0]) {
		struct path failed = {player->taken, player->taken_count};

		play_path(explore, seen, failed, true, arena, todo);
	}
	arena_release(&player->arena);
	free(player);
}

/* Where only a part is seen, it shall not be the ends of runs alone. */
static struct path take_any(path_list *todo, uint64_t *random)
{
	size_t at = (*random = mix(*random, 10)) % todo->count;
	struct path path = todo->items[at];

	todo->items[at] = todo->items[--todo->count];
	return path;
}

bool explore_all(struct explore *explore)
{
	uint64_t random = 1;
	struct seen seen = {0};
	struct arena arena;
	path_list todo = {0};

	arena_init(&arena);
	*list_add(&arena, &todo) = (struct path){0};
	while (todo.count && !explore->why[0] &&
	       (!explore->limit || explore->runs < explore->limit)) {
		struct path path =
		        explore->limit ? take_any(&todo, &random) : todo.items[--todo.count];

		explore->runs++;
		play_path(explore, &seen, path, false, &arena, &todo);
		free(path.choices);
	}
	explore->states = seen.count;
	explore->left = todo.count;
	while (todo.count)
		free(todo.items[--todo.count].choices);
	seen_release(&seen);
	arena_release(&arena);
	return !explore->why[0];
}
