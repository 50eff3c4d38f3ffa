#include "compiler/marks.h"

void marks_add_name(struct marks *marks, struct span span)
{
	if (marks)
		*list_add(marks->arena, &marks->names) = span;
}

void marks_add_sql(struct marks *marks, struct span span)
{
	if (!marks)
		return;
	while (marks->sql.count && marks->sql.items[marks->sql.count - 1].begin >= span.begin)
		marks->sql.count--;
	*list_add(marks->arena, &marks->sql) = span;
}

void marks_add_clause(struct marks *marks, struct span span)
{
	if (marks)
		*list_add(marks->arena, &marks->clauses) = span;
}
