#include "runtime/cli/output.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "compiler/base/buf.h"
#include "runtime/cli/cli.h"

/* How much of a line a difference shows. */
enum { LINE_COLUMNS_MAX = 100 };

static bool write_all(int fd, struct str text)
{
	while (text.n) {
		ssize_t n = write(fd, text.p, text.n);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return false;
		text.p += n;
		text.n -= (size_t)n;
	}
	return true;
}

static void say_failed(const struct output *output, int error)
{
	cli_error("can't write '%s': %s%s", output->path, strerror(error),
	          output->temporary ? "; what was there stays" : "");
}

/* Beside the file itself, so that rename() stays within one file system. */
static char *temporary_name(const struct output *output)
{
	struct buf name;

	buf_init(&name, BUF_CEILING_OUTPUT);
	buf_addf(&name, "%s.XXXXXX", output->target ? output->target : output->path);
	return name.data;
}

/* mkostemp() makes a file for its owner alone. */
static int open_temporary(struct output *output, mode_t mode)
{
	int fd = mkostemp(output->temporary, O_CLOEXEC);

	if (fd >= 0 && fchmod(fd, mode) != 0)
		output->error = errno;
	return fd;
}

static void forget(struct output *output)
{
	free(output->target);
	free(output->temporary);
}

bool output_begin(struct output *output, const char *path)
{
	mode_t mask = umask(0);
	struct stat info;
	bool exists;

	umask(mask);
	*output = (struct output){.path = path};
	exists = stat(path, &info) == 0;
	if (exists && S_ISDIR(info.st_mode)) {
		cli_error("can't write '%s': it is a directory", path);
		return false;
	}
	if (exists && !S_ISREG(info.st_mode)) {
		output->fd = open(path, O_WRONLY | O_CLOEXEC);
	} else {
		/* Through a symbolic link: the file behind it is replaced, not the link. */
		output->target = exists ? realpath(path, NULL) : NULL;
		output->temporary = temporary_name(output);
		output->fd = open_temporary(output, exists ? info.st_mode & 07777 : 0666 & ~mask);
	}
	if (output->fd >= 0)
		return true;
	cli_error("can't write '%s': %s", path, strerror(errno));
	forget(output);
	return false;
}

void output_add(struct output *output, struct str piece)
{
	if (!output->error && !write_all(output->fd, piece))
		output->error = errno;
}

bool output_end(struct output *output, enum output_kind kind)
{
	const char *target = output->target ? output->target : output->path;
	int error = output->error;

	/* A full disk may show as late as here: on some file systems at fsync() or close(). */
	if (!error && output->temporary && kind == OUTPUT_IRREPLACEABLE && fsync(output->fd) != 0)
		error = errno;
	if (close(output->fd) != 0 && !error)
		error = errno;
	if (!error && output->temporary && rename(output->temporary, target) != 0)
		error = errno;
	if (error) {
		say_failed(output, error);
		if (output->temporary)
			unlink(output->temporary);
	}
	forget(output);
	return !error;
}

void output_abandon(struct output *output)
{
	close(output->fd);
	if (output->temporary)
		unlink(output->temporary);
	forget(output);
}

bool output_write(const char *path, struct str text, enum output_kind kind)
{
	struct output output;

	if (!output_begin(&output, path))
		return false;
	output_add(&output, text);
	return output_end(&output, kind);
}

bool output_write_private(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	bool written;

	if (fd < 0)
		return false;
	written = write_all(fd, str_of(text)) && write_all(fd, STR("\n"));
	return close(fd) == 0 && written;
}

static bool read_all(const char *path, struct buf *out)
{
	FILE *file = fopen(path, "re");
	char block[65536];
	size_t n;
	bool good;

	if (!file)
		return false;
	while ((n = fread(block, 1, sizeof(block), file)) > 0)
		buf_add(out, (struct str){block, n});
	good = !ferror(file);
	fclose(file);
	return good;
}

static struct str line_at(struct str text, size_t begin)
{
	const char *end;
	struct str rest = {text.p + begin, text.n - begin};

	if (begin >= text.n)
		return STR("(the end of the file)");
	end = memchr(rest.p, '\n', rest.n);
	if (end)
		rest.n = (size_t)(end - rest.p);
	return terminal_cut(rest, LINE_COLUMNS_MAX);
}

static void say_difference(const char *path, struct str there, struct str wanted)
{
	size_t i = 0, begin = 0, line = 1;
	struct str old_line, new_line;

	for (; i < there.n && i < wanted.n && there.p[i] == wanted.p[i]; i++) {
		if (there.p[i] == '\n') {
			line++;
			begin = i + 1;
		}
	}
	old_line = line_at(there, begin);
	new_line = line_at(wanted, begin);
	cli_error("'%s' is not what the source compiles to; the first difference is in line %zu:\n"
	          "- %.*s\n+ %.*s",
	          path, line, STR_ARG(old_line), STR_ARG(new_line));
}

int output_compare(const char *path, struct str text)
{
	struct buf there;
	int result = 0;

	buf_init(&there, BUF_CEILING_OUTPUT);
	if (!read_all(path, &there)) {
		cli_error("can't read '%s': %s", path, strerror(errno));
		result = -1;
	} else if (!str_eq(buf_str(&there), text)) {
		say_difference(path, buf_str(&there), text);
		result = 1;
	}
	buf_release(&there);
	return result;
}
