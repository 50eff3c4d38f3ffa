#include "compiler/base/diag.h"

#include <stdlib.h>

#include "compiler/base/allow.h"

static const struct diag_info catalogue[] = {
#define DIAG(code, name, severity, title, explanation, example)                                    \
	{#code, name, severity, title, explanation, example},
#include "compiler/diagnostics.def"
#undef DIAG
};

void diag_list_init(struct diag_list *diags, struct arena *arena)
{
	*diags = (struct diag_list){.arena = arena};
}

/* Counted or not, it is not printed; nothing is allocated for it. */
static struct diag *scratch(struct diag_list *diags, enum diag_code code)
{
	diags->scratch =
	        (struct diag){.code = code, .severity = catalogue[code].severity, .text = ""};
	return &diags->scratch;
}

/* True for what may be wrong only because another statement's declarations are not known. */
static bool follows_from_others(enum diag_code code)
{
	switch (code) {
	case BF100: /* the lost statement may be a `database` */
	case BF101:
	case BF103:
	case BF104:
	case BF105:
	case BF121:
	case BF155:
	case BF165:
		return true;
	default:
		return false;
	}
}

static struct diag *add(struct diag_list *diags, enum diag_code code, const char *format,
                        va_list args)
{
	enum severity severity = catalogue[code].severity;
	struct diag *diag;

	diags->errors += severity == SEVERITY_ERROR;
	diags->warnings += severity == SEVERITY_WARNING;
	if (diags->list.count == DIAG_MAX) {
		diags->dropped++; /* a large file of errors must not eat memory */
		return scratch(diags, code);
	}
	diag = list_add(diags->arena, &diags->list);
	*diag = (struct diag){
	        .code = code,
	        .severity = severity,
	        .text = arena_vprintf(diags->arena, format, args),
	};
	return diag;
}

struct diag *diag_add(struct diag_list *diags, enum diag_code code, struct span span,
                      const char *format, ...)
{
	va_list args;
	struct diag *diag;

	if ((diags->incomplete && follows_from_others(code)) || allow_silences(diags, code, span))
		return scratch(diags, code);
	va_start(args, format);
	diag = add(diags, code, format, args);
	va_end(args);
	diag->span = span;
	diag->has_span = true;
	return diag;
}

struct diag *diag_add_global(struct diag_list *diags, enum diag_code code, const char *format, ...)
{
	va_list args;
	struct diag *diag;

	va_start(args, format);
	diag = add(diags, code, format, args);
	va_end(args);
	return diag;
}

void diag_hint(struct diag_list *diags, struct diag *diag, const char *format, ...)
{
	va_list args;

	if (diag == &diags->scratch)
		return;
	va_start(args, format);
	diag->hint = arena_vprintf(diags->arena, format, args);
	va_end(args);
}

void diag_note(struct diag_list *diags, struct diag *diag, struct span span, const char *format,
               ...)
{
	struct diag_note *note;
	va_list args;

	if (diag == &diags->scratch)
		return;
	note = list_add(diags->arena, &diag->notes);
	va_start(args, format);
	*note = (struct diag_note){span, arena_vprintf(diags->arena, format, args)};
	va_end(args);
}

/* How much of `text`, from `i` on, is this secret: all of it, or a long beginning (messages cut
 * long words); 0: it is not. */
static size_t secret_at(struct str text, size_t i, struct str secret)
{
	enum { WHOLE_BYTES_MIN = 4, BEGINNING_BYTES_MIN = 8 };
	size_t n = 0;

	while (n < secret.n && i + n < text.n && text.p[i + n] == secret.p[n])
		n++;
	return (n == secret.n && n >= WHOLE_BYTES_MIN) || n >= BEGINNING_BYTES_MIN ? n : 0;
}

const char *diag_conceal(const struct diag_list *diags, const struct source_set *sources,
                         const char *text)
{
	struct str rest = str_of(text);
	char *copy = NULL;

	for (size_t i = 0; i < diags->concealed.count; i++) {
		struct str secret = span_text(sources, diags->concealed.items[i]);

		for (size_t k = 0; k < rest.n; k++) {
			size_t n = secret_at(rest, k, secret);

			if (!n)
				continue;
			if (!copy)
				rest.p = copy = arena_strdup(diags->arena, rest);
			memset(copy + k, '*', n);
			k += n - 1;
		}
	}
	return copy ? copy : text;
}

bool diag_failed(const struct diag_list *diags)
{
	return diags->errors > 0;
}

static int compare_numbers(uint32_t a, uint32_t b)
{
	return a < b ? -1 : a > b;
}

static int compare(const void *a, const void *b)
{
	const struct diag *x = a;
	const struct diag *y = b;
	int order = compare_numbers(x->has_span, y->has_span);

	if (!order)
		order = compare_numbers(x->span.file, y->span.file);
	if (!order)
		order = compare_numbers(x->span.begin, y->span.begin);
	if (!order)
		order = compare_numbers(x->code, y->code);
	return order ? order : strcmp(x->text, y->text);
}

void diag_sort(struct diag_list *diags)
{
	if (diags->list.count)
		qsort(diags->list.items, diags->list.count, sizeof(*diags->list.items), compare);
}

const struct diag_info *diag_info(enum diag_code code)
{
	return &catalogue[code];
}

enum diag_code diag_code_of(const struct diag_info *info)
{
	return (enum diag_code)(info - catalogue);
}

const char *diag_severity_name(enum severity severity)
{
	static const char *const names[] = {
	        [SEVERITY_NOTE] = "note",
	        [SEVERITY_WARNING] = "warning",
	        [SEVERITY_ERROR] = "error",
	};

	return names[severity];
}

/* "bf12" and "BF012" are 12; -1: not a code. */
static long code_number(struct str text)
{
	long number = 0;

	if (text.n < 3 || text.n > 8 || !str_ieq((struct str){text.p, 2}, STR("bf")))
		return -1;
	for (size_t i = 2; i < text.n; i++) {
		if (text.p[i] < '0' || text.p[i] > '9')
			return -1;
		number = number * 10 + (text.p[i] - '0');
	}
	return number;
}

const struct diag_info *diag_find(struct str code_or_name)
{
	long number = code_number(code_or_name);

	for (size_t i = 0; i < DIAG_CODE_COUNT; i++) {
		const struct diag_info *info = &catalogue[i];

		if (number >= 0 ? number == code_number(str_of(info->code))
		                : str_ieq(code_or_name, str_of(info->name)))
			return info;
	}
	return NULL;
}
