/* Diagnostics as SARIF 2.1.0, what code hosts show beside the lines of a change. */
#include "compiler/base/diag_sarif.h"

#include <stdlib.h>
#include <unistd.h>

#include "compiler/base/json_value.h"

struct sarif {
	json_t *results;
	bool used[DIAG_CODE_COUNT]; /* rules that a result names */
	char *folder;               /* where paths are relative to; NULL: not known */
};

/* {"text": …} */
static json_t *message(const char *text)
{
	json_t *object = json_object();

	json_put(object, "text", json_text(text));
	return object;
}

static json_t *in_array(json_t *value)
{
	json_t *array = json_array();

	json_push(array, value);
	return array;
}

/* --- places ---------------------------------------------------------------------------------- */

static bool stays_in_uri(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       strchr("-._~/", c);
}

/* Relative to where bfc runs, when the file is below that; file:// of any other absolute path. */
static json_t *uri_of(const struct sarif *sarif, const char *path)
{
	size_t n = sarif->folder ? strlen(sarif->folder) : 0;
	struct buf uri;
	json_t *json;

	buf_init(&uri, BUF_CEILING_OUTPUT);
	if (n && strncmp(path, sarif->folder, n) == 0 && path[n] == '/')
		path += n + 1;
	while (path[0] == '.' && path[1] == '/')
		path += 2;
	if (path[0] == '/')
		buf_addz(&uri, "file://");
	for (; *path; path++) {
		if (stays_in_uri(*path))
			buf_addc(&uri, *path);
		else
			buf_addf(&uri, "%%%02X", (unsigned char)*path);
	}
	json = json_stringn(uri.data ? uri.data : "", uri.size);
	buf_release(&uri);
	return json;
}

static json_t *physical_location(const struct sarif *sarif, const struct source_set *sources,
                                 struct span span)
{
	struct place begin = span_place(sources, span);
	struct place end = span_place(sources, (struct span){span.file, span.end, span.end});
	json_t *location = json_object(), *artifact = json_object(), *region = json_object();

	json_put(artifact, "uri", uri_of(sarif, begin.path));
	json_put(region, "startLine", json_integer(begin.line));
	json_put(region, "startColumn", json_integer(begin.column));
	json_put(region, "endLine", json_integer(end.line));
	json_put(region, "endColumn",
	         json_integer(end.column)); /* behind the last one, as ours is */
	json_put(location, "artifactLocation", artifact);
	json_put(location, "region", region);
	return location;
}

static json_t *location_of(const struct sarif *sarif, const struct source_set *sources,
                           struct span span)
{
	json_t *location = json_object();

	json_put(location, "physicalLocation", physical_location(sarif, sources, span));
	return location;
}

/* --- results --------------------------------------------------------------------------------- */

static json_t *result_message(const struct diag_list *diags, const struct diag *diag,
                              const struct source_set *sources)
{
	struct buf text;
	json_t *json;

	buf_init(&text, BUF_CEILING_OUTPUT);
	buf_addz(&text, diag_conceal(diags, sources, diag->text));
	if (diag->hint)
		buf_addf(&text, "\nhint: %s", diag_conceal(diags, sources, diag->hint));
	json = message(text.data);
	buf_release(&text);
	return json;
}

static json_t *related_locations(const struct sarif *sarif, const struct diag_list *diags,
                                 const struct diag *diag, const struct source_set *sources)
{
	json_t *array = json_array();

	for (size_t i = 0; i < diag->notes.count; i++) {
		const struct diag_note *note = &diag->notes.items[i];
		json_t *location = location_of(sarif, sources, note->span);

		json_put(location, "message", message(diag_conceal(diags, sources, note->text)));
		json_push(array, location);
	}
	return array;
}

void sarif_add(struct sarif *sarif, const struct diag_list *diags, const struct source_set *sources)
{
	for (size_t i = 0; i < diags->list.count; i++) {
		const struct diag *diag = &diags->list.items[i];
		json_t *result = json_object();

		sarif->used[diag->code] = true;
		json_put(result, "ruleId", json_text(diag_info(diag->code)->code));
		json_put(result, "level", json_text(diag_severity_name(diag->severity)));
		json_put(result, "message", result_message(diags, diag, sources));
		if (diag->has_span)
			json_put(result, "locations",
			         in_array(location_of(sarif, sources, diag->span)));
		if (diag->notes.count)
			json_put(result, "relatedLocations",
			         related_locations(sarif, diags, diag, sources));
		json_push(sarif->results, result);
	}
}

/* --- the document ---------------------------------------------------------------------------- */

static json_t *rule_of(const struct diag_info *info)
{
	json_t *rule = json_object(), *help = message(info->explanation), *level = json_object();
	struct buf markdown;

	buf_init(&markdown, BUF_CEILING_OUTPUT);
	buf_addz(&markdown, info->explanation);
	if (info->example[0])
		buf_addf(&markdown, "\n\n```sql\n%s\n```", info->example);
	json_put(help, "markdown", json_text(markdown.data));
	buf_release(&markdown);
	json_put(level, "level", json_text(diag_severity_name(info->severity)));
	json_put(rule, "id", json_text(info->code));
	json_put(rule, "name", json_text(info->name));
	json_put(rule, "shortDescription", message(info->title));
	json_put(rule, "help", help);
	json_put(rule, "defaultConfiguration", level);
	return rule;
}

static json_t *driver_of(const struct sarif *sarif, const char *version)
{
	json_t *driver = json_object(), *rules = json_array();

	for (int code = 0; code < DIAG_CODE_COUNT; code++)
		if (sarif->used[code])
			json_push(rules, rule_of(diag_info((enum diag_code)code)));
	json_put(driver, "name", json_text("bfc"));
	json_put(driver, "semanticVersion", json_text(version));
	json_put(driver, "rules", rules);
	return driver;
}

struct sarif *sarif_new(void)
{
	struct sarif *sarif = xmalloc(sizeof(*sarif));

	*sarif = (struct sarif){.results = json_array(), .folder = getcwd(NULL, 0)};
	return sarif;
}

void sarif_finish(struct sarif *sarif, const char *version, struct buf *out)
{
	json_t *document = json_object(), *run = json_object(), *tool = json_object();

	json_put(tool, "driver", driver_of(sarif, version));
	json_put(run, "tool", tool);
	json_put(run, "columnKind", json_text("unicodeCodePoints"));
	json_put(run, "results", sarif->results);
	json_put(document, "$schema", json_text("https://json.schemastore.org/sarif-2.1.0.json"));
	json_put(document, "version", json_text("2.1.0"));
	json_put(document, "runs", in_array(run));
	json_print(document, out);
	free(sarif->folder);
	free(sarif);
}
