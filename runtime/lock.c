#include "runtime/lock.h"

#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <signal.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "compiler/base/json_value.h"
#include "compiler/base/sqltext.h"
#include "runtime/exec_internal.h"

/* --- who we are --- */

/* A file's first line, or empty. Without stdio, which needs memory: a lock that does not say whose it is would be
 * believed until it is stale. */
static struct str read_line(struct arena *arena, const char *path)
{
	char text[1024];
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n;

	if (fd < 0)
		return STR("");
	n = read(fd, text, sizeof(text));
	close(fd);
	return n > 0 ? arena_str(arena, str_trim((struct str){text, (size_t)n})) : STR("");
}

static struct str pid_namespace(struct arena *arena)
{
	char text[128];
	ssize_t n = readlink("/proc/self/ns/pid", text, sizeof(text));

	return n > 0 ? arena_str(arena, (struct str){text, (size_t)n}) : STR("");
}

/*
 * Field 22 of stat, when it started; the name in field 2 may hold blanks, so count from its last
 * ')'. Empty when it can't be read; "zombie" when that is all that is left of it.
 */
static struct str process_start(struct arena *arena, int64_t pid)
{
	struct str stat = read_line(arena, arena_printf(arena, "/proc/%lld/stat", (long long)pid));
	size_t at = stat.n, field = 2, begin;

	while (at > 0 && stat.p[at - 1] != ')')
		at--;
	if (at + 1 < stat.n && (stat.p[at + 1] == 'Z' || stat.p[at + 1] == 'X'))
		return STR("zombie");
	while (at < stat.n && field < 22) {
		if (stat.p[at++] == ' ')
			field++;
	}
	for (begin = at; at < stat.n && stat.p[at] != ' '; at++)
		;
	return (struct str){stat.p ? stat.p + begin : "", at - begin};
}

/* The comment: who holds it. `beat` changes with each heartbeat. */
static struct str describe_us(struct lock *lock, struct arena *arena)
{
	struct passwd *user = getpwuid(getuid());
	json_t *json = json_object();
	struct str text;
	char *dump;

	json_put_text(json, "run", lock->run);
	json_put_text(json, "host", lock->exec->host);
	json_put_text(json, "boot_id", read_line(arena, "/proc/sys/kernel/random/boot_id"));
	json_put_u64(json, "pid", (uint64_t)getpid());
	json_put_text(json, "start", process_start(arena, getpid()));
	json_put_text(json, "pid_ns", pid_namespace(arena));
	json_put_text(json, "user", str_of(user ? user->pw_name : ""));
	json_put_text(json, "since", lock->since);
	json_put_u64(json, "beat", lock->beats++);
	dump = json_dumps(json, JSON_COMPACT | JSON_ENSURE_ASCII);
	json_decref(json);
	if (!dump)
		out_of_memory();
	text = arena_str(arena, str_of(dump));
	free(dump);
	return text;
}

static struct str now_text(struct arena *arena)
{
	time_t now = time(NULL);
	struct tm tm;
	char text[64];

	gmtime_r(&now, &tm);
	strftime(text, sizeof(text), "%Y-%m-%d %H:%M:%S UTC", &tm);
	return arena_str(arena, str_of(text));
}

void lock_init(struct lock *lock, struct exec *exec)
{
	struct transport *transport = exec->transport;

	*lock = (struct lock){.exec = exec};
	lock->prefix = str_of(arena_printf(&exec->arena, "lock_%.*s_", STR_ARG(exec->tag)));
	lock->run = str_of(arena_printf(&exec->arena, "%08x%08x%08x",
	                                transport->random(transport->state),
	                                transport->random(transport->state), (unsigned)getpid()));
	lock->since = now_text(&exec->arena);
	lock->call = arena_new(&exec->arena, struct call);
	arena_init(&lock->arena);
}

void lock_release(struct lock *lock)
{
	arena_release(&lock->arena);
}

/* --- who they are --- */

static struct str json_str(struct arena *arena, const json_t *json, const char *key)
{
	const char *text = json_string_value(json_object_get(json, key));

	return arena_str(arena, str_of(text ? text : ""));
}

/* Same machine, same pid namespace, and that process is no more (or its pid is another's now). */
static bool is_dead(struct arena *arena, const json_t *json)
{
	int64_t pid = json_integer_value(json_object_get(json, "pid"));
	struct str boot = json_str(arena, json, "boot_id");
	struct str start = json_str(arena, json, "start");
	struct str now;

	if (pid <= 0 || !boot.n || !start.n)
		return false;
	if (!str_eq(boot, read_line(arena, "/proc/sys/kernel/random/boot_id")) ||
	    !str_eq(json_str(arena, json, "pid_ns"), pid_namespace(arena)))
		return false;
	if (kill((pid_t)pid, 0) != 0 && errno == ESRCH)
		return true;
	/* Another user's process may be hidden (hidepid): what can't be told lives. */
	now = process_start(arena, pid);
	return now.n && !str_eq(start, now);
}

static void read_holder(struct lock *lock, struct lock_holder *holder)
{
	struct arena *arena = &lock->exec->arena;
	json_t *json =
	        json_loadb(holder->comment.p ? holder->comment.p : "", holder->comment.n, 0, NULL);

	if (!json_is_object(json)) {
		holder->describe = STR("an unknown holder");
		holder->alive = holder->age_s <= LOCK_STALE_S;
		json_decref(json);
		return;
	}
	holder->ours = str_eq(json_str(arena, json, "run"), lock->run);
	holder->dead = !holder->ours && is_dead(arena, json);
	holder->alive = !holder->dead && holder->age_s <= LOCK_STALE_S;
	holder->describe = str_of(arena_printf(
	        arena, "%s on host %s, pid %lld, since %s (last sign of life %lld s ago)",
	        json_str(arena, json, "user").p, json_str(arena, json, "host").p,
	        (long long)json_integer_value(json_object_get(json, "pid")),
	        json_str(arena, json, "since").p, (long long)holder->age_s));
	json_decref(json);
}

void lock_list_anew(struct lock *lock)
{
	lock->seen.count = 0;
	lock->elsewhere = false;
}

void lock_list_add(struct lock *lock, struct str name, struct str comment, struct str age_s)
{
	struct arena *arena = &lock->exec->arena;
	struct lock_holder holder = {.name = arena_str(arena, name),
	                             .comment = arena_str(arena, comment)};
	size_t at;

	if (name.n > lock->prefix.n)
		holder.epoch = (uint32_t)str_u64(
		        (struct str){name.p + lock->prefix.n, name.n - lock->prefix.n});
	/* A clock that was set back makes a negative age: young. */
	holder.age_s = age_s.n && age_s.p[0] == '-' ? 0 : (int64_t)str_u64(age_s);
	read_holder(lock, &holder);
	list_add(arena, &lock->seen);
	for (at = lock->seen.count - 1; at && lock->seen.items[at - 1].epoch < holder.epoch; at--)
		lock->seen.items[at] = lock->seen.items[at - 1];
	lock->seen.items[at] = holder;
}

/* Only of an ALTER the end is waited for; see exec_start.c. */
struct str lock_start_sql(struct lock *lock)
{
	struct exec *exec = lock->exec;

	return str_of(arena_printf(
	        &exec->arena,
	        "SELECT if(database = %.*s, 'lock', 'elsewhere') AS kind, name, comment, "
	        "greatest(0, toInt64(toUnixTimestamp(now())) - "
	        "toInt64(toUnixTimestamp(metadata_modification_time))) AS age "
	        "FROM system.tables WHERE startsWith(name, '%.*s') "
	        "UNION ALL SELECT 'running', toString(count()), '', 0 FROM system.processes "
	        "WHERE startsWith(query_id, %.*s) AND query_kind != 'Alter'",
	        STR_ARG(exec_literal(exec, exec->database_name)), STR_ARG(lock->prefix),
	        STR_ARG(exec_literal(exec, exec_query_prefix(exec)))));
}

void lock_start_read(struct lock *lock, const struct reply *reply)
{
	int kind = reply_column(reply, "kind"), name = reply_column(reply, "name");
	int comment = reply_column(reply, "comment"), age = reply_column(reply, "age");

	lock_list_anew(lock);
	lock->listed = true;
	for (size_t row = 0; row < reply->row_count; row++) {
		struct str what = reply_value(reply, row, kind);
		struct str value = reply_value(reply, row, name);

		if (str_is(what, "lock"))
			lock_list_add(lock, value, reply_value(reply, row, comment),
			              reply_value(reply, row, age));
		else if (str_is(what, "elsewhere"))
			lock->elsewhere = lock->elsewhere ||
			                  str_u64(reply_value(reply, row, age)) <= LOCK_STALE_S;
		else
			lock->running = str_u64(value);
	}
}

bool lock_list(struct lock *lock)
{
	struct exec *exec = lock->exec;
	struct outcome outcome;
	struct str sql = str_of(arena_printf(
	        &exec->arena,
	        "SELECT name, comment, toString(toInt64(toUnixTimestamp(now())) - "
	        "toInt64(toUnixTimestamp(metadata_modification_time))) AS age FROM system.tables "
	        "WHERE database = %.*s AND startsWith(name, '%.*s')",
	        STR_ARG(exec_literal(exec, exec->database_name)), STR_ARG(lock->prefix)));
	int name, comment, age;

	lock_list_anew(lock);
	if (!exec_ask(exec, sql, "look for the migration's lock", NULL, exec_patience_ms(exec),
	              &outcome))
		return false;
	name = reply_column(&outcome.reply, "name");
	comment = reply_column(&outcome.reply, "comment");
	age = reply_column(&outcome.reply, "age");
	for (size_t row = 0; row < outcome.reply.row_count; row++)
		lock_list_add(lock, reply_value(&outcome.reply, row, name),
		              reply_value(&outcome.reply, row, comment),
		              reply_value(&outcome.reply, row, age));
	outcome_release(&outcome);
	return true;
}

/* --- taking it --- */

static struct str lock_name(struct lock *lock, uint32_t epoch)
{
	return str_of(arena_printf(&lock->exec->arena, "%.*s.%.*s%u", STR_ARG(lock->exec->database),
	                           STR_ARG(lock->prefix), epoch));
}

struct str lock_drop_sql(struct lock *lock, uint32_t epoch)
{
	return str_of(arena_printf(&lock->exec->arena, "DROP TABLE IF EXISTS %.*s SYNC",
	                           STR_ARG(lock_name(lock, epoch))));
}

static bool drop(struct lock *lock, uint32_t epoch, uint64_t patience_ms)
{
	struct outcome outcome;

	if (!exec_ask(lock->exec, lock_drop_sql(lock, epoch), "drop a lock", NULL, patience_ms,
	              &outcome))
		return false;
	outcome_release(&outcome);
	return true;
}

static bool create(struct lock *lock, uint32_t epoch)
{
	static const int taken[] = {57, 0};
	struct exec *exec = lock->exec;
	uint64_t sent_ms = exec_now(exec); /* an answer may take its time: the table is that old */
	struct outcome outcome;
	struct str sql = str_of(arena_printf(
	        &exec->arena, "CREATE TABLE %.*s (held UInt8) ENGINE = Null COMMENT %.*s",
	        STR_ARG(lock_name(lock, epoch)),
	        STR_ARG(exec_literal(exec, describe_us(lock, &exec->arena)))));

	/* 57 may be the second sight of a first try whose answer was lost: the list tells. */
	if (!exec_ask(exec, sql, "take the migration's lock", taken, exec_patience_ms(exec),
	              &outcome))
		return false;
	lock->held = outcome.kind == OUTCOME_OK;
	if (lock->held) {
		lock->epoch = epoch;
		lock->table = lock_name(lock, epoch);
		lock->sure_ms = sent_ms;
		lock->beat_ms = lock->sure_ms + LOCK_BEAT_MS;
	}
	outcome_release(&outcome);
	return true;
}

static void held_by(struct lock *lock, const struct lock_holder *holder)
{
	exec_stop(lock->exec, EXEC_LOCKED, "migration '%.*s' is being run by %.*s",
	          STR_ARG(lock->exec->migration), STR_ARG(holder->describe));
}

/* The newest lock decides: a live one refuses, ours is ours, anything else is outbid. */
static bool look(struct lock *lock, uint32_t *epoch_min)
{
	if (!lock->listed && !lock_list(lock))
		return false;
	lock->listed = false;
	for (size_t i = 0; i < lock->seen.count; i++) {
		const struct lock_holder *holder = &lock->seen.items[i];

		if (holder->epoch > *epoch_min)
			*epoch_min = holder->epoch;
		if (i == 0 && holder->ours) {
			lock->held = true;
			lock->epoch = holder->epoch;
			lock->table = lock_name(lock, holder->epoch);
			lock->sure_ms = exec_now(lock->exec);
			lock->beat_ms = lock->sure_ms;
		} else if (holder->alive && !lock->held) {
			held_by(lock, holder);
			return false;
		}
	}
	return true;
}

bool lock_take(struct lock *lock, uint32_t epoch_min)
{
	while (!lock->held) {
		if (!look(lock, &epoch_min))
			return false;
		if (!lock->held && !create(lock, epoch_min + 1))
			return false;
	}
	return true;
}

void lock_drop(struct lock *lock)
{
	if (!lock->held)
		return;
	lock->held = false;
	drop(lock, lock->epoch,
	     lock->exec->stopping ? exec_end_ms(lock->exec, END_PATIENCE_MS)
	                          : exec_patience_ms(lock->exec));
}

void lock_clear(struct lock *lock)
{
	for (size_t i = 0; !lock->held && i < lock->seen.count; i++) {
		if (!lock->seen.items[i].alive)
			drop(lock, lock->seen.items[i].epoch, exec_patience_ms(lock->exec));
	}
}

/* --- the heartbeat --- */

void lock_say_lost(struct lock *lock)
{
	struct exec *exec = lock->exec;

	lock->held = false;
	lock->lost = true;
	exec->no_more_journal = true;
	exec_stop(
	        exec, EXEC_LOCKED,
	        "the lock of migration '%.*s' is gone: another run has taken over; this one stops",
	        STR_ARG(exec->migration));
}

static void beaten(struct exec *exec, struct call *call, struct outcome *outcome)
{
	struct lock *lock = &exec->lock;

	(void)call;
	lock->beating = false;
	if (outcome->kind == OUTCOME_OK) {
		lock->sure_ms = lock->sent_ms;
		lock->beat_ms = lock->sent_ms + LOCK_BEAT_MS;
		return;
	}
	lock->beat_ms = exec_now(exec) + LOCK_BEAT_MS / 5;
	if (!lock->held)
		return;
	if (outcome->kind == OUTCOME_EXCEPTION && (outcome->code == 60 || outcome->code == 81)) {
		lock_say_lost(lock);
	} else if (!exec_passing(exec, outcome)) {
		exec_stop(exec, EXEC_STOPPED, "can't keep the lock %.*s: %.*s",
		          STR_ARG(lock->table), STR_ARG(exec_explain(exec, outcome)));
	}
}

/* One beat's texts at a time: a run may last for days. */
static struct str beat_sql(struct lock *lock)
{
	struct buf sql;
	struct str copy;

	arena_release(&lock->arena);
	arena_init(&lock->arena);
	buf_init(&sql, BUF_CEILING_OUTPUT);
	buf_addf(&sql, "ALTER TABLE %.*s MODIFY COMMENT ", STR_ARG(lock->table));
	sql_add_string(&sql, describe_us(lock, &lock->arena));
	copy = arena_str(&lock->arena, buf_str(&sql));
	buf_release(&sql);
	return copy;
}

void lock_turn(struct lock *lock)
{
	struct exec *exec = lock->exec;

	if (!lock->held || lock->beating || exec_now(exec) < lock->beat_ms)
		return;
	lock->call->request =
	        (struct request){.sql = beat_sql(lock), .timeout_ms = ASK_TIMEOUT_MS / 2};
	lock->call->done = beaten;
	lock->beating = true;
	lock->sent_ms = exec_now(exec);
	exec_send(exec, lock->call);
}

bool lock_lost(struct lock *lock)
{
	static const int gone[] = {60, 81, 0};
	uint64_t began = exec_now(lock->exec);
	struct outcome outcome;
	bool lost;

	while (lock->beating &&
	       exec_now(lock->exec) - began < exec_end_ms(lock->exec, ASK_TIMEOUT_MS))
		exec_turn(lock->exec, 100);
	if (!lock->held || lock->beating || lock_sure(lock))
		return lock->lost;
	if (!exec_ask(lock->exec, beat_sql(lock), "keep the lock", gone, 0, &outcome))
		return false;
	lost = outcome.kind == OUTCOME_EXCEPTION;
	outcome_release(&outcome);
	if (lost)
		lock_say_lost(lock);
	return lost;
}

uint64_t lock_deadline_ms(const struct lock *lock)
{
	return lock->held && !lock->beating ? lock->beat_ms : UINT64_MAX;
}

bool lock_sure(const struct lock *lock)
{
	return exec_now(lock->exec) - lock->sure_ms < LOCK_UNSURE_MS;
}
