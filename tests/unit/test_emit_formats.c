/* dot, mermaid, markdown, html: no text of the user becomes markup, and no plan is too big. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "compiler/emit.h"
#include "compiler/emit_html.h"
#include "compiler/emit_overview.h"
#include "compiler/emit_text.h"
#include "compiler/graph_build.h"
#include "fake_graph.h"

#define EVIL "<script>alert('x')</script> \"q\" `t` [b] {c} a|b\\n @team #1 & 100 % 表\n*z* $$x$$"

static const char *const formats[] = {"dot", "mermaid", "markdown", "html"};

struct fixture {
	struct arena arena;
	struct diag_list diags;
	struct graph_build build;
	struct graph graph;
	struct step_list top;
	struct buf out;
};

static int set_up(void **state)
{
	struct fixture *f = xmalloc(sizeof(*f));

	*f = (struct fixture){.graph = {.migration = STR("m")}};
	arena_init(&f->arena);
	diag_list_init(&f->diags, &f->arena);
	graph_build_init(&f->build, &f->arena);
	f->graph.arena = &f->arena;
	buf_init(&f->out, BUF_CEILING_OUTPUT);
	*state = f;
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *f = *state;

	buf_release(&f->out);
	graph_build_release(&f->build);
	arena_release(&f->arena);
	free(f);
	return 0;
}

static struct step *add(struct fixture *f, const char *id, const char *title, const char *sql)
{
	struct step *step = build_step(&f->build, &f->top, STEP_RUN, PHASE_ENSURE,
	                               build_id(&f->build, "%z", id));

	step->title = str_of(title);
	step->why = STR("because");
	build_sql(&f->build, step, str_of(sql));
	return step;
}

static struct str emitted(struct fixture *f, const char *format)
{
	f->graph.steps = (const struct step **)f->top.list.items;
	f->graph.step_count = f->top.list.count;
	assert_true(graph_finish(&f->graph, BF900, &f->diags));
	buf_reset(&f->out);
	assert_true(emitter_find(format)->emit(&f->graph, &f->out));
	return buf_str(&f->out);
}

static size_t times(struct str text, const char *what)
{
	size_t count = 0;
	ptrdiff_t at;

	while ((at = str_find(text, str_of(what))) >= 0) {
		count++;
		text = (struct str){text.p + at + 1, text.n - (size_t)at - 1};
	}
	return count;
}

static bool has(struct str text, const char *what)
{
	return times(text, what) > 0;
}

static void same_bytes_again(void **state)
{
	struct fixture *f = *state;
	struct graph *graph = fake_graph_new(&f->arena, EVIL, 3, 2);
	struct buf again;

	buf_init(&again, BUF_CEILING_OUTPUT);
	for (size_t i = 0; i < 4; i++) {
		const struct emitter *emitter = emitter_find(formats[i]);

		assert_non_null(emitter);
		buf_reset(&f->out);
		buf_reset(&again);
		assert_true(emitter->emit(graph, &f->out));
		assert_true(emitter->emit(graph, &again));
		assert_true(str_eq(buf_str(&f->out), buf_str(&again)));
	}
	buf_release(&again);
}

static void ceiling_is_reported(void **state)
{
	struct fixture *f = *state;
	struct graph *graph = fake_graph_new(&f->arena, "m", 3, 2);
	struct buf small;

	for (size_t i = 0; i < 4; i++) {
		buf_init(&small, 100);
		assert_false(emitter_find(formats[i])->emit(graph, &small));
		buf_release(&small);
	}
}

static void html_has_one_script_and_no_image(void **state)
{
	struct fixture *f = *state;
	struct str text;

	f->graph.migration = STR(EVIL);
	f->graph.description = STR(EVIL);
	add(f, "a", EVIL, "SELECT '<script>alert(2)</script>', `<img src=x>`");
	text = emitted(f, "html");
	assert_int_equal(times(text, "<script"), 1);
	assert_int_equal(times(text, "</script"), 1);
	assert_false(has(text, "<img"));
	assert_true(has(text, "&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt; &quot;q&quot;"));
	assert_true(has(text, "script-src 'sha256-"));
	/* Nothing that a browser would fetch. */
	assert_int_equal(times(text, "http://") + times(text, "https://"),
	                 times(text, "http://www.w3.org/2000/svg"));
	assert_false(has(text, " src=\""));
}

static void sql_keeps_its_bytes(void **state)
{
	static const char *const statements[] = {
	        "SELECT 'a', count(x) -- <c>\nFROM t.`from` WHERE {p:String} != $$b$$ /* e */",
	        "SELECT 'not closed",
	        "  \n",
	        "SELECT 1 -- last",
	        "\x01 ? ~",
	};
	struct fixture *f = *state;

	for (size_t i = 0; i < sizeof(statements) / sizeof(statements[0]); i++) {
		struct buf plain;
		bool tag = false;

		buf_init(&plain, BUF_CEILING_OUTPUT);
		buf_reset(&f->out);
		html_add_sql(&f->out, str_of(statements[i]));
		for (size_t k = 0; k < f->out.size; k++) {
			tag |= f->out.data[k] == '<';
			if (!tag)
				buf_addc(&plain, f->out.data[k]);
			tag &= f->out.data[k] != '>';
		}
		buf_reset(&f->out);
		text_add_html(&f->out, str_of(statements[i]));
		assert_true(str_eq(buf_str(&plain), buf_str(&f->out)));
		buf_release(&plain);
	}
}

static void sql_has_colours(void **state)
{
	struct fixture *f = *state;
	struct str text;

	html_add_sql(&f->out, STR("select sum(t.from) from {p:Identifier} where a = 'x' -- c"));
	text = buf_str(&f->out);
	assert_true(
	        has(text, "<span class=\"k\">select</span> <span class=\"f\">sum</span>(t.from)"));
	assert_true(has(text, "<span class=\"p\">{p:Identifier}</span>"));
	assert_true(has(text, "<span class=\"s\">&#39;x&#39;</span>"));
	assert_true(has(text, "<span class=\"c\">-- c</span>"));
}

/* Between its two quotes a label has nothing that Mermaid would take for its own. */
static void mermaid_labels_are_closed(void **state)
{
	struct fixture *f = *state;
	struct str text;

	add(f, "a", EVIL, "SELECT 1");
	text = emitted(f, "mermaid");
	for (const char *line = text.p; line < text.p + text.n;) {
		const char *end = strchr(line, '\n');
		struct str one = {line, (size_t)(end - line)};

		assert_true(times(one, "\"") % 2 == 0 && times(one, "\"") <= 2);
		line = end + 1;
	}
	assert_true(has(text, "#60;script#62;alert('x')#60;/script#62; #34;q#34; #96;t#96;"));
	assert_false(has(text, "<script"));
	assert_false(has(text, "\\n"));
	assert_false(has(text, "$$"));
}

static void overview_stays_small(void **state)
{
	struct fixture *f = *state;
	char id[64];
	struct str text;

	for (unsigned i = 0; i < 3000; i++) {
		struct step *step;

		snprintf(id, sizeof(id), "area%u.kind%u.t%u", i / 7, i % 5, i);
		step = add(f, id, "a step", "SELECT 1");
		step->phase = i % 2 ? PHASE_ENSURE : PHASE_CHECK;
		if (i)
			build_dep(&f->build, step, i - 1);
	}
	text = emitted(f, "mermaid");
	assert_true(times(text, ":::") <= OVERVIEW_MAX);
	assert_true(times(text, ":::") > 1);
}

static void table_and_its_comparison_are_one_node(void **state)
{
	struct fixture *f = *state;
	struct str text;

	add(f, "ensure.table.t.new", "t is new", "SELECT 1");
	add(f, "ensure.table.t", "table t", "SELECT 1");
	add(f, "ensure.table.t.same", "t is as declared", "SELECT 1");
	text = emitted(f, "mermaid");
	assert_true(has(text, "\"table t<br/>(3 steps)\""));
	assert_false(has(text, "t is new"));
}

static void what_follows_is_left_out(void **state)
{
	struct fixture *f = *state;
	uint32_t none[1], one[] = {0}, two[] = {0, 1}, three[] = {0, 2};
	struct dependencies lists[] = {{none, 0}, {one, 1}, {two, 2}, {three, 2}};

	overview_reduce(lists, 4, &f->arena);
	assert_int_equal(lists[1].count, 1);
	assert_int_equal(lists[2].count, 1);
	assert_int_equal(lists[2].items[0], 1);
	assert_int_equal(lists[3].count, 1);
	assert_int_equal(lists[3].items[0], 2);
}

static void body_without_what_comes_late(void **state)
{
	struct fixture *f = *state;
	struct graph *graph = fake_graph_new(&f->arena, "m", 3, 2);
	struct overview body =
	        overview_of_body(graph_find(graph, STR("b1.chunks"))->each, &f->arena);

	assert_int_equal(body.late, 4);
	assert_int_equal(body.nodes[0].before_count, 0);
	for (size_t i = 1; i < body.count; i++)
		assert_int_equal(body.nodes[i].before[0], i - 1);
}

static void dot_has_every_step(void **state)
{
	struct fixture *f = *state;
	struct graph *graph = fake_graph_new(&f->arena, EVIL, 3, 2);
	struct str text;
	char node[32];

	assert_true(emit_dot(graph, &f->out));
	text = buf_str(&f->out);
	for (size_t i = 0; i < graph->step_total; i++) {
		snprintf(node, sizeof(node), " n%zu [label=", i);
		assert_int_equal(times(text, node), 1);
	}
	assert_true(has(text, "digraph \"<script>alert('x')</script> \\\"q\\\""));
	assert_true(has(text, "a|b\\\\n @team #1 &amp; 100"));
	assert_true(has(text, "[ltail=cluster_n"));
	assert_int_equal(times(text, "{\n"), times(text, "}\n"));
}

static void fence_is_longer_than_what_it_holds(void **state)
{
	struct fixture *f = *state;
	struct str text;

	add(f, "a", "a step", "SELECT '````'");
	text = emitted(f, "markdown");
	assert_true(has(text, "\n`````sql\nSELECT '````'\n`````\n"));
}

static void markdown_escapes(void **state)
{
	struct fixture *f = *state;
	struct str touched = STR("a|b@c");
	struct str text;

	f->graph.touched = &touched;
	f->graph.touched_count = 1;
	f->graph.description = STR("1. no list");
	add(f, "a", EVIL, "SELECT 1");
	text = emitted(f, "markdown");
	assert_int_equal(times(text, "<script"), times(text, "\\<script"));
	assert_int_equal(times(text, "@team"), 1); /* in the graph, which is code */
	assert_true(has(text, "| **Writes to** | <code>a\\|b@<!-- -->c</code> |"));
	assert_true(has(text, "\n&#49;. no list\n"));
	assert_false(has(text, "Abridged"));
}

static void long_comment_is_abridged(void **state)
{
	struct fixture *f = *state;
	char id[64], sql[2100];
	struct step *load;
	struct str text;

	memset(sql, 'x', sizeof(sql));
	memcpy(sql, "SELECT ", 7);
	sql[sizeof(sql) - 1] = '\0';
	for (unsigned i = 0; i < 100; i++) {
		snprintf(id, sizeof(id), "a.b%u", i);
		add(f, id, id, arena_strdup(&f->arena, str_of(sql)))->title =
		        str_of(arena_strdup(&f->arena, str_of(id)));
	}
	load = add(f, "load", "the load", "INSERT INTO t SELECT 'the one to see'");
	load->heavy = true;
	text = emitted(f, "markdown");
	assert_true(text.n <= 65536);
	assert_true(text.n > 60000);
	assert_true(has(text, "Abridged, because a comment holds 65,536 characters"));
	assert_true(has(text, "SELECT 'the one to see'"));
	assert_true(has(text, "*SQL left out*"));
	/* Too many for titles even. */
	for (unsigned i = 0; i < 3000; i++) {
		snprintf(id, sizeof(id), "c.d%u", i);
		add(f, id, "one of many", "SELECT 1");
	}
	text = emitted(f, "markdown");
	assert_true(text.n <= 65536);
	assert_true(has(text, " more\n\n</details>"));
}

static void hazards_are_shown(void **state)
{
	struct fixture *f = *state;
	struct diag warning = {.code = BF201,
	                       .severity = SEVERITY_WARNING,
	                       .text = "column 'a|b' cannot hold <it>",
	                       .hint = "use AggregateFunction"};
	struct str text;

	f->graph.warnings = &warning;
	f->graph.warning_count = 1;
	add(f, "a", "a step", "SELECT 1");
	text = emitted(f, "markdown");
	assert_true(has(text, "| BF201 aggregate-type | column 'a\\|b' cannot hold \\<it\\> | use "
	                      "AggregateFunction |"));
	text = emitted(f, "html");
	assert_true(has(text, "cannot hold &lt;it&gt;</h3>"));
	assert_true(has(text, "use AggregateFunction"));
}

static void secrets_have_no_value(void **state)
{
	struct fixture *f = *state;
	struct param params[] = {
	        {.name = STR("k"),
	         .type = STR("String"),
	         .value = STR("hunter2"),
	         .secret = true,
	         .from_env = STR("S3_KEY")},
	};

	f->graph.params = params;
	f->graph.param_count = 1;
	add(f, "a", "a step", "SELECT {k:String}");
	for (size_t i = 0; i < 4; i++)
		assert_false(has(emitted(f, formats[i]), "hunter2"));
	assert_true(has(emitted(f, "html"), "<code>S3_KEY</code>"));
}

static void texts_are_cut_between_characters(void **state)
{
	(void)state;
	assert_int_equal(text_columns(STR("aé表")), 4);
	assert_int_equal(text_fit(STR("aé表b"), 3).n, 3);
	assert_int_equal(text_fit(STR("aé表b"), 4).n, 6);
}

int main(void)
{
#define CASE(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
	        CASE(same_bytes_again),
	        CASE(ceiling_is_reported),
	        CASE(html_has_one_script_and_no_image),
	        CASE(sql_keeps_its_bytes),
	        CASE(sql_has_colours),
	        CASE(mermaid_labels_are_closed),
	        CASE(overview_stays_small),
	        CASE(table_and_its_comparison_are_one_node),
	        CASE(what_follows_is_left_out),
	        CASE(body_without_what_comes_late),
	        CASE(dot_has_every_step),
	        CASE(fence_is_longer_than_what_it_holds),
	        CASE(markdown_escapes),
	        CASE(long_comment_is_abridged),
	        CASE(hazards_are_shown),
	        CASE(secrets_have_no_value),
	        CASE(texts_are_cut_between_characters),
	};

	return cmocka_run_group_tests_name("emit formats", tests, NULL, NULL);
}
