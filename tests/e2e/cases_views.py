"""`backfill view`: views that are new, or were there, filled from the table that they read, while rows come in."""
import threading
import time

from bfc import EXIT_CHECK
from view_scene import (DAYS, DAYS_GOT, DAYS_VIEW, DAYS_WANT, MAIN, SUMS, SUMS_GOT, SUMS_VIEW, SUMS_WANT, ViewScene,
                        two_views)

STRATEGIES = ("null_engine", "duplicate")


def view_scene(world, name):
    return ViewScene(world.engine, world.directory, name)


def case_two_views(world):
    for strategy in STRATEGIES:
        two_views(view_scene(world, f"two_views_{strategy}"), strategy, "chunk by ts every 6 hours workers 2").run()


def case_one_chunk_and_content(world):
    for strategy in STRATEGIES:
        two_views(view_scene(world, f"views_content_{strategy}"), strategy, "verify content").run()


def case_integer_split(world):
    """No clock: what counts is that no row of the live side is there before the view."""
    for strategy in STRATEGIES:
        scene = view_scene(world, f"views_integer_{strategy}")
        two_views(scene, strategy, "chunk by id every 700", split="0")
        scene.fill("sums_mv, days_mv", f"using {strategy} split on id at {scene.split_row} chunk by id every 700")
        scene.run()


def case_cascade(world):
    """What hangs on a view's target gets the history too, and a view on another column joins in."""
    for strategy in STRATEGIES:
        scene = view_scene(world, f"views_cascade_{strategy}")
        scene.tables(f"""{MAIN}\n{SUMS}
CREATE TABLE lengths (length UInt64, n UInt64) ENGINE = SummingMergeTree ORDER BY length;
CREATE MATERIALIZED VIEW lengths_mv TO lengths AS
SELECT length(project) AS length, sum(n) AS n FROM sums GROUP BY length;""")
        scene.views(SUMS_VIEW)
        scene.expect(SUMS_GOT, SUMS_WANT)
        scene.expect("SELECT length, sum(n) FROM lengths GROUP BY length",
                     "SELECT length(project) AS length, count() FROM {all} GROUP BY length")
        scene.history()
        scene.fill("sums_mv", f"using {strategy} split on ts at '{scene.split}' chunk by ts every 1 day")
        scene.run()


def case_chunk_by_partition(world):
    for strategy in STRATEGIES:
        scene = two_views(view_scene(world, f"views_partitions_{strategy}"), strategy, "chunk by partition workers 2")
        run = scene.run()
        assert "3 of 3" in run.text, run.text


def case_where(world):
    """A condition of the user's own, in a view whose alias would catch its column."""
    for strategy in STRATEGIES:
        scene = view_scene(world, f"views_where_{strategy}")
        scene.tables(f"{MAIN}\n{DAYS}")
        scene.views(DAYS_VIEW)
        scene.history()
        scene.live_at_end = 0
        scene.expect(DAYS_GOT, "SELECT toDate(ts) AS day, count() FROM {all} WHERE ts < '2024-12-18 12:00:00' GROUP BY day")
        scene.fill("days_mv", f"using {strategy} split on ts at '{scene.split}' where (ts < '2024-12-18 12:00:00')")
        scene.run()


def case_where_and_computed_columns(world):
    """The condition stands in a subquery, which has MATERIALIZED and ALIAS columns too: as they are stored."""
    for strategy in STRATEGIES:
        scene = view_scene(world, f"views_where_computed_{strategy}")
        scene.tables("""CREATE TABLE main (ts DateTime('UTC'), project LowCardinality(String), id UInt64, value Int64,
    country LowCardinality(String), twice Int64 MATERIALIZED value * 2, `less one` Int64 ALIAS twice - 1)
ENGINE = MergeTree ORDER BY id;
CREATE TABLE twices (country String, twice Int64, less Int64) ENGINE = SummingMergeTree ORDER BY country;""")
        scene.views("view twices_mv to twices as\n"
                    "SELECT country, sum(twice) AS twice, sum(main.`less one`) AS less FROM main GROUP BY country;")
        scene.expect("SELECT country, sum(twice), sum(less) FROM twices GROUP BY country",
                     "SELECT country, sum(value * 2), sum(value * 2 - 1) FROM {all} GROUP BY country")
        scene.history()
        scene.fill("twices_mv", f"using {strategy} split on ts at '{scene.split}' where (project != '')")
        scene.run()


def case_odd_query(world):
    """Subqueries, a WITH, a WHERE of its own, a MATERIALIZED column, names that need quotes."""
    for strategy in STRATEGIES:
        scene = view_scene(world, f"views_odd_{strategy}")
        scene.tables("""CREATE TABLE main (ts DateTime('UTC'), project LowCardinality(String), id UInt64, value Int64,
    country LowCardinality(String), `twice it` Int64 MATERIALIZED value * 2) ENGINE = MergeTree ORDER BY id;
CREATE TABLE `odd target` (`the country` String, `sum` Int64) ENGINE = SummingMergeTree ORDER BY `the country`;""")
        scene.views("""view `odd view` to `odd target` as
WITH 'US' AS excluded
SELECT `the country`, sum(t) AS `sum` -- and so on
FROM (SELECT country AS `the country`, `twice it` AS t, main.id AS ts FROM main WHERE value > 0 OR value < -500)
WHERE `the country` != excluded GROUP BY `the country`;""")
        scene.expect("SELECT `the country`, sum(`sum`) FROM `odd target` GROUP BY `the country`",
                     "SELECT country, sum(value * 2) FROM {all} WHERE country != 'US' AND (value > 0 OR value < -500) "
                     "GROUP BY country")
        scene.history()
        scene.fill("`odd view`", f"using {strategy} split on ts at '{scene.split}' chunk by ts every 12 hours")
        scene.run()


def case_view_was_there(world):
    """A view that has counted since it was made is filled up to that moment."""
    for strategy in STRATEGIES:
        scene = view_scene(world, f"views_there_{strategy}")
        scene.tables(f"{MAIN}\n{SUMS}")
        scene.history()
        scene.views(SUMS_VIEW)
        scene.expect(SUMS_GOT, SUMS_WANT)
        scene.client.script("CREATE MATERIALIZED VIEW sums_mv TO sums AS\n"
                            "SELECT project, count() AS n, sum(value) AS total FROM main GROUP BY project;",
                            database=scene.database)
        scene.live(300)
        scene.fill("sums_mv", f"using {strategy} split on ts at now + 1 second")
        run = scene.apply(expect=6)
        assert "already there" in run.text and "literal" in run.text, run.text
        assert scene.bfc.run("abort", scene.name).code == 0
        scene.fill("sums_mv", f"using {strategy} split on ts at '{scene.split}' chunk by ts every 1 day")
        scene.run()


def case_rows_ahead(world):
    """A row of the live side that was there before the view would be in neither."""
    scene = two_views(view_scene(world, "views_ahead"), "null_engine", "")
    scene.live(7)
    run = scene.apply(expect=6)
    assert "7 rows" in run.text, run.text
    assert not scene.leftovers()
    assert scene.client.one("SELECT count() FROM system.tables WHERE name = 'sums_mv' AND database = currentDatabase()",
                            database=scene.database) == "0"


def case_view_of_a_run_that_was_given_up(world):
    """It has counted rows from its split on, which are history to the run that follows: they would count twice."""
    for strategy in STRATEGIES:
        scene = two_views(view_scene(world, f"views_given_up_{strategy}"), strategy, "", split="'2030-01-01 00:00:00'")
        run = scene.bfc.start("apply", scene.bf, "--yes")
        while "until the split has passed: until" not in run.text and run.child.poll() is None:
            time.sleep(0.01)
        run.kill()
        run.wait()
        scene.client.sql("INSERT INTO main (ts, project) VALUES ('2030-01-01 00:00:00', 'project 0')", database=scene.database)
        assert scene.bfc.run("abort", scene.name).code == 0
        scene.client.script("DROP TABLE sums_mv SYNC;\nDROP TABLE days_mv SYNC;\n", database=scene.database)
        clauses = f"using {strategy} split on ts at '2031-01-01 00:00:00'"
        scene.fill("sums_mv, days_mv", clauses)
        run = scene.apply(expect=6)
        assert "sums has 1 rows" in run.text and "TRUNCATE" in run.text, run.text


def case_target_has_other_rows(world):
    """Refused, and taken when the migration says that they are of something else."""
    scene = view_scene(world, "views_other_rows")
    two_views(scene, "null_engine", "")
    scene.client.sql("INSERT INTO days VALUES ('1999-01-01', 5)", database=scene.database)
    run = scene.apply(expect=6)
    assert "days has 1 rows" in run.text, run.text
    assert scene.bfc.run("abort", scene.name).code == 0
    scene.expected[1] = (DAYS_GOT, DAYS_WANT + " UNION ALL SELECT toDate('1999-01-01'), 5")
    scene.fill("sums_mv, days_mv", f"using null_engine split on ts at '{scene.split}' overlap is fine chunk by ts every 1 day")
    scene.run()


def case_keep_filter(world):
    scene = two_views(view_scene(world, "views_keep"), "null_engine", "keep filter")
    scene.apply()
    query = scene.client.one("SELECT as_select FROM system.tables WHERE name = 'days_mv' AND database = currentDatabase()",
                             database=scene.database)
    assert "ts >= " in query, query


class NowWriter(threading.Thread):
    """Rows of this very moment, every third of them a second late, without a pause."""

    def __init__(self, scene):
        super().__init__(daemon=True)
        self.scene, self.stopping = scene, threading.Event()
        self.rows, self.error = 0, None

    def run(self):
        try:
            while not self.stopping.is_set():
                self.scene.client.sql(
                    f"INSERT INTO main (ts, project, id, value, country) SELECT now() - (number % 3 = 0), "
                    f"concat('project ', toString(number % 37)), {1000000 + self.rows} + number, number, 'DE' "
                    f"FROM numbers(500)", database=self.scene.database)
                self.rows += 500
                self.stopping.wait(0.01)
        except Exception as error:
            self.error = error


def while_rows_come(world, name, strategy, apply):
    """All that ever came is counted once: what was there, what came before the split, and what came after."""
    scene = view_scene(world, name)
    scene.tables(f"{MAIN}\n{SUMS}\n{DAYS}")
    scene.views(f"{SUMS_VIEW}\n{DAYS_VIEW}")
    scene.history()
    scene.fill("sums_mv, days_mv", f"using {strategy} split on ts at now + 5 seconds settle 2 seconds "
                                   "chunk by ts every 1 day workers 2")
    writer = NowWriter(scene)
    writer.start()
    try:
        time.sleep(0.5)
        apply(scene)
        time.sleep(0.5)
    finally:
        writer.stopping.set()
        writer.join()
    assert not writer.error, writer.error
    (row,) = scene.client.rows(
        "SELECT (SELECT count(), sum(value) FROM main), (SELECT sum(n), sum(total) FROM sums), (SELECT sum(n) FROM days)",
        database=scene.database)
    came = scene.history_rows + writer.rows
    assert row[0].startswith(f"({came},"), (row, came)
    assert row[0] == row[1] and row[2] == str(came), row
    assert scene.content("SELECT project, count(), sum(value) FROM main GROUP BY project") == scene.content(SUMS_GOT)
    assert scene.content("SELECT toDate(ts) AS day, count() FROM main GROUP BY day") == scene.content(DAYS_GOT)
    assert not scene.leftovers()


def case_now_plus_while_rows_come(world):
    for strategy in STRATEGIES:
        while_rows_come(world, f"views_now_{strategy}", strategy, lambda scene: scene.apply())


def killed_at(scene, *words):
    """One run after the other is killed as soon as it says the word; the last one goes to its end."""
    for word in words:
        run = scene.bfc.start("apply", scene.bf, "--yes")
        while word not in run.text and run.child.poll() is None:
            time.sleep(0.01)
        run.kill()
        run.wait()
    scene.apply()


def case_killed_while_rows_come(world):
    """At the gate, in the middle of the chunks, and before the views get their queries."""
    for strategy in STRATEGIES:
        while_rows_come(world, f"views_killed_{strategy}", strategy,
                        lambda scene: killed_at(scene, "until the split has passed: until", "chunk 1 of", "chunk 2 of"))


def case_after_a_table(world):
    """First history into the table, then new views out of it: none of the rows counts twice."""
    for strategy in STRATEGIES:
        scene = view_scene(world, f"views_after_table_{strategy}")
        scene.tables(f"{MAIN}\n{SUMS}\n{DAYS}")
        scene.views(f"{SUMS_VIEW}\n{DAYS_VIEW}")
        scene.expect(SUMS_GOT, SUMS_WANT)
        scene.expect(DAYS_GOT, DAYS_WANT)
        scene.history_rows = scene.split_row = 3000
        with open(scene.bf, "w", encoding="utf-8") as file:
            file.write(f"migration {scene.name};\ndatabase {scene.database};\n{scene.ddl}\n{scene.view_ddl}\n"
                       f"source archive as\n{scene.generator} FROM numbers(3000);\n"
                       f"backfill table main from archive split on ts at '{scene.split}' chunk by id every 1000;\n"
                       f"backfill view sums_mv using {strategy} split on ts at '{scene.split}';\n"
                       f"backfill view days_mv using {strategy} split on ts at '{scene.split}' chunk by ts every 1 day;\n")
        scene.run()


def case_definer(world):
    """Made as declared, kept through the run, written by inspect; another one is drift."""
    for strategy in ("null_engine", "pause_and_attach"):
        scene = ViewScene(world.engine, world.directory, f"definer_{strategy}")
        scene.tables(f"{MAIN}\n{SUMS}")
        scene.views(SUMS_VIEW.replace(" as\n", " definer = bfc sql security definer as\n"))
        scene.expect(SUMS_GOT, SUMS_WANT)
        scene.history()
        scene.fill("sums_mv", f"using {strategy} " + (
            f"split on ts at '{scene.split}'" if strategy == "null_engine"
            else "pause ingest by command 'true' resume by command 'true'"))
        scene.apply()
        scene.check()
        made = scene.client.one("SELECT create_table_query FROM system.tables WHERE name = 'sums_mv' "
                                "AND database = currentDatabase()", database=scene.database)
        assert " DEFINER = bfc SQL SECURITY DEFINER AS " in made, made
        written = scene.bfc.run("inspect", scene.database, "--target", scene.client.url).out
        assert "\ndefiner = bfc sql security DEFINER\nas\n" in written, written
        run = scene.bfc.run("plan", scene.bf)
        assert run.code == 0, run.text
        scene.client.sql("ALTER TABLE sums_mv MODIFY SQL SECURITY NONE", database=scene.database)
        run = scene.bfc.run("plan", scene.bf)
        assert run.code == EXIT_CHECK and "is declared with DEFINER = bfc SQL SECURITY DEFINER" in run.text, run.text
