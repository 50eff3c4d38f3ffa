#include "compiler/emit.h"

const struct emitter emitters[] = {
        {"sql", "a script to review, which can also be run by hand", emit_sql},
        {"json", "the complete plan; 'bfc apply plan.json' runs exactly that", emit_json},
        {NULL, NULL, NULL},
};

const struct emitter *emitter_find(const char *name)
{
	for (const struct emitter *emitter = emitters; emitter->name; emitter++)
		if (str_is(str_of(emitter->name), name))
			return emitter;
	return NULL;
}
