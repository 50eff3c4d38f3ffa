/* Settings: profiles folded in, sizes in bytes, later ones win. */
#include "compiler/check_internal.h"

#include <ctype.h>
#include <inttypes.h>

#include "compiler/base/buf.h"
#include "compiler/base/sqltext.h"

static const struct {
	const char *suffix;
	unsigned shift;
} sizes[] = {{"Ki", 10}, {"Mi", 20}, {"Gi", 30}, {"Ti", 40}};

enum size_result { SIZE_NONE, SIZE_FOUND, SIZE_BAD };

/* 10Mi, 1.5Gi, 2GiB. SIZE_NONE: no suffix at all. */
static enum size_result read_size(struct str text, uint64_t *bytes)
{
	uint64_t value = 0, scale = 1;
	bool fraction = false;
	size_t i = 0;
	struct str suffix;

	for (; i < text.n && (isdigit((unsigned char)text.p[i]) || text.p[i] == '_' ||
	                      (text.p[i] == '.' && !fraction));
	     i++) {
		fraction |= text.p[i] == '.';
		if (!isdigit((unsigned char)text.p[i]))
			continue;
		if (__builtin_mul_overflow(value, (uint64_t)10, &value) ||
		    __builtin_add_overflow(value, (uint64_t)(text.p[i] - '0'), &value))
			return SIZE_BAD;
		if (fraction && __builtin_mul_overflow(scale, (uint64_t)10, &scale))
			return SIZE_BAD;
	}
	suffix = str_trim((struct str){text.p + i, text.n - i});
	if (!i || !suffix.n)
		return SIZE_NONE;
	if (str_ends(suffix, STR("iB")))
		suffix.n--;
	for (size_t k = 0; k < sizeof(sizes) / sizeof(*sizes); k++) {
		if (!str_is(suffix, sizes[k].suffix))
			continue;
		if (__builtin_mul_overflow(value, (uint64_t)1 << sizes[k].shift, &value))
			return SIZE_BAD;
		*bytes = value / scale;
		return SIZE_FOUND;
	}
	return SIZE_BAD;
}

/* Exponents and hexadecimal numbers have letters, too. */
static bool plain_number(struct str text)
{
	bool hex = str_starts(text, STR("0x")) || str_starts(text, STR("0X"));

	for (size_t i = hex ? 2 : 0; i < text.n; i++) {
		char c = text.p[i];
		bool ok = hex ? isxdigit((unsigned char)c)
		              : isdigit((unsigned char)c) || strchr("._eE+-", c) != NULL;

		if (!ok)
			return false;
	}
	return text.n > 0;
}

static struct str string_literal(struct checker *checker, struct str text)
{
	struct buf out;
	struct str copy;

	buf_init(&out, BUF_CEILING_OUTPUT);
	sql_add_string(&out, text);
	copy = arena_str(checker->arena, buf_str(&out));
	buf_release(&out);
	return copy;
}

static bool read_number(struct checker *checker, const struct ast_literal *value, struct str *out)
{
	uint64_t bytes;

	if (plain_number(value->text)) {
		*out = value->text;
		return true;
	}
	if (read_size(value->text, &bytes) != SIZE_FOUND)
		return false;
	*out = str_of(arena_printf(checker->arena, "%" PRIu64, bytes));
	return true;
}

/* A setting's value as SQL text. */
static bool read_value(struct checker *checker, const struct ast_setting *setting, struct str *out)
{
	const struct ast_literal *value = &setting->value;
	uint64_t bytes;

	switch (value->kind) {
	case LITERAL_NUMBER:
		return read_number(checker, value, out);
	case LITERAL_STRING:
		if (read_size(value->text, &bytes) == SIZE_FOUND)
			*out = str_of(arena_printf(checker->arena, "%" PRIu64, bytes));
		else
			*out = string_literal(checker, value->text);
		return true;
	case LITERAL_WORD:
		if (str_ieq(value->text, STR("true")) || str_ieq(value->text, STR("false"))) {
			*out = str_ieq(value->text, STR("true")) ? STR("1") : STR("0");
			return true;
		}
		return false;
	default:
		return false;
	}
}

static bool is_pinned(struct str name)
{
	for (size_t i = 0; graph_pinned_settings[i].name.n; i++)
		if (str_eq(graph_pinned_settings[i].name, name))
			return true;
	return false;
}

struct fold {
	LIST_OF(struct setting) list;
};

static void put(struct checker *checker, struct fold *fold, struct setting setting)
{
	for (size_t i = 0; i < fold->list.count; i++) {
		if (str_eq(fold->list.items[i].name, setting.name)) {
			fold->list.items[i] = setting;
			return;
		}
	}
	*list_add(checker->arena, &fold->list) = setting;
}

static void fold_value(struct checker *checker, const struct ast_setting *it, struct fold *fold)
{
	struct setting setting = {.name = it->name.text};

	if (is_pinned(it->name.text)) {
		diag_hint(checker->diags,
		          diag_add(checker->diags, BF131, it->name.span,
		                   "setting '%.*s' belongs to bfc", STR_ARG(it->name.text)),
		          "it decides whether history arrives whole and once, so every request "
		          "sends it; take it out");
		return;
	}
	if (!read_value(checker, it, &setting.value)) {
		diag_hint(checker->diags,
		          diag_add(checker->diags, BF130, it->value.span,
		                   "'%.*s' is no value for setting '%.*s'", STR_ARG(it->value.text),
		                   STR_ARG(it->name.text)),
		          "a number, a 'string', true, false, or a size such as 10Mi (Ki, Mi, Gi, "
		          "Ti)");
		return;
	}
	put(checker, fold, setting);
}

static const struct folded_settings *fold_profile(struct checker *checker,
                                                  struct name_entry *entry);

void check_settings(struct checker *checker, const struct ast_setting_list *settings,
                    struct folded_settings *out)
{
	struct fold fold = {0};

	for (size_t i = 0; i < settings->list.count; i++) {
		const struct ast_setting *it = &settings->list.items[i];
		const struct folded_settings *profile;
		struct name_entry *entry;

		if (it->has_value) {
			fold_value(checker, it, &fold);
			continue;
		}
		entry = check_find(checker, &checker->profiles, &it->name, BF104, "profile");
		if (!entry)
			continue;
		if (entry->busy) {
			diag_add(checker->diags, BF132, it->name.span,
			         "profile '%.*s' takes in itself", STR_ARG(it->name.text));
			continue;
		}
		profile = fold_profile(checker, entry);
		for (size_t k = 0; k < profile->count; k++)
			put(checker, &fold, profile->items[k]);
	}
	out->items = fold.list.items;
	out->count = fold.list.count;
}

/* Made on first use, as a profile may stand behind those that take it in. */
static const struct folded_settings *fold_profile(struct checker *checker, struct name_entry *entry)
{
	struct folded_settings *made = entry->thing;

	if (made)
		return made;
	made = arena_new(checker->arena, struct folded_settings);
	entry->busy = true;
	check_settings(checker, &entry->statement->u.profile.settings, made);
	entry->busy = false;
	entry->thing = made;
	return made;
}

void check_profiles(struct checker *checker)
{
	for (struct name_entry *entry = checker->profiles.head; entry; entry = entry->hh.next)
		fold_profile(checker, entry);
}
