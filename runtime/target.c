#include "runtime/target.h"

#include <ctype.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <termios.h>
#include <unistd.h>

#include "compiler/base/arena.h"
#include "compiler/base/buf.h"
#include "runtime/engine.h"

#define EMBEDDED "embedded:"

/* A header field can't carry more, and no password is that long. */
enum { PASSWORD_BYTES_MAX = 4096 };

static bool fail(char **why, const char *format, ...) __attribute__((format(printf, 2, 3)));

static bool fail(char **why, const char *format, ...)
{
	struct buf text;
	va_list args;

	buf_init(&text, BUF_CEILING_OUTPUT);
	va_start(args, format);
	buf_addv(&text, format, args);
	va_end(args);
	*why = text.data;
	return false;
}

static bool has_control(const char *text)
{
	for (; *text; text++) {
		if ((unsigned char)*text < ' ' || *text == 0x7f)
			return true;
	}
	return false;
}

static const char *nonempty_env(const char *name)
{
	const char *value = getenv(name);

	return value && *value ? value : NULL;
}

/*
 * scheme://host[:port][/path]. The text is not repeated in a message before it is known to
 * have no credentials in it.
 */
static bool take_url(struct target *target, const char *text, const char *from, char **why)
{
	bool https = strncmp(text, "https://", 8) == 0;
	const char *host, *end, *port;
	struct buf url;

	if (strchr(text, '@'))
		return fail(why,
		            "%s has credentials in it; take them out and use --user, and "
		            "CLICKHOUSE_PASSWORD or --password-file",
		            from);
	if (!https && strncmp(text, "http://", 7) != 0)
		return fail(why,
		            "%s '%s' is not http://HOST:PORT, https://HOST:PORT or embedded:DIR",
		            from, text);
	if (strpbrk(text, "?#"))
		return fail(
		        why,
		        "%s must end after the path: no '?' and no '#'; settings stand in the file",
		        from);
	host = text + (https ? 8 : 7);
	end = host + strcspn(host, "/");
	port = *host == '[' ? memchr(host, ']', (size_t)(end - host)) : host;
	port = port ? memchr(port, ':', (size_t)(end - port)) : NULL;
	if (end == host || port == host || has_control(text) || strpbrk(text, " \"\\<>"))
		return fail(why, "%s has no host: http://HOST:PORT is wanted", from);
	if (port &&
	    (port + 1 == end || strspn(port + 1, "0123456789") != (size_t)(end - port - 1) ||
	     strtoul(port + 1, NULL, 10) > 65535))
		return fail(why, "%s '%s' has a port that is no number up to 65535", from, text);
	buf_init(&url, BUF_CEILING_OUTPUT);
	buf_add(&url, (struct str){text, (size_t)(end - text)});
	if (!port)
		buf_addz(&url, https ? ":8443" : ":8123");
	buf_addz(&url, *end ? end : "/");
	target->url = url.data;
	return true;
}

/* The first line of the file, without its line end. */
static bool read_password(FILE *file, struct target *target, const char *path, char **why)
{
	char line[PASSWORD_BYTES_MAX + 2];
	size_t n;

	if (!fgets(line, sizeof(line), file)) {
		if (ferror(file))
			return fail(why, "can't read '%s': %s", path, strerror(errno));
		line[0] = '\0';
	}
	n = strcspn(line, "\r\n");
	if (n > PASSWORD_BYTES_MAX) {
		explicit_bzero(line, sizeof(line));
		return fail(why, "the password in '%s' is longer than %d bytes", path,
		            PASSWORD_BYTES_MAX);
	}
	line[n] = '\0';
	target->password = xstrdup(line);
	explicit_bzero(line, sizeof(line));
	return true;
}

static bool load_password(struct target *target, const char *path, char **why)
{
	FILE *file = fopen(path, "re");
	struct stat info;
	bool loaded;

	if (!file)
		return fail(why, "can't open the password file '%s': %s", path, strerror(errno));
	if (fstat(fileno(file), &info) == 0 && S_ISREG(info.st_mode) && (info.st_mode & 077))
		fail(&target->warning, "others can read the password file '%s': chmod 600 %s", path,
		     path);
	loaded = read_password(file, target, path, why);
	fclose(file);
	if (loaded && !*target->password)
		return fail(why, "the password file '%s' has an empty first line", path);
	return loaded;
}

/* Asks on the terminal itself, so that a redirected input or output doesn't matter. */
static bool prompt_password(struct target *target, char **why)
{
	FILE *tty = fopen("/dev/tty", "r+e");
	struct termios before, quiet;
	sigset_t signals, saved;
	bool ok;

	if (!tty)
		return true;
	if (tcgetattr(fileno(tty), &before) != 0) {
		fclose(tty);
		return true;
	}
	fprintf(tty, "password of '%s' (empty: none): ", target->user);
	fflush(tty);
	quiet = before;
	quiet.c_lflag &= ~(tcflag_t)ECHO;
	/* A signal waits until the terminal echoes again. */
	sigemptyset(&signals);
	sigaddset(&signals, SIGINT);
	sigaddset(&signals, SIGTERM);
	sigaddset(&signals, SIGTSTP);
	sigprocmask(SIG_BLOCK, &signals, &saved);
	tcsetattr(fileno(tty), TCSAFLUSH, &quiet);
	ok = read_password(tty, target, "/dev/tty", why);
	tcsetattr(fileno(tty), TCSAFLUSH, &before);
	sigprocmask(SIG_SETMASK, &saved, NULL);
	fputc('\n', tty);
	fclose(tty);
	if (ok && !*target->password) {
		free(target->password);
		target->password = NULL;
	}
	return ok;
}

static bool take_login(struct target *target, const struct target_options *options, char **why)
{
	const char *user = options->user ? options->user : nonempty_env("CLICKHOUSE_USER");
	const char *password = nonempty_env("CLICKHOUSE_PASSWORD");

	target->user = xstrdup(user ? user : "default");
	if (options->password_file) {
		if (!load_password(target, options->password_file, why))
			return false;
	} else if (password) {
		target->password = xstrdup(password);
	} else if (user && options->may_prompt) {
		/* Only a user who was named is asked for: `default` on a laptop has none. */
		if (!prompt_password(target, why))
			return false;
	}
	if (has_control(target->user))
		return fail(why, "the user's name has a control character in it");
	if (target->password && has_control(target->password))
		return fail(why, "the password has a control character in it");
	return true;
}

static bool start_embedded(struct target *target, const char *directory, char **why)
{
	struct engine_options options = {.directory = directory};

	if (!*directory)
		return fail(why, "'embedded:' needs a directory: embedded:DIR");
	target->engine = engine_start(&options, why);
	if (!target->engine)
		return false;
	target->url = xstrdup(target->engine->url);
	target->user = xstrdup(target->engine->user);
	target->password = xstrdup(target->engine->password);
	return true;
}

static const char *find_target(const struct target_options *options, const char **from)
{
	const char *text;

	*from = "--target";
	if (options->target)
		return options->target;
	*from = "BFC_TARGET";
	text = nonempty_env("BFC_TARGET");
	if (text)
		return text;
	*from = "CLICKHOUSE_URL";
	return nonempty_env("CLICKHOUSE_URL");
}

bool target_init(struct target *target, const struct target_options *options, char **why)
{
	const char *from;
	const char *text = find_target(options, &from);
	bool ok;

	*target = (struct target){0};
	*why = NULL;
	if (!text)
		return fail(why, "no server named: use --target http://HOST:PORT or embedded:DIR, "
		                 "or set BFC_TARGET or CLICKHOUSE_URL");
	if (strncmp(text, EMBEDDED, strlen(EMBEDDED)) == 0)
		ok = start_embedded(target, text + strlen(EMBEDDED), why);
	else
		ok = take_url(target, text, from, why) && take_login(target, options, why);
	if (!ok)
		target_release(target);
	return ok;
}

void target_release(struct target *target)
{
	if (target->engine)
		engine_stop(target->engine);
	if (target->password)
		explicit_bzero(target->password, strlen(target->password));
	free(target->password);
	free(target->url);
	free(target->user);
	free(target->warning);
	*target = (struct target){0};
}
