/*
 * apply_folder.c: `bfc apply DIR`.
 *
 * All that can be known is looked at before anything runs: every file compiles, the order holds,
 * every param has a value. A migration that was applied is left alone, and when its file says
 * something else by now (comments and moved lines are nothing else), that is told and the command's
 * exit code is 1 in the end; what is new is applied all the same.
 */
#include <stdlib.h>

#include "runtime/cli/apply.h"
#include "runtime/cli/folder.h"
#include "runtime/cli/human.h"
#include "runtime/cli/summary.h"
#include "runtime/cli/terminal.h"

struct job {
	const struct folder_item *item;
	struct compilation compilation;
	struct param_values values;
	enum { JOB_PENDING, JOB_APPLIED_BEFORE, JOB_CHANGED, JOB_DONE, JOB_FAILED } state;
	bool has_values;
	json_t *summary;
};

struct work {
	struct apply_options *options;
	struct session session;
	struct folder folder;
	struct status_list applied;
	struct job *jobs;
	size_t count, pending;
	bool *taken; /* by --param: some migration has it */
};

__attribute__((format(printf, 1, 2))) static void say(const char *format, ...)
{
	struct buf text;
	va_list args;

	buf_init(&text, BUF_CEILING_OUTPUT);
	va_start(args, format);
	buf_addv(&text, format, args);
	va_end(args);
	terminal_print(stderr, buf_str(&text));
	buf_release(&text);
}

/* --- before anything runs --- */

/* Its plan beside the journal's: nothing runs, as it is finished. */
static int look_at_applied(struct work *work, struct job *job)
{
	const struct param_values none = {0};
	const struct graph *graph = job->compilation.graph;
	struct exec_result result = {0};
	int code = EXIT_OK;

	work->session.exec.params = none.bindings;
	work->session.exec.param_count = 0;
	exec_run(graph, &work->session.transport, &work->session.exec, &result);
	if (result.exit == EXEC_BAD_INPUT) {
		job->state = JOB_CHANGED;
		cli_error("warning: '%s' was changed since it was applied: %.*s", job->item->path,
		          STR_ARG(result.text));
	} else if (result.exit != EXEC_DONE) {
		cli_error("%.*s", STR_ARG(result.text));
		code = (int)result.exit;
	} else {
		job->state = JOB_APPLIED_BEFORE;
	}
	job->summary = summary_json(graph, &result);
	exec_result_release(&result);
	return code;
}

static bool find_values(struct work *work, struct job *job)
{
	const struct graph *graph = job->compilation.graph;
	size_t count;
	char **given = folder_params(graph, work->options->params, work->options->param_count,
	                             work->taken, &count);
	struct buf why;

	buf_init(&why, BUF_CEILING_OUTPUT);
	job->has_values = params_init(&job->values, graph, given, count, &why);
	if (!job->has_values)
		cli_error("%s: %s", job->item->path, why.data);
	buf_release(&why);
	free(given);
	return job->has_values;
}

/* A name that only migrations have that were applied is fine: the same command goes on. */
static void take_params(struct work *work, const struct job *job)
{
	size_t count;

	free(folder_params(job->compilation.graph, work->options->params,
	                   work->options->param_count, work->taken, &count));
}

static int prepare(struct work *work, const char *library)
{
	const struct folder *folder = &work->folder;
	int code = EXIT_OK;

	work->count = folder->items.count;
	work->jobs = xmalloc((work->count + 1) * sizeof(*work->jobs));
	memset(work->jobs, 0, (work->count + 1) * sizeof(*work->jobs));
	work->taken = xmalloc(work->options->param_count + 1);
	memset(work->taken, 0, work->options->param_count + 1);
	for (size_t i = 0; i < work->count; i++)
		compilation_init(&work->jobs[i].compilation);
	for (size_t i = 0; i < work->count; i++) {
		struct job *job = &work->jobs[i];

		job->item = folder->items.items[i];
		/* Its diagnostics were printed by folder_read(). */
		if (!compile_file(&job->compilation, job->item->path, library))
			return EXIT_INPUT;
		if (folder_applied(&work->applied, job->item->name)) {
			int looked = look_at_applied(work, job);

			if (looked != EXIT_OK)
				return looked;
			take_params(work, job);
		} else {
			work->pending++;
			if (!find_values(work, job))
				code = EXIT_USAGE;
		}
	}
	return folder_params_taken(work->options->params, work->options->param_count, work->taken)
	               ? code
	               : EXIT_USAGE;
}

static void say_overview(const struct work *work)
{
	static const char *const states[] = {"to apply", "applied", "applied, and changed since"};

	say("%s: %zu migrations, %zu to apply", work->folder.path, work->count, work->pending);
	for (size_t i = 0; i < work->count; i++)
		say("  %2zu. %.*s: %s", i + 1, STR_ARG(work->jobs[i].item->name),
		    states[work->jobs[i].state]);
}

/* --- running --- */

static int run_job(struct work *work, struct job *job, size_t number)
{
	const struct graph *graph = job->compilation.graph;
	struct exec_result result = {0};
	int code;

	if (!apply_knows_gates(work->options, graph)) {
		job->state = JOB_FAILED;
		return EXIT_USAGE;
	}
	if (!work->options->log_json) {
		say("--- %zu of %zu: %.*s (%s)", number, work->pending, STR_ARG(job->item->name),
		    job->item->path);
		summary_print_plan(graph, NULL);
	}
	apply_run(work->options, &work->session, graph, &job->values, &result);
	work->options->confirmed[0] = NULL;
	work->options->confirmed_count = 0;
	code = (int)result.exit;
	job->state = code == EXIT_OK ? JOB_DONE : JOB_FAILED;
	job->summary = summary_json(graph, &result);
	if (!work->options->json && (code == EXIT_OK || result.summary.chunks_done))
		summary_print_result(graph, &result);
	fflush(stdout);
	if (code != EXIT_OK)
		cli_error("%.*s", STR_ARG(result.text));
	exec_result_release(&result);
	return code;
}

static int run_all(struct work *work)
{
	size_t number = 0;

	for (size_t i = 0; i < work->count; i++) {
		struct job *job = &work->jobs[i];
		int code;

		if (job->state != JOB_PENDING)
			continue;
		code = run_job(work, job, ++number);
		if (code != EXIT_OK)
			return code;
	}
	return EXIT_OK;
}

/* --- after --- */

static void count_jobs(const struct work *work, size_t counts[JOB_FAILED + 1])
{
	for (size_t i = 0; i < work->count; i++)
		counts[work->jobs[i].state]++;
}

static void sum_up(const struct work *work, uint64_t elapsed_ms, int code)
{
	static const char *const states[] = {"not reached", "applied before", "changed", "applied",
	                                     "failed"};
	size_t counts[JOB_FAILED + 1] = {0};
	json_t *list = json_array();
	struct human time;

	count_jobs(work, counts);
	for (size_t i = 0; i < work->count; i++) {
		struct job *job = &work->jobs[i];
		json_t *json = job->summary ? json_incref(job->summary) : json_object();

		json_object_set_new(json, "migration", cli_json_text(job->item->name));
		json_object_set_new(json, "file", cli_json_text(str_of(job->item->path)));
		json_object_set_new(json, "state", json_string(states[job->state]));
		json_array_append_new(list, json);
	}
	if (work->options->json)
		cli_print_json(json_pack("{s:o s:o s:i}", "folder",
		                         cli_json_text(str_of(work->folder.path)), "migrations",
		                         json_incref(list), "exit", code));
	else
		printf("%zu applied, %zu applied before%s, %zu failed, %zu not reached; %s\n",
		       counts[JOB_DONE], counts[JOB_APPLIED_BEFORE] + counts[JOB_CHANGED],
		       counts[JOB_CHANGED] ? " (changed since: see the warnings)" : "",
		       counts[JOB_FAILED], counts[JOB_PENDING], human_ms(elapsed_ms, &time));
	json_decref(list);
}

static bool any_changed(const struct work *work)
{
	size_t counts[JOB_FAILED + 1] = {0};

	count_jobs(work, counts);
	return counts[JOB_CHANGED] > 0;
}

static int apply_all(struct work *work, const char *library)
{
	struct transport *transport = &work->session.transport;
	uint64_t began = transport->now_ms(transport->state);
	struct exec_result result = {0};
	int code;

	exec_status(STR(""), transport, &work->session.exec, &work->applied, &result);
	code = (int)result.exit;
	if (code != EXIT_OK)
		cli_error("%.*s", STR_ARG(result.text));
	exec_result_release(&result);
	if (code != EXIT_OK)
		return code;
	if (!folder_sort(&work->folder, &work->applied))
		return EXIT_INPUT;
	code = prepare(work, library);
	if (code != EXIT_OK)
		return code;
	if (!work->options->log_json)
		say_overview(work);
	if (work->pending && !apply_confirmed(work->options)) {
		cli_error("nothing was done");
		return APPLY_DECLINED;
	}
	code = run_all(work);
	if (code == EXIT_OK && any_changed(work))
		code = EXIT_INPUT;
	sum_up(work, transport->now_ms(transport->state) - began, code);
	return code;
}

static void release(struct work *work)
{
	for (size_t i = 0; i < work->count; i++) {
		struct job *job = &work->jobs[i];

		compilation_release(&job->compilation);
		if (job->has_values)
			params_release(&job->values);
		json_decref(job->summary);
	}
	free(work->jobs);
	free(work->taken);
	arena_release(&work->applied.arena);
}

int apply_folder(struct apply_options *options, const char *library)
{
	struct work work = {.options = options};
	int code = EXIT_INPUT;

	if (folder_read(&work.folder, options->file, library, &options->warnings,
	                options->common.color)) {
		code = session_open(&work.session, &options->login,
		                    (uint64_t)options->patience_seconds * 1000);
		if (code == EXIT_OK) {
			code = apply_all(&work, library);
			session_close(&work.session);
			release(&work);
		}
	}
	folder_release(&work.folder);
	return code;
}
