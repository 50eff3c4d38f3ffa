#include "runtime/cli/outlook_print.h"

#include "runtime/cli/cli.h"
#include "runtime/cli/human.h"

enum {
	CHUNKS_SHOWN = 3, /* and the last one */
	LABEL_WIDTH = 11,
};

struct page {
	const struct outlook *outlook;
	const struct exec_result *result;
	bool color;
};

/* --- lines --- */

static void put_line(const struct page *page, const char *label, const char *style, struct str text)
{
	struct buf line;

	buf_init(&line, BUF_CEILING_OUTPUT);
	terminal_add_safe(&line, text, false);
	if (page->color && style)
		printf("  \033[%sm%-*s\033[0m%.*s\n", style, LABEL_WIDTH, label, (int)line.size,
		       line.data ? line.data : "");
	else
		printf("  %-*s%.*s\n", LABEL_WIDTH, label, (int)line.size,
		       line.data ? line.data : "");
	buf_release(&line);
}

__attribute__((format(printf, 4, 5))) static void put(const struct page *page, const char *label,
                                                      const char *style, const char *format, ...)
{
	struct buf text;
	va_list args;

	buf_init(&text, BUF_CEILING_OUTPUT);
	va_start(args, format);
	buf_addv(&text, format, args);
	va_end(args);
	put_line(page, label, style, buf_str(&text));
	buf_release(&text);
}

/* Each piece on a line of its own. */
static void put_pieces(const struct page *page, struct str text, struct str separator)
{
	while (text.n) {
		ptrdiff_t at = str_find(text, separator);
		struct str piece = {text.p, at < 0 ? text.n : (size_t)at};

		put_line(page, "", NULL, piece);
		if (at < 0)
			return;
		text = (struct str){text.p + piece.n + separator.n, text.n - piece.n - separator.n};
	}
}

/* --- the head --- */

static size_t chunks(const struct outlook *outlook, size_t *done, bool *known)
{
	size_t total = 0;

	*done = 0;
	*known = true;
	for (size_t i = 0; i < outlook->loads.count; i++) {
		if (outlook->loads.items[i].step->phase == PHASE_PUBLISH)
			continue; /* a run of moves, told as such */
		*known = *known && outlook->loads.items[i].known;
		total += outlook->loads.items[i].total;
		*done += outlook->loads.items[i].done;
	}
	return total;
}

static void put_head(const struct page *page, struct str target)
{
	static const char *const states[] = {"not begun", "begun", "finished",
	                                     "what is done is not known"};
	const struct outlook *outlook = page->outlook;
	struct buf line;

	buf_init(&line, BUF_CEILING_OUTPUT);
	buf_addf(&line, "%.*s: %s", STR_ARG(outlook->graph->migration), states[outlook->state]);
	if (outlook->other_plan)
		buf_addz(&line, ", with another plan");
	printf(page->color ? "\033[1m" : "%s", "");
	terminal_print(stdout, buf_str(&line));
	printf(page->color ? "\033[0m" : "%s", "");
	buf_release(&line);
	put(page, "plan", NULL, "%.8s at %.*s", outlook->graph->hash, STR_ARG(target));
	if (outlook->holder.n)
		put(page, "lock", outlook->holder_dead ? NULL : "31", "%s %.*s%s",
		    outlook->holder_dead ? "left by" : "held by", STR_ARG(outlook->holder),
		    outlook->holder_dead ? "; apply takes it over" : "");
}

/* --- what is to be done --- */

static void put_objects(const struct page *page)
{
	const struct outlook *outlook = page->outlook;
	size_t present = 0;
	struct buf line;

	buf_init(&line, BUF_CEILING_OUTPUT);
	for (size_t i = 0; i < outlook->objects.count; i++) {
		const struct outlook_object *object = &outlook->objects.items[i];

		present += object->present;
		if (!object->present)
			buf_addf(&line, "%s%.*s %.*s%s%.*s", line.size ? ", " : "",
			         STR_ARG(object->kind), STR_ARG(object->database),
			         object->database.n ? "." : "", STR_ARG(object->name));
	}
	if (line.size && outlook->state != OUTLOOK_FINISHED)
		put(page, "creates", NULL, "%.*s", STR_ARG(buf_str(&line)));
	else if (line.size)
		put(page, "gone", "31", "%.*s", STR_ARG(buf_str(&line)));
	else if (outlook->objects.count)
		put(page, "objects", NULL, "all %zu are there", present);
	buf_release(&line);
}

static void put_chunk(const struct page *page, const struct outlook_load *load, size_t row)
{
	bool any = false;
	struct buf line;

	buf_init(&line, BUF_CEILING_OUTPUT);
	buf_addf(&line, "chunk %zu%s", row + 1,
	         load->chunk_done[row]       ? " (done)"
	         : load->chunk_in_doubt[row] ? " (in doubt)"
	                                     : "");
	for (size_t i = 0; i < load->column_count; i++) {
		struct str value = load->values[row * load->column_count + i];

		if (value.n)
			buf_addf(&line, "%s%.*s = %.*s", any ? ", " : ": ",
			         STR_ARG(load->columns[i]), STR_ARG(value));
		any = any || value.n;
	}
	put_line(page, "", NULL, buf_str(&line));
	buf_release(&line);
}

static void put_chunks(const struct page *page, const struct outlook_load *load)
{
	size_t shown = 0, row = 0, last = load->total;

	while (last > 0 && load->chunk_done[last - 1])
		last--;
	for (; row < last && shown < CHUNKS_SHOWN; row++) {
		if (load->chunk_done[row])
			continue;
		put_chunk(page, load, row);
		shown++;
	}
	if (row >= last)
		return;
	if (row + 1 < last)
		put_line(page, "", NULL, STR("…"));
	put_chunk(page, load, last - 1);
}

/* Beside the load: what of the chunk is counted or added up again before it is published. */
static bool reads_again(const struct outlook_load *load)
{
	const struct each *each = load->step->each;
	bool again = false;

	for (size_t i = 0; i < each->body_count; i++)
		again = again ||
		        (each->body[i]->phase == PHASE_LOAD &&
		         (each->body[i]->kind == STEP_ASSERT || each->body[i]->kind == STEP_EACH));
	return again;
}

static void add_estimate(const struct outlook_load *load, struct buf *line)
{
	struct human rows, bytes;
	size_t left = load->total - load->done;

	if (!load->estimated_by)
		return;
	buf_addz(line, ", to read: ");
	if (load->rows_known)
		buf_addf(line, "%s rows, ", human_count(load->rows, &rows));
	buf_addf(line, "%s%s (%s%s%s)", load->at_most ? "at most " : "",
	         human_bytes(load->bytes, &bytes), load->estimated_by,
	         load->asked < left ? ", of some chunks" : "",
	         reads_again(load) ? "; what verification reads is not counted" : "");
}

static void put_load(const struct page *page, const struct outlook_load *load)
{
	struct buf line;

	if (load->step->phase == PHASE_PUBLISH) {
		bool done = load->total && load->done == load->total;

		put(page, done ? "done" : "then", done ? "32" : "1", "%.*s",
		    STR_ARG(load->step->title));
		return;
	}
	if (load->known && load->done == load->total && load->total) {
		put(page, "done", "32", "%.*s: all %zu chunks", STR_ARG(load->step->title),
		    load->total);
		return;
	}
	buf_init(&line, BUF_CEILING_OUTPUT);
	buf_addf(&line, "%.*s: ", STR_ARG(load->step->title));
	if (!load->known)
		buf_addz(&line, "its chunks are not known before apply gets there");
	else if (!load->total)
		buf_addz(&line, "no chunk, there is nothing to load");
	else
		buf_addf(&line, "%zu of %zu chunks to do", load->total - load->done, load->total);
	add_estimate(load, &line);
	put_line(page, "load", "1", buf_str(&line));
	buf_release(&line);
	if (load->under_way)
		put(page, "", NULL, "%zu of them begun; apply ends or drops what is half done",
		    load->under_way);
	if (load->in_doubt)
		put(page, "in doubt", "31",
		    "%zu of them: all, some or none of the rows may be in; look, then say which: "
		    "bfc "
		    "abort %.*s --in-doubt absent or loaded",
		    load->in_doubt, STR_ARG(page->outlook->graph->migration));
	if (load->known)
		put_chunks(page, load);
}

/* --- what stands in the way --- */

static void put_check(const struct page *page, const struct outlook_check *check)
{
	const struct step *step = check->step;
	bool views = str_find(check->message, STR(" (CREATE MATERIALIZED VIEW ")) >= 0 &&
	             page->outlook->views.count;

	if (step->origin.file.n)
		put(page, "FAILS", "31", "%.*s (%.*s:%u)", STR_ARG(step->title),
		    STR_ARG(step->origin.file), step->origin.line);
	else
		put(page, "FAILS", "31", "%.*s", STR_ARG(step->title));
	if (!views)
		put_pieces(page, check->message, STR("; "));
	if (step->hint.n && !check->grants)
		put(page, "", NULL, "hint: %.*s", STR_ARG(step->hint));
}

static void put_checks(const struct page *page)
{
	const struct outlook *outlook = page->outlook;
	size_t at_end = outlook->checks_at_end;

	if (outlook->checks.count || at_end) {
		struct buf line;

		buf_init(&line, BUF_CEILING_OUTPUT);
		buf_addf(&line, "%zu of %zu hold now", outlook_count(outlook, CHECK_HOLDS),
		         outlook->checks.count);
		if (at_end && outlook->state != OUTLOOK_FINISHED)
			buf_addf(&line, ", %zu will be asked at the end", at_end);
		put_line(page, "checks", NULL, buf_str(&line));
		buf_release(&line);
	}
	for (size_t i = 0; i < outlook->checks.count; i++) {
		if (outlook->checks.items[i].state == CHECK_FAILS)
			put_check(page, &outlook->checks.items[i]);
	}
	for (size_t i = 0; i < outlook->checks.count; i++) {
		const struct outlook_check *check = &outlook->checks.items[i];

		if (check->state == CHECK_LATER)
			put(page, "later", "33", "%.*s%s%.*s", STR_ARG(check->step->title),
			    check->message.n ? ": " : "", STR_ARG(check->message));
	}
}

static void put_declaration(const struct page *page, struct str text)
{
	struct buf whole;

	buf_init(&whole, BUF_CEILING_OUTPUT);
	buf_addf(&whole, "%.*s;", STR_ARG(text));
	put_pieces(page, buf_str(&whole), STR("\n"));
	buf_release(&whole);
}

static void put_views(const struct page *page)
{
	for (size_t i = 0; i < page->outlook->views.count; i++) {
		const struct outlook_view *view = &page->outlook->views.items[i];

		put(page, "unknown", "31",
		    "view %.*s, to paste, unless 'ignore view %.*s;' is meant:",
		    STR_ARG(view->name), STR_ARG(view->name));
		put_declaration(page, view->declaration);
	}
}

static void put_rest(const struct page *page)
{
	const struct outlook *outlook = page->outlook;

	for (size_t i = 0; i < outlook->grants.count; i++)
		put(page, i ? "" : "missing", i ? NULL : "31", "GRANT %.*s",
		    STR_ARG(outlook->grants.items[i]));
	for (size_t i = 0; i < outlook->gates.count; i++)
		put(page, "waits", "33", "%.*s", STR_ARG(outlook->gates.items[i]->title));
	for (size_t i = 0; i < outlook->unseen.count; i++)
		put(page, "not seen", "33", "%.*s", STR_ARG(outlook->unseen.items[i]));
	if (outlook->bare)
		put(page, "not seen", "33",
		    "this user may change no setting: what was asked, was asked with its own");
}

static bool outlook_gone(const struct outlook *outlook)
{
	for (size_t i = 0; i < outlook->objects.count; i++)
		if (!outlook->objects.items[i].present)
			return true;
	return false;
}

static void put_verdict(const struct page *page)
{
	const struct outlook *outlook = page->outlook;
	size_t done, total;
	bool known;

	total = chunks(outlook, &done, &known);
	if (page->result->exit == EXEC_CHECK_FAILED && outlook->state == OUTLOOK_FINISHED)
		printf("nothing is left to do, but the server is not as declared\n");
	else if (page->result->exit != EXEC_DONE)
		printf("apply would stop (exit code %d)\n", (int)page->result->exit);
	else if (outlook->state == OUTLOOK_FINISHED && outlook_gone(outlook))
		printf("nothing is left to do, but what the migration made is gone\n");
	else if (outlook->state == OUTLOOK_FINISHED)
		printf("nothing is left to do\n");
	else if (!known || outlook_count(outlook, CHECK_LATER))
		printf("apply would begin; what can only be asked later may stop it\n");
	else
		printf("apply would load %zu chunk%s\n", total - done,
		       total - done == 1 ? "" : "s");
}

void outlook_print_text(const struct outlook *outlook, const struct exec_result *result,
                        struct str target, enum color_mode color)
{
	struct page page = {outlook, result, terminal_color(stdout, color)};

	put_head(&page, target);
	put_objects(&page);
	for (size_t i = 0; i < outlook->pins.count; i++)
		put(&page, outlook->pins.items[i].pinned ? "pinned" : "pins", NULL, "%.*s: %.*s",
		    STR_ARG(outlook->pins.items[i].step->title),
		    STR_ARG(outlook->pins.items[i].value));
	for (size_t i = 0; i < outlook->loads.count; i++)
		put_load(&page, &outlook->loads.items[i]);
	put_checks(&page);
	put_views(&page);
	put_rest(&page);
	put_verdict(&page);
}

/* --- JSON --- */

static json_t *json_list(const struct str *items, size_t count)
{
	json_t *list = json_array();

	for (size_t i = 0; i < count; i++)
		json_array_append_new(list, cli_json_text(items[i]));
	return list;
}

static json_t *json_step(const struct step *step)
{
	return json_pack("{s:o s:o s:o s:I}", "step", cli_json_text(step->id), "title",
	                 cli_json_text(step->title), "file", cli_json_text(step->origin.file),
	                 "line", (json_int_t)step->origin.line);
}

static json_t *json_checks(const struct outlook *outlook)
{
	static const char *const names[] = {"holds", "fails", "unseen", "later"};
	json_t *list = json_array();

	for (size_t i = 0; i < outlook->checks.count; i++) {
		const struct outlook_check *check = &outlook->checks.items[i];
		json_t *json = json_step(check->step);

		json_object_set_new(json, "state", json_string(names[check->state]));
		json_object_set_new(json, "kind",
		                    json_string(check->drift    ? "drift"
		                                : check->grants ? "grants"
		                                                : "check"));
		json_object_set_new(json, "message", cli_json_text(check->message));
		json_object_set_new(json, "hint", cli_json_text(check->step->hint));
		json_array_append_new(list, json);
	}
	return list;
}

static json_t *json_chunk(const struct outlook_load *load, size_t row)
{
	json_t *json = json_object();

	json_object_set_new(json, "chunk", json_integer((json_int_t)row + 1));
	json_object_set_new(json, "done", json_boolean(load->chunk_done[row]));
	for (size_t i = 0; i < load->column_count; i++) {
		struct str value = load->values[row * load->column_count + i];

		json_object_setn_new(json, load->columns[i].p, load->columns[i].n,
		                     value.p ? cli_json_text(value) : json_null());
	}
	return json;
}

static json_t *json_load(const struct outlook_load *load)
{
	json_t *json = json_step(load->step), *first = json_array();

	for (size_t row = 0; load->known && row < load->total && row < CHUNKS_SHOWN; row++)
		json_array_append_new(first, json_chunk(load, row));
	json_object_set_new(json, "known", json_boolean(load->known));
	json_object_set_new(json, "chunks_total", json_integer((json_int_t)load->total));
	json_object_set_new(json, "chunks_done", json_integer((json_int_t)load->done));
	json_object_set_new(json, "chunks_in_doubt", json_integer((json_int_t)load->in_doubt));
	json_object_set_new(json, "chunks_under_way", json_integer((json_int_t)load->under_way));
	json_object_set_new(json, "first", first);
	json_object_set_new(json, "last",
	                    load->known && load->total ? json_chunk(load, load->total - 1)
	                                               : json_null());
	json_object_set_new(json, "estimated_by",
	                    load->estimated_by ? json_string(load->estimated_by) : json_null());
	json_object_set_new(json, "rows",
	                    load->estimated_by && load->rows_known
	                            ? json_integer((json_int_t)load->rows)
	                            : json_null());
	json_object_set_new(json, "bytes",
	                    load->estimated_by ? json_integer((json_int_t)load->bytes)
	                                       : json_null());
	json_object_set_new(json, "bytes_at_most", json_boolean(load->at_most));
	json_object_set_new(json, "chunks_asked", json_integer((json_int_t)load->asked));
	return json;
}

static json_t *json_objects(const struct outlook *outlook)
{
	json_t *list = json_array();

	for (size_t i = 0; i < outlook->objects.count; i++) {
		const struct outlook_object *object = &outlook->objects.items[i];

		json_array_append_new(
		        list, json_pack("{s:o s:o s:o s:b}", "kind", cli_json_text(object->kind),
		                        "database", cli_json_text(object->database), "name",
		                        cli_json_text(object->name), "present", object->present));
	}
	return list;
}

static json_t *json_pins(const struct outlook *outlook)
{
	json_t *list = json_array();

	for (size_t i = 0; i < outlook->pins.count; i++) {
		const struct outlook_pin *pin = &outlook->pins.items[i];
		json_t *json = json_step(pin->step);

		json_object_set_new(json, "value", cli_json_text(pin->value));
		json_object_set_new(json, "pinned", json_boolean(pin->pinned));
		json_array_append_new(list, json);
	}
	return list;
}

static json_t *json_views(const struct outlook *outlook)
{
	json_t *list = json_array();

	for (size_t i = 0; i < outlook->views.count; i++)
		json_array_append_new(
		        list, json_pack("{s:o s:o}", "view",
		                        cli_json_text(outlook->views.items[i].name), "declaration",
		                        cli_json_text(outlook->views.items[i].declaration)));
	return list;
}

json_t *outlook_json(const struct outlook *outlook, const struct exec_result *result,
                     struct str target)
{
	static const char *const states[] = {"new", "begun", "finished", "unknown"};
	json_t *json = json_object(), *loads = json_array(), *gates = json_array();

	for (size_t i = 0; i < outlook->loads.count; i++)
		json_array_append_new(loads, json_load(&outlook->loads.items[i]));
	for (size_t i = 0; i < outlook->gates.count; i++)
		json_array_append_new(gates, json_step(outlook->gates.items[i]));
	json_object_set_new(json, "version", json_integer(1));
	json_object_set_new(json, "migration", cli_json_text(outlook->graph->migration));
	json_object_set_new(json, "plan", json_string(outlook->graph->hash));
	json_object_set_new(json, "target", cli_json_text(target));
	json_object_set_new(json, "exit", json_integer(result->exit));
	json_object_set_new(json, "reason", cli_json_text(result->text));
	json_object_set_new(json, "state", json_string(states[outlook->state]));
	json_object_set_new(json, "other_plan", json_boolean(outlook->other_plan));
	json_object_set_new(json, "lock",
	                    outlook->holder.n ? json_pack("{s:o s:b}", "holder",
	                                                  cli_json_text(outlook->holder), "dead",
	                                                  outlook->holder_dead)
	                                      : json_null());
	json_object_set_new(json, "objects", json_objects(outlook));
	json_object_set_new(json, "pins", json_pins(outlook));
	json_object_set_new(json, "loads", loads);
	json_object_set_new(json, "rows_done", json_integer((json_int_t)outlook->rows_done));
	json_object_set_new(json, "checks", json_checks(outlook));
	json_object_set_new(json, "checks_at_end",
	                    json_integer((json_int_t)outlook->checks_at_end));
	json_object_set_new(json, "missing_grants",
	                    json_list(outlook->grants.items, outlook->grants.count));
	json_object_set_new(json, "unknown_views", json_views(outlook));
	json_object_set_new(json, "gates", gates);
	json_object_set_new(json, "unseen",
	                    json_list(outlook->unseen.items, outlook->unseen.count));
	json_object_set_new(json, "own_settings", json_boolean(outlook->bare));
	return json;
}
