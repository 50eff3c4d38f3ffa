/* Diagnostics as a plain JSON array. */
#include "compiler/base/diag_print.h"
#include "compiler/base/json_value.h"

static void set_place(json_t *object, const struct source_set *sources, struct span span,
                      bool has_span)
{
	struct place begin = {0}, end = {0};

	if (has_span) {
		begin = span_place(sources, span);
		end = span_place(sources, (struct span){span.file, span.end, span.end});
	}
	json_put(object, "file", has_span ? json_text(begin.path) : json_null());
	json_put(object, "line", has_span ? json_integer(begin.line) : json_null());
	json_put(object, "column", has_span ? json_integer(begin.column) : json_null());
	json_put(object, "end_line", has_span ? json_integer(end.line) : json_null());
	json_put(object, "end_column", has_span ? json_integer(end.column) : json_null());
}

static json_t *json_diag(const struct diag_list *diags, const struct diag *diag,
                         const struct source_set *sources)
{
	const struct diag_info *info = diag_info(diag->code);
	json_t *object = json_object();
	json_t *notes = json_array();

	json_put(object, "code", json_text(info->code));
	json_put(object, "name", json_text(info->name));
	json_put(object, "severity", json_text(diag_severity_name(diag->severity)));
	json_put(object, "text", json_text(diag_conceal(diags, sources, diag->text)));
	json_put(object, "hint",
	         diag->hint ? json_text(diag_conceal(diags, sources, diag->hint)) : json_null());
	set_place(object, sources, diag->span, diag->has_span);
	for (size_t i = 0; i < diag->notes.count; i++) {
		json_t *note = json_object();

		json_put(note, "text",
		         json_text(diag_conceal(diags, sources, diag->notes.items[i].text)));
		set_place(note, sources, diag->notes.items[i].span, true);
		json_push(notes, note);
	}
	json_put(object, "notes", notes);
	return object;
}

void diag_print_json(const struct diag_list *diags, const struct source_set *sources,
                     struct buf *out)
{
	json_t *array = json_array();

	for (size_t i = 0; i < diags->list.count; i++)
		json_push(array, json_diag(diags, &diags->list.items[i], sources));
	json_print(array, out);
}
