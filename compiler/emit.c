#include "compiler/emit.h"

const struct emitter emitters[] = {
        {"sql", "a script to review, which can also be run by hand", emit_sql},
        {"json", "the complete plan; 'bfc apply plan.json' runs exactly that", emit_json},
        {"dot", "every step and dependency, for Graphviz", emit_dot},
        {"mermaid", "an overview as a flowchart, for wikis and pull requests", emit_mermaid},
        {"markdown", "a summary to post on a pull request, of at most 65,536 characters",
         emit_markdown},
        {"html", "one page with everything, for a browser or for paper", emit_html},
        {NULL, NULL, NULL},
};

const struct emitter *emitter_find(const char *name)
{
	for (const struct emitter *emitter = emitters; emitter->name; emitter++)
		if (str_is(str_of(emitter->name), name))
			return emitter;
	return NULL;
}
