#include "compiler/base/diag.h"

#include <stdlib.h>

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

static struct diag *add(struct diag_list *diags, enum diag_code code, const char *format,
                        va_list args)
{
	enum severity severity = catalogue[code].severity;
	struct diag *diag;

	diags->errors += severity == SEVERITY_ERROR;
	diags->warnings += severity == SEVERITY_WARNING;
	if (diags->list.count == DIAG_MAX) {
		/* Counted only, nothing allocated: a large file of errors must not eat memory. */
		diags->dropped++;
		diags->scratch = (struct diag){.code = code, .severity = severity, .text = ""};
		return &diags->scratch;
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
