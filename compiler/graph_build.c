#include "compiler/graph_build.h"

#define uthash_fatal(text) out_of_memory()
#include <uthash.h>

#include "compiler/base/sqltext.h"

/* A parameter's name is part of URLs and logs; longer ones are cut. */
enum { PARAM_NAME_MAX = 60, ID_MAX = 200 };

struct build_name {
	struct str name;
	unsigned next; /* the suffix to try next when the name is asked for again */
	UT_hash_handle hh;
};

void graph_build_init(struct graph_build *build, struct arena *arena)
{
	*build = (struct graph_build){.arena = arena};
	arena_init(&build->scratch);
}

void graph_build_release(struct graph_build *build)
{
	HASH_CLEAR(hh, build->ids);
	HASH_CLEAR(hh, build->params);
	arena_release(&build->scratch);
}

static void add_argument(struct buf *out, char kind, va_list *args)
{
	switch (kind) {
	case 's':
		buf_add(out, va_arg(*args, struct str));
		break;
	case 'z':
		buf_addz(out, va_arg(*args, const char *));
		break;
	case 'u':
		buf_addf(out, "%llu", va_arg(*args, unsigned long long));
		break;
	case 'n':
		sql_add_name(out, va_arg(*args, struct str));
		break;
	case 'q':
		sql_add_string(out, va_arg(*args, struct str));
		break;
	default:
		buf_addc(out, kind);
	}
}

static struct str fill_in(struct arena *arena, const char *template, va_list args)
{
	struct buf out;
	struct str text;
	va_list copy;

	buf_init(&out, BUF_CEILING_OUTPUT);
	va_copy(copy, args);
	for (const char *p = template; *p;) {
		size_t plain = strcspn(p, "%");

		buf_add(&out, (struct str){p, plain});
		p += plain;
		if (p[0] && p[1]) {
			add_argument(&out, p[1], &copy);
			p += 2;
		}
	}
	va_end(copy);
	text = arena_str(arena, buf_str(&out));
	buf_release(&out);
	return text;
}

struct str build_textv(struct graph_build *build, const char *template, va_list args)
{
	return fill_in(build->arena, template, args);
}

struct str build_text(struct graph_build *build, const char *template, ...)
{
	va_list args;
	struct str text;

	va_start(args, template);
	text = build_textv(build, template, args);
	va_end(args);
	return text;
}

static struct str sanitize(struct graph_build *build, struct str text, bool is_id)
{
	char *copy = arena_strdup(build->arena, text);
	size_t max = is_id ? ID_MAX : PARAM_NAME_MAX;

	text.n = text.n > max ? max : text.n;
	for (size_t i = 0; i < text.n; i++) {
		char c = copy[i];

		if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
		      c == '_' || (is_id && (c == '.' || c == '-'))))
			copy[i] = '_';
	}
	return (struct str){copy, text.n};
}

static struct build_name *take(struct graph_build *build, struct build_name **set, struct str name)
{
	struct build_name *entry = arena_new(&build->scratch, struct build_name);

	entry->name = name;
	entry->next = 2;
	HASH_ADD_KEYPTR(hh, *set, entry->name.p, entry->name.n, entry);
	return entry;
}

static struct str unique(struct graph_build *build, struct build_name **set, struct str name)
{
	struct build_name *first, *taken;
	struct str tried = name;

	HASH_FIND(hh, *set, name.p, name.n, first);
	for (taken = first; taken;) {
		tried = str_of(arena_printf(build->arena, "%.*s_%u", STR_ARG(name), first->next++));
		HASH_FIND(hh, *set, tried.p, tried.n, taken);
	}
	return take(build, set, tried)->name;
}

struct str build_id(struct graph_build *build, const char *template, ...)
{
	va_list args;
	struct str text;

	va_start(args, template);
	text = fill_in(&build->scratch, template, args);
	va_end(args);
	return unique(build, &build->ids, sanitize(build, text, true));
}

struct str build_param(struct graph_build *build, unsigned number, const char *template, ...)
{
	va_list args;
	struct str text;

	va_start(args, template);
	text = sanitize(build, fill_in(&build->scratch, template, args), false);
	va_end(args);
	if (number > 1)
		text = str_of(arena_printf(build->arena, "%.*s_b%u", STR_ARG(text), number));
	return unique(build, &build->params, text);
}

void build_reserve_param(struct graph_build *build, struct str name)
{
	unique(build, &build->params, name);
}

struct step *build_step(struct graph_build *build, struct step_list *steps, enum step_kind kind,
                        enum step_phase phase, struct str id)
{
	struct step *step = arena_new(build->arena, struct step);

	step->id = id;
	step->kind = kind;
	step->phase = phase;
	if (kind == STEP_PROBE || kind == STEP_ASSERT)
		step->repeat = REPEAT_READ_ONLY;
	if (kind == STEP_EACH)
		step->each = arena_new(build->arena, struct each);
	*list_add(build->arena, &steps->list) = step;
	return step;
}

void build_dep(struct graph_build *build, struct step *step, uint32_t position)
{
	if (step->dep_count && step->deps[step->dep_count - 1] == position)
		return;
	/* A power of two is full: grow without keeping a capacity in the contract's struct. */
	if (!(step->dep_count & (step->dep_count - 1)) || !step->deps) {
		uint32_t *grown = arena_array(build->arena, uint32_t,
		                              step->dep_count ? 2 * step->dep_count : 1);

		if (step->dep_count)
			memcpy(grown, step->deps, step->dep_count * sizeof(*grown));
		step->deps = grown;
	}
	step->deps[step->dep_count++] = position;
}

void build_sql(struct graph_build *build, struct step *step, struct str sql)
{
	step->sql = sql;
	graph_scan_uses(build->arena, sql, &step->uses, &step->use_count);
}

void build_outputs(struct graph_build *build, struct step *step, const struct str *names,
                   size_t count)
{
	step->outputs = arena_array(build->arena, struct str, count);
	memcpy(step->outputs, names, count * sizeof(*names));
	step->output_count = count;
}
