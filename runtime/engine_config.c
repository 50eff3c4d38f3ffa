#include "runtime/engine_config.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <nettle/sha2.h>
#include <pwd.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "compiler/base/arena.h"
#include "compiler/base/buf.h"

/* A configuration is about 2 KiB. */
#define CONFIG_BYTES_MAX ((size_t)64 << 10)

char *engine_format(const char *format, ...)
{
	char *text = NULL;
	va_list args;

	va_start(args, format);
	if (vasprintf(&text, format, args) < 0)
		out_of_memory();
	va_end(args);
	return text;
}

char *engine_executable_directory(void)
{
	char path[PATH_MAX];
	ssize_t n = readlink("/proc/self/exe", path, sizeof(path) - 1);
	char *slash;

	if (n < 0)
		return xstrdup(".");
	path[n] = '\0';
	slash = strrchr(path, '/');
	if (slash)
		*slash = '\0';
	return xstrdup(path);
}

/* ${XDG_CACHE_HOME:-~/.cache}/bfc, the same place as in .ci/setup.sh. */
static char *cache_directory(void)
{
	const char *cache = getenv("XDG_CACHE_HOME");
	const char *home = getenv("HOME");

	if (cache && *cache)
		return engine_format("%s/bfc", cache);
	if (!home || !*home) {
		struct passwd *me = getpwuid(getuid());

		home = me ? me->pw_dir : "/";
	}
	return engine_format("%s/.cache/bfc", home);
}

char *engine_library(char **why)
{
	const char *given = getenv("BFC_LIBCHDB");
	char *exe, *cache, *candidates[3], *found = NULL;
	size_t i;

	if (given && *given) {
		if (access(given, R_OK) == 0)
			return xstrdup(given);
		*why = engine_format("cannot read '%s', which BFC_LIBCHDB names: %s", given,
		                     strerror(errno));
		return NULL;
	}
	exe = engine_executable_directory();
	cache = cache_directory();
	candidates[0] = engine_format("%s/engine/libchdb.so", exe);
	candidates[1] = engine_format("%s/../lib/bfc/libchdb.so", exe);
	candidates[2] = engine_format("%s/engine-%s/libchdb.so", cache, ENGINE_VERSION);
	for (i = 0; i < 3 && !found; i++)
		if (access(candidates[i], R_OK) == 0)
			found = xstrdup(candidates[i]);
	if (!found)
		*why = engine_format(
		        "the embedded ClickHouse engine is not on this machine; looked for\n"
		        "  %s\n  %s\n  %s\n"
		        "`make setup` in bfc's source tree fetches it; or name it with "
		        "BFC_LIBCHDB=/path/to/libchdb.so;\n"
		        "or use a running server with --target http://host:8123/",
		        candidates[0], candidates[1], candidates[2]);
	for (i = 0; i < 3; i++)
		free(candidates[i]);
	free(exe);
	free(cache);
	return found;
}

/* mkdir -p, private to the user. */
static bool make_directories(char *path)
{
	char *slash;

	for (slash = strchr(path + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		if (mkdir(path, 0777) != 0 && errno != EEXIST)
			return false;
		*slash = '/';
	}
	return mkdir(path, 0700) == 0 || errno == EEXIST;
}

char *engine_directory(const char *directory, char **why)
{
	char *path = xstrdup(directory);
	char *absolute = NULL;
	struct stat st;

	if (!*path) {
		*why = xstrdup("the engine needs a directory for its data");
	} else if (!make_directories(path)) {
		*why = engine_format("cannot make the directory '%s': %s", directory,
		                     strerror(errno));
	} else if (stat(path, &st) != 0 || !S_ISDIR(st.st_mode)) {
		*why = engine_format("'%s' is not a directory", directory);
	} else if (access(path, R_OK | W_OK | X_OK) != 0) {
		*why = engine_format("cannot write in the directory '%s': %s", directory,
		                     strerror(errno));
	} else {
		absolute = realpath(path, NULL);
		if (!absolute)
			*why = engine_format("cannot resolve '%s': %s", directory, strerror(errno));
	}
	free(path);
	return absolute;
}

static void add_hex(char *out, const uint8_t *bytes, size_t count)
{
	static const char digits[] = "0123456789abcdef";
	size_t i;

	for (i = 0; i < count; i++) {
		out[2 * i] = digits[bytes[i] >> 4];
		out[2 * i + 1] = digits[bytes[i] & 15];
	}
	out[2 * count] = '\0';
}

char *engine_password(void)
{
	uint8_t bytes[16];
	char *text = xmalloc(2 * sizeof(bytes) + 1);

	/* Up to 256 bytes are never cut short (getrandom(2)); a kernel without it is not Linux. */
	if (getrandom(bytes, sizeof(bytes), 0) != (ssize_t)sizeof(bytes))
		abort();
	add_hex(text, bytes, sizeof(bytes));
	return text;
}

static void password_hash(const char *password, char hex[2 * SHA256_DIGEST_SIZE + 1])
{
	struct sha256_ctx sha;
	uint8_t digest[SHA256_DIGEST_SIZE];

	sha256_init(&sha);
	sha256_update(&sha, strlen(password), (const uint8_t *)password);
	sha256_digest(&sha, sizeof(digest), digest);
	add_hex(hex, digest, sizeof(digest));
}

static void add_xml(struct buf *xml, const char *text)
{
	for (; *text; text++) {
		if (*text == '&')
			buf_addz(xml, "&amp;");
		else if (*text == '<')
			buf_addz(xml, "&lt;");
		else if (*text == '>')
			buf_addz(xml, "&gt;");
		else
			buf_addc(xml, *text);
	}
}

static void add_path(struct buf *xml, const char *tag, const char *directory, const char *file)
{
	buf_addf(xml, "<%s>", tag);
	add_xml(xml, directory);
	buf_addf(xml, "/%s</%s>\n", file, tag);
}

static void write_server(struct buf *xml, const char *directory, unsigned port)
{
	buf_addz(xml, "<!-- written by bfc at every start of the engine -->\n<clickhouse>\n");
	buf_addf(xml, "<http_port>%u</http_port>\n<listen_host>127.0.0.1</listen_host>\n", port);
	add_path(xml, "path", directory, "");
	add_path(xml, "tmp_path", directory, "tmp/");
	buf_addz(xml, "<user_directories><users_xml>");
	add_path(xml, "path", directory, ENGINE_USERS_FILE);
	/* Other user directories are not looked at by clickhouse-local (measured). */
	buf_addz(xml, "</users_xml></user_directories>\n");
	buf_addz(xml, "<query_log><database>system</database><table>query_log</table>"
	              "</query_log>\n");
	/* ClickHouse's normal value, where this build has 0: after a crash in the middle of a MOVE
	 * inactive parts are what tells which part has arrived (engine-facts). */
	buf_addz(xml, "<merge_tree><old_parts_lifetime>480</old_parts_lifetime></merge_tree>\n");
	/* A server's normal values; a hosted engine has 2 and none, which starves its background
	 * work. */
	buf_addz(xml, "<background_schedule_pool_size>16</background_schedule_pool_size>\n"
	              "<background_buffer_flush_schedule_pool_size>16"
	              "</background_buffer_flush_schedule_pool_size>\n");
	buf_addz(xml, "<logger><level>information</level>");
	add_path(xml, "log", directory, ENGINE_LOG_FILE);
	buf_addz(xml, "<size>10M</size><count>2</count></logger>\n</clickhouse>\n");
}

/* `default` is whom the hosting session runs as: it gets no password, and only the grants that the
 * statement needs which keeps the engine alive, so it is of no use over HTTP. */
static void write_users(struct buf *xml, const char *password)
{
	char hash[2 * SHA256_DIGEST_SIZE + 1];

	password_hash(password, hash);
	buf_addz(xml, "<!-- written by bfc at every start of the engine -->\n<clickhouse>\n"
	              "<profiles><default/></profiles>\n<quotas><default/></quotas>\n<users>\n"
	              "<default><password></password><networks><ip>127.0.0.1</ip></networks>"
	              "<profile>default</profile><quota>default</quota><grants>"
	              "<query>GRANT SYSTEM LISTEN ON *.*</query>"
	              "<query>GRANT SELECT ON system.numbers</query></grants></default>\n");
	buf_addf(xml,
	         "<bfc><password_sha256_hex>%s</password_sha256_hex>"
	         "<networks><ip>127.0.0.1</ip></networks><profile>default</profile>"
	         "<quota>default</quota><access_management>1</access_management></bfc>\n",
	         hash);
	buf_addz(xml, "</users>\n</clickhouse>\n");
}

static bool write_file(const char *directory, const char *name, const struct buf *text, char **why)
{
	char *path = engine_format("%s/%s", directory, name);
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	bool good = fd >= 0 && fchmod(fd, 0600) == 0;
	size_t done = 0;

	while (good && done < text->size) {
		ssize_t n = write(fd, text->data + done, text->size - done);

		if (n > 0)
			done += (size_t)n;
		else if (errno != EINTR)
			good = false;
	}
	if (!good)
		*why = engine_format("cannot write '%s': %s", path, strerror(errno));
	if (fd >= 0)
		close(fd);
	free(path);
	return good;
}

/* A hosted engine keeps `system` in memory, and after a restart it can't make the query log anew, as the old
 * one's files are in the way (measured). With this description beside its others it keeps it on disk. */
static bool write_system_database(const char *directory, char **why)
{
	static const char text[] = "ATTACH DATABASE _ UUID '5b6c0f1e-62fc-4000-8000-626663736c67'\n"
	                           "ENGINE = Atomic\n";
	char *metadata = engine_format("%s/metadata", directory);
	char *path = engine_format("%s/system.sql", metadata);
	struct buf sql;
	bool good = access(path, F_OK) == 0;

	if (!good && mkdir(metadata, 0750) != 0 && errno != EEXIST) {
		*why = engine_format("cannot make the directory '%s': %s", metadata,
		                     strerror(errno));
	} else if (!good) {
		buf_init(&sql, CONFIG_BYTES_MAX);
		buf_addz(&sql, text);
		good = write_file(metadata, "system.sql", &sql, why);
		buf_release(&sql);
	}
	free(metadata);
	free(path);
	return good;
}

bool engine_config_write(const char *directory, unsigned port, const char *password, char **why)
{
	struct buf server, users;
	bool good;

	buf_init(&server, CONFIG_BYTES_MAX);
	buf_init(&users, CONFIG_BYTES_MAX);
	write_server(&server, directory, port);
	write_users(&users, password);
	good = write_system_database(directory, why) &&
	       write_file(directory, ENGINE_CONFIG_FILE, &server, why) &&
	       write_file(directory, ENGINE_USERS_FILE, &users, why);
	buf_release(&server);
	buf_release(&users);
	return good;
}
