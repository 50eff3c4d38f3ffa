#include "compiler/check.h"

#include "compiler/check_internal.h"
#include "compiler/hazard.h"

/* What passes establish for those after them. */
enum fact {
	FACT_NAMES = 1 << 0,   /* every declaration has an entry */
	FACT_TABLES = 1 << 1,  /* entries of tables have their columns and engine, or NULL */
	FACT_VIEWS = 1 << 2,   /* views have trigger and target */
	FACT_ACYCLIC = 1 << 3, /* closures end: made only when there is no circle */
	FACT_SOURCES = 1 << 4,
	FACT_PARAMS = 1 << 5,
	FACT_BACKFILLS = 1 << 6,
};

struct pass {
	void (*run)(struct checker *checker);
	unsigned needs;
	unsigned makes;
	bool only_without_errors; /* makes its fact only when it found nothing wrong */
};

static const struct pass passes[] = {
        {check_declare, 0, FACT_NAMES, false},
        {check_params, FACT_NAMES, FACT_PARAMS, false},
        {check_tables, FACT_NAMES, FACT_TABLES, false},
        {check_views, FACT_NAMES | FACT_TABLES, FACT_VIEWS, false},
        {check_readings, FACT_VIEWS, 0, false},
        {check_order_views, FACT_VIEWS, 0, false},
        {check_cycles, FACT_VIEWS, FACT_ACYCLIC, true},
        {check_order_tables, FACT_ACYCLIC, 0, false},
        {check_sources, FACT_NAMES | FACT_TABLES, FACT_SOURCES, false},
        {check_checks, FACT_NAMES, 0, false},
        {check_profiles, FACT_NAMES, 0, false},
        {check_backfills, FACT_ACYCLIC | FACT_SOURCES | FACT_PARAMS, FACT_BACKFILLS, false},
        {check_param_uses, FACT_PARAMS | FACT_SOURCES, 0, false},
        {hazard_check, FACT_VIEWS | FACT_SOURCES | FACT_BACKFILLS, 0, false},
        {check_order_names, FACT_PARAMS, 0, false},
};

static void run_passes(struct checker *checker)
{
	unsigned facts = 0;

	for (size_t i = 0; i < sizeof(passes) / sizeof(*passes); i++) {
		const struct pass *pass = &passes[i];
		size_t errors = checker->diags->errors;

		if ((facts & pass->needs) != pass->needs)
			continue;
		pass->run(checker);
		if (!pass->only_without_errors || checker->diags->errors == errors)
			facts |= pass->makes;
	}
}

/* The model keeps pointers to the model's parts alone, not to what checks had beside them. */
#define COPY_POINTERS(checker, from, type, to, to_count)                                           \
	do {                                                                                       \
		(to) = arena_array((checker)->arena, const type *, (from).count);                  \
		(to_count) = (from).count;                                                         \
		for (size_t copy_ = 0; copy_ < (from).count; copy_++)                              \
			(to)[copy_] = &(from).items[copy_]->model;                                 \
	} while (0)

static const struct model *finish_model(struct checker *checker)
{
	struct model *model = checker->model;

	COPY_POINTERS(checker, checker->tables, struct model_table, model->tables,
	              model->table_count);
	COPY_POINTERS(checker, checker->views, struct model_view, model->views, model->view_count);
	COPY_POINTERS(checker, checker->backfills, struct model_backfill, model->backfills,
	              model->backfill_count);
	model->checks = checker->checks.items;
	model->check_count = checker->checks.count;
	model->databases = checker->databases.items;
	model->database_count = checker->databases.count;
	model->ignored_views = checker->ignored.items;
	model->ignored_view_count = checker->ignored.count;
	return model;
}

static void release_indices(struct checker *checker)
{
	names_release(&checker->relations);
	names_release(&checker->source_names);
	names_release(&checker->profiles);
	names_release(&checker->params);
	closure_index_release(&checker->closures);
}

const struct model *check_program(struct source_set *sources, const struct ast *ast,
                                  struct str fallback_name, struct arena *arena,
                                  struct diag_list *diags)
{
	struct checker checker = {.sources = sources, .ast = ast, .arena = arena, .diags = diags};

	checker.model = arena_new(arena, struct model);
	checker.model->sources = sources;
	checker.model->migration = fallback_name;
	checker.model->diags = diags;
	run_passes(&checker);
	/* The plan lists the warnings. */
	diag_sort(diags);
	release_indices(&checker);
	return diag_failed(diags) ? NULL : finish_model(&checker);
}
