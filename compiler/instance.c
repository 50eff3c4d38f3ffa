#include "compiler/instance.h"

#include "compiler/base/buf.h"
#include "compiler/base/sqltext.h"
#include "compiler/base/suggest.h"
#include "compiler/tokens.h"
#include "compiler/types.h"

/* A param or secret of the library. */
struct slot {
	struct ast_name name;
	struct str type;
	const struct ast_statement *statement;
	struct ast_argument *argument; /* NULL: not given */
	struct str text;               /* what stands in its place */
	struct span written;           /* where that was written */
	bool kept;                     /* a secret that stays declared */
};

struct instance {
	struct source_set *sources;
	const struct library *library;
	const struct ast_use *use;
	struct arena *arena;
	struct diag_list *diags;
	LIST_OF(struct slot) slots;
	struct buf text;
	LIST_OF(struct source_piece) pieces;
	uint32_t at; /* how far the library's text has been copied */
};

/* --- what the library takes ------------------------------------------------------------------ */

static struct slot *find_slot(struct instance *it, struct str name)
{
	for (size_t i = 0; i < it->slots.count; i++)
		if (str_eq(it->slots.items[i].name.text, name))
			return &it->slots.items[i];
	return NULL;
}

static void add_slot(struct instance *it, const struct ast_statement *statement)
{
	struct slot slot = {.statement = statement};
	const struct slot *first;

	if (statement->kind == AST_PARAM) {
		slot.name = statement->u.param.name;
		slot.type = span_text(it->sources, statement->u.param.type.span);
	} else {
		slot.name = statement->u.secret.name;
		slot.type = STR("String");
	}
	first = find_slot(it, slot.name.text);
	if (first)
		diag_note(it->diags,
		          diag_add(it->diags, BF100, slot.name.span, "'%.*s' is declared twice",
		                   STR_ARG(slot.name.text)),
		          first->name.span, "the first declaration");
	else
		*list_add(it->arena, &it->slots) = slot;
}

static void collect_slots(struct instance *it)
{
	const struct ast *ast = it->library->ast;

	for (size_t i = 0; i < ast->list.count; i++)
		if (ast->list.items[i]->kind == AST_PARAM || ast->list.items[i]->kind == AST_SECRET)
			add_slot(it, ast->list.items[i]);
}

/* "url, format and key" */
static const char *list_slots(struct instance *it, bool (*wanted)(const struct slot *slot))
{
	const char *text = NULL;
	size_t left = 0;

	for (size_t i = 0; i < it->slots.count; i++)
		left += wanted(&it->slots.items[i]);
	for (size_t i = 0; i < it->slots.count; i++) {
		const struct slot *slot = &it->slots.items[i];

		if (!wanted(slot))
			continue;
		left--;
		text = text ? arena_printf(it->arena, "%s%s'%.*s'", text, left ? ", " : " and ",
		                           STR_ARG(slot->name.text))
		            : arena_printf(it->arena, "'%.*s'", STR_ARG(slot->name.text));
	}
	return text;
}

static bool any_slot(const struct slot *slot)
{
	(void)slot;
	return true;
}

static bool is_missing(const struct slot *slot)
{
	const struct ast_statement *statement = slot->statement;

	if (slot->argument)
		return false;
	return statement->kind == AST_SECRET ? !statement->u.secret.from.n
	                                     : !statement->u.param.has_default;
}

static void report_unknown(struct instance *it, const struct ast_argument *argument)
{
	struct suggestion suggestion;
	struct diag *diag =
	        diag_add(it->diags, BF027, argument->name.span, "library '%s' takes no '%.*s'",
	                 it->library->name, STR_ARG(argument->name.text));
	const char *all = list_slots(it, any_slot);

	suggest_begin(&suggestion, argument->name.text);
	for (size_t i = 0; i < it->slots.count; i++)
		suggest_offer(&suggestion, it->slots.items[i].name.text);
	if (suggestion.best.n)
		diag_hint(it->diags, diag, "did you mean '%.*s'?", STR_ARG(suggestion.best));
	else if (all)
		diag_hint(it->diags, diag, "it takes %s", all);
	else
		diag_hint(it->diags, diag, "it takes nothing: write `as %.*s;`",
		          STR_ARG(it->use->instance.text));
}

static void bind(struct instance *it)
{
	for (size_t i = 0; i < it->use->arguments.count; i++) {
		struct ast_argument *argument = &it->use->arguments.items[i];
		struct slot *slot = find_slot(it, argument->name.text);

		if (!slot) {
			report_unknown(it, argument);
		} else if (slot->argument) {
			struct diag *diag =
			        diag_add(it->diags, BF017, argument->name.span,
			                 "'%.*s' is given twice", STR_ARG(argument->name.text));

			diag_note(it->diags, diag, slot->argument->name.span, "the first one");
		} else {
			slot->argument = argument;
		}
	}
}

static void report_missing(struct instance *it)
{
	const char *missing = list_slots(it, is_missing);
	struct diag *diag;

	if (!missing)
		return;
	diag = diag_add(it->diags, BF028, it->use->instance.span, "'%.*s' is used without %s",
	                STR_ARG(it->use->instance.text), missing);
	for (size_t i = 0; i < it->slots.count; i++) {
		struct slot *slot = &it->slots.items[i];

		if (!is_missing(slot))
			continue;
		diag_note(it->diags, diag, slot->statement->span, "declared here");
		if (slot->statement->kind == AST_SECRET && !diag->hint)
			diag_hint(it->diags, diag,
			          "a secret is given as one of yours: %.*s = {NAME:String}",
			          STR_ARG(slot->name.text));
	}
}

/* --- what stands in a param's place ---------------------------------------------------------- */

static struct str text_of(struct instance *it, struct buf *buf)
{
	struct str text = str_of(arena_strdup(it->arena, buf_str(buf)));

	buf_release(buf);
	return text;
}

static struct str without_underscores(struct arena *arena, struct str text)
{
	char *copy = arena_alloc(arena, text.n + 1);
	size_t n = 0;

	for (size_t i = 0; i < text.n; i++)
		if (text.p[i] != '_')
			copy[n++] = text.p[i];
	return (struct str){copy, n};
}

static bool is_identifier(const struct slot *slot)
{
	return str_is(slot->type, "Identifier");
}

/* What has to be written for a slot of this type. */
static const char *wanted_for(struct instance *it, const struct slot *slot)
{
	struct type_info type = type_read(slot->type, it->arena);

	if (is_identifier(slot))
		return "write a name, as in SQL";
	if (type.class == TYPE_INTEGER)
		return "write a whole number that this type holds";
	if (type.class != TYPE_OTHER && type.class != TYPE_UNKNOWN)
		return "write '2024-12-17' or '2024-12-17 09:00:00', or a param of this type";
	if (type_is_numeric(slot->type, it->arena))
		return "write a number";
	if (str_is(slot->type, "Bool"))
		return "write true or false";
	return arena_printf(it->arena, "write a string in single quotes, or {NAME:%.*s}",
	                    STR_ARG(slot->type));
}

static bool literal_fits(struct instance *it, const struct slot *slot,
                         const struct ast_literal *value)
{
	struct type_info type = type_read(slot->type, it->arena);

	if (value->kind == LITERAL_WORD)
		return str_is(slot->type, "Bool") &&
		       (str_ieq(value->text, STR("true")) || str_ieq(value->text, STR("false")));
	if (type.class == TYPE_INTEGER)
		return value->kind == LITERAL_NUMBER &&
		       type_integer_text_fits(&type, without_underscores(it->arena, value->text));
	if (type.class != TYPE_OTHER && type.class != TYPE_UNKNOWN)
		return value->kind == LITERAL_STRING && type_date_text_fits(&type, value->text);
	if (value->kind == LITERAL_NUMBER)
		return type_is_numeric(slot->type, it->arena);
	return !is_identifier(slot);
}

static struct str literal_sql(struct instance *it, const struct slot *slot,
                              const struct ast_literal *value)
{
	struct type_info type = type_read(slot->type, it->arena);
	struct buf buf;

	if (value->kind == LITERAL_WORD)
		return value->text;
	if (type.class == TYPE_INTEGER)
		return without_underscores(it->arena, value->text);
	buf_init(&buf, BUF_CEILING_OUTPUT);
	if (str_is(slot->type, "String")) {
		sql_add_string(&buf, value->text);
	} else {
		/* What a query parameter of the type would be made of: its text. */
		buf_addz(&buf, "CAST(");
		sql_add_string(&buf, value->kind == LITERAL_NUMBER
		                             ? without_underscores(it->arena, value->text)
		                             : value->text);
		buf_addz(&buf, ", ");
		sql_add_string(&buf, slot->type);
		buf_addz(&buf, ")");
	}
	return text_of(it, &buf);
}

static void report_type(struct instance *it, const struct slot *slot, struct span span)
{
	struct diag *diag =
	        is_identifier(slot)
	                ? diag_add(it->diags, BF029, span, "'%.*s' takes a name",
	                           STR_ARG(slot->name.text))
	                : diag_add(it->diags, BF029, span, "'%.*s' takes a value of type %.*s",
	                           STR_ARG(slot->name.text), STR_ARG(slot->type));

	if (slot->statement->kind == AST_SECRET)
		diag_hint(it->diags, diag, "write {NAME:String}, with the name of your secret");
	else
		diag_hint(it->diags, diag, "%s", wanted_for(it, slot));
	diag_note(it->diags, diag, slot->name.span, "declared here");
}

static void take_literal(struct instance *it, struct slot *slot, const struct ast_literal *value)
{
	slot->written = value->span;
	if (value->kind == LITERAL_PARAM) {
		if (!is_identifier(slot) && type_text_equal(slot->type, value->param_type))
			slot->text = span_text(it->sources, value->span);
		else
			report_type(it, slot, value->span);
	} else if (slot->statement->kind == AST_SECRET) {
		struct diag *diag =
		        diag_add(it->diags, BF030, slot->argument->name.span,
		                 "secret '%.*s' is given as a value", STR_ARG(slot->name.text));

		*list_add(it->diags->arena, &it->diags->concealed) = value->span;
		diag_hint(it->diags, diag,
		          "declare `secret NAME from env VAR;` and write %.*s = {NAME:String}",
		          STR_ARG(slot->name.text));
	} else if (literal_fits(it, slot, value)) {
		slot->text = literal_sql(it, slot, value);
	} else {
		report_type(it, slot, value->span);
	}
}

static void take_name(struct instance *it, struct slot *slot, const struct ast_object_name *name)
{
	struct ast_literal word = {LITERAL_WORD, name->name.text, {0}, name->span};
	struct buf buf;

	if (!is_identifier(slot)) {
		take_literal(it, slot, &word);
		return;
	}
	slot->written = name->span;
	buf_init(&buf, BUF_CEILING_OUTPUT);
	if (name->database.text.n)
		sql_add_qualified(&buf, name->database.text, name->name.text);
	else
		sql_add_name(&buf, name->name.text);
	slot->text = text_of(it, &buf);
}

/* The instance's name where letters, digits and `_` alone may stand. */
static struct str plain_name(struct arena *arena, struct str name)
{
	char *copy = arena_strdup(arena, name);

	for (size_t i = 0; i < name.n; i++)
		if (!strchr("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_",
		            copy[i]))
			copy[i] = '_';
	return str_of(copy);
}

static void take_default(struct instance *it, struct slot *slot)
{
	const struct ast_statement *statement = slot->statement;

	if (statement->kind == AST_SECRET) {
		slot->kept = true;
		slot->written = slot->name.span;
		slot->text =
		        str_of(arena_printf(it->arena, "{%.*s_%.*s:String}",
		                            STR_ARG(plain_name(it->arena, it->use->instance.text)),
		                            STR_ARG(plain_name(it->arena, slot->name.text))));
	} else if (is_identifier(slot) && statement->u.param.value.kind == LITERAL_WORD) {
		struct ast_object_name name = {
		        .name = {statement->u.param.value.text, statement->u.param.value.span},
		        .span = statement->u.param.value.span};

		take_name(it, slot, &name);
	} else {
		take_literal(it, slot, &statement->u.param.value);
	}
}

static void fill_slots(struct instance *it)
{
	for (size_t i = 0; i < it->slots.count; i++) {
		struct slot *slot = &it->slots.items[i];
		struct ast_argument *argument = slot->argument;

		if (!argument) {
			take_default(it, slot);
			continue;
		}
		argument->for_secret = slot->statement->kind == AST_SECRET;
		if (argument->is_name)
			take_name(it, slot, &argument->object);
		else
			take_literal(it, slot, &argument->literal);
	}
}

/* --- the text -------------------------------------------------------------------------------- */

static struct span library_span(const struct instance *it, uint32_t begin, uint32_t end)
{
	return (struct span){it->library->source->id, begin, end};
}

static void copy_until(struct instance *it, uint32_t end)
{
	if (end <= it->at)
		return;
	*list_add(it->sources->arena, &it->pieces) = (struct source_piece){
	        .begin = (uint32_t)it->text.size, .from = library_span(it, it->at, end)};
	buf_add(&it->text, span_text(it->sources, library_span(it, it->at, end)));
	it->at = end;
}

static void put_instead(struct instance *it, struct span from, struct str text, struct span written)
{
	copy_until(it, from.begin);
	if (text.n)
		*list_add(it->sources->arena, &it->pieces) =
		        (struct source_piece){(uint32_t)it->text.size, from, written};
	buf_add(&it->text, text);
	it->at = from.end;
}

/* {name:Type} in the library. */
static void put_token(struct instance *it, struct span span)
{
	struct str text = span_text(it->sources, span);
	struct str inside = {text.p + 1, text.n - 2};
	size_t colon = (size_t)str_find(inside, STR(":"));
	struct str name = str_trim((struct str){inside.p, colon});
	struct str type = str_trim((struct str){inside.p + colon + 1, inside.n - colon - 1});
	struct slot *slot = find_slot(it, name);

	if (!slot) {
		struct diag *diag = diag_add(it->diags, BF105, span,
		                             "parameter '%.*s' is not declared", STR_ARG(name));

		diag_hint(it->diags, diag,
		          "a library that is used with arguments declares all that it takes: "
		          "param %.*s %.*s;",
		          STR_ARG(name), STR_ARG(type));
	} else if (!type_text_equal(slot->type, type)) {
		struct diag *diag = diag_add(it->diags, BF106, span,
		                             "'%.*s' is declared as %.*s and used as %.*s",
		                             STR_ARG(name), STR_ARG(slot->type), STR_ARG(type));

		diag_note(it->diags, diag, slot->name.span, "declared here");
	} else {
		put_instead(it, span, slot->text, slot->written);
	}
}

/* The declarations of params go, and so do those of secrets that were given. */
static const struct slot *slot_declared_at(const struct instance *it, uint32_t offset)
{
	for (size_t i = 0; i < it->slots.count; i++)
		if (it->slots.items[i].statement->span.begin == offset)
			return &it->slots.items[i];
	return NULL;
}

/* A source's name is the instance's: what is wrong with it is wrong there. */
static bool is_source_name(const struct instance *it, struct span span)
{
	const struct ast *ast = it->library->ast;

	for (size_t i = 0; i < ast->list.count; i++)
		if (ast->list.items[i]->kind == AST_SOURCE &&
		    ast->list.items[i]->u.source.name.span.begin == span.begin)
			return true;
	return false;
}

static void write_text(struct instance *it)
{
	uint32_t end = (uint32_t)it->library->source->text.n;
	struct tokens tokens;

	tokens_read(it->sources, library_span(it, 0, end), it->arena, &tokens);
	for (size_t i = 0; i < tokens.count; i++) {
		struct span span = tokens.items[i].span;
		const struct slot *slot = slot_declared_at(it, span.begin);

		if (span.begin < it->at)
			continue;
		if (slot && !slot->kept)
			put_instead(it, slot->statement->span, (struct str){0}, slot->written);
		else if (tokens.items[i].kind == TOKEN_PARAM)
			put_token(it, span);
		else if (is_source_name(it, span))
			put_instead(it, span, span_text(it->sources, span), it->use->instance.span);
	}
	copy_until(it, end);
}

struct source *instance_make(struct source_set *sources, const struct library *library,
                             const struct ast_statement *use, struct arena *arena,
                             struct diag_list *diags)
{
	struct instance it = {
	        .sources = sources,
	        .library = library,
	        .use = use->u.use,
	        .arena = arena,
	        .diags = diags,
	};
	size_t errors = diags->errors;
	struct source *source = NULL;

	collect_slots(&it);
	bind(&it);
	report_missing(&it);
	if (diags->errors != errors)
		return NULL;
	fill_slots(&it);
	if (diags->errors != errors)
		return NULL;
	buf_init(&it.text, SOURCE_BYTES_MAX + 1);
	write_text(&it);
	if (diags->errors == errors)
		source = source_from_text(sources, library->source->path, buf_str(&it.text), diags);
	if (source) {
		source->pieces = it.pieces.items;
		source->piece_count = it.pieces.count;
		source->asked = use->span;
	}
	buf_release(&it.text);
	return source;
}

/* --- names ----------------------------------------------------------------------------------- */

static struct str prefixed(struct arena *arena, struct str instance, const char *between,
                           struct str name)
{
	return str_of(arena_printf(arena, "%.*s%s%.*s", STR_ARG(instance), between, STR_ARG(name)));
}

void instance_name(const struct library *library, const struct ast_use *use, struct ast *ast)
{
	struct str instance = use->instance.text;

	for (size_t i = 0; i < ast->list.count; i++) {
		struct ast_statement *it = ast->list.items[i];

		if (it->kind == AST_SOURCE && str_is(it->u.source.name.text, library->name))
			it->u.source.name.text = instance;
		else if (it->kind == AST_SOURCE)
			it->u.source.name.text =
			        prefixed(ast->arena, instance, "_", it->u.source.name.text);
		else if (it->kind == AST_SECRET)
			it->u.secret.name.text =
			        plain_name(ast->arena, prefixed(ast->arena, instance, "_",
			                                        it->u.secret.name.text));
		else if (it->kind == AST_CHECK)
			it->u.check.text = prefixed(ast->arena, instance, ": ", it->u.check.text);
	}
}

/* --- diagnostics ----------------------------------------------------------------------------- */

/* Adds a note for each statement that had the text made, unless the place is in it. */
static void note_asked(struct diag_list *diags, struct diag *diag, const struct source_set *sources,
                       const struct source *source)
{
	struct span place = span_origin(sources, diag->span);

	while (source->piece_count) {
		struct span asked = source->asked;
		struct span shown = span_origin(sources, asked);

		if (place.file != shown.file || place.begin < shown.begin || place.end > shown.end)
			diag_note(diags, diag, asked, "used here");
		source = sources->list.items[asked.file];
	}
}

void instance_places(struct diag_list *diags, const struct source_set *sources)
{
	for (size_t i = 0; i < diags->list.count; i++) {
		struct diag *diag = &diags->list.items[i];

		if (diag->has_span) {
			note_asked(diags, diag, sources, sources->list.items[diag->span.file]);
			diag->span = span_origin(sources, diag->span);
		}
		for (size_t k = 0; k < diag->notes.count; k++)
			diag->notes.items[k].span = span_origin(sources, diag->notes.items[k].span);
	}
}
