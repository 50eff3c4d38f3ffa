"""Tables and views of every shape: content after a run equals the oracle's."""
from scene import MAIN_COLUMNS, Ingest

MAIN = f"CREATE TABLE main {MAIN_COLUMNS} ENGINE = MergeTree"
SUMS = """CREATE TABLE sums (project String, n UInt64, total Int64) ENGINE = SummingMergeTree ORDER BY project;
CREATE MATERIALIZED VIEW sums_mv TO sums AS
SELECT project, count() AS n, sum(value) AS total FROM main GROUP BY project;
"""
SUMS_GOT = "SELECT project, sum(n), sum(total) FROM sums GROUP BY project"
SUMS_WANT = "SELECT project, count(), sum(value) FROM {all} GROUP BY project"


def simple(world, name, clauses, engine="ORDER BY (project, ts)", live=True, **history):
    """The main table with one view, in the usual course of things."""
    scene = world.scene(name)
    scene.tables(f"{MAIN} {engine};\n{SUMS}")
    scene.history(**history)
    if live:
        scene.live()
    scene.migration(clauses.replace("{split}", f"'{scene.split}'"))
    scene.expect(SUMS_GOT, SUMS_WANT)
    return scene


def case_unpartitioned(world):
    simple(world, "unpartitioned", "split on ts at earliest chunk by files 1 verify content").run()


def case_partition_by_day(world):
    simple(world, "by_day", "split on ts at earliest chunk by files 2 verify content",
           "PARTITION BY toDate(ts) ORDER BY (project, ts)").run()


def case_partition_by_hash(world):
    simple(world, "by_hash", "using duplicate split on ts at earliest chunk by files 2",
           "PARTITION BY cityHash64(id) % 8 ORDER BY (project, ts)").run()


def case_partition_by_tuple(world):
    simple(world, "by_tuple", "split on ts at earliest chunk by files 3",
           "PARTITION BY (toYYYYMMDD(ts), country) ORDER BY (project, ts)").run()


def case_no_chunk(world):
    simple(world, "no_chunk", "split on ts at earliest").run()


def case_verify_nothing(world):
    simple(world, "verify_nothing", "split on ts at earliest verify nothing").run()


def case_chunk_by_day(world):
    simple(world, "chunk_day", "split on ts at earliest chunk by ts every 1 day").run()


def case_chunk_by_hours(world):
    simple(world, "chunk_hours", "split on ts at earliest chunk by ts every 6 hours workers 2 verify content",
           "PARTITION BY toDate(ts) ORDER BY (project, ts)").run()


def case_chunk_by_integer(world):
    simple(world, "chunk_integer", "split on ts at earliest chunk by id every 700").run()


def case_chunk_by_partition(world):
    """History out of a table of ours, a partition a chunk; the source has an alias, a condition and a subquery."""
    scene = simple(world, "chunk_partition", "split on ts at earliest chunk by partition workers 2 verify content")
    scene.client.script(f"""CREATE TABLE `the old` {MAIN_COLUMNS} ENGINE = MergeTree PARTITION BY toYYYYMMDD(ts) ORDER BY id;
INSERT INTO `the old` {scene.generator} FROM numbers({scene.history_rows});""", database=scene.database)
    scene.migration("split on ts at earliest chunk by partition workers 2 verify content",
                    source="SELECT * FROM (SELECT ts, project, o.id AS id, value, country FROM `the old` AS o WHERE id >= 0)",
                    before=f"external table {scene.database}.`the old` {MAIN_COLUMNS};")
    run = scene.run()
    assert "3 of 3" in run.text, run.text


def case_chunk_bounds(world):
    """`from` and `to` are bounds of the history, not hints."""
    scene = simple(world, "chunk_bounds", "split on ts at earliest chunk by id every 700 from 300 to 2000")
    scene.source_where = "id >= 300 AND id < 2000"
    scene.run()


def case_chunk_listed_files(world):
    """The files of a `*` pattern, cut by files and by a column."""
    source = "SELECT * FROM file('{pattern}', 'Parquet')"
    for number, chunks in enumerate(("files 2", "id every 1000")):
        scene = simple(world, f"chunk_listed_{number}", "", files=5)
        scene.migration("split on ts at earliest chunk by " + chunks,
                        source=source.format(pattern=f"{scene.directory}/*.parquet"))
        scene.run()


def case_split_literal(world):
    simple(world, "split_literal", "split on ts at {split} chunk by files 2", live=False).run()


def case_settle(world):
    """A split that is still to come, and what late rows are allowed, are waited for."""
    scene = simple(world, "settle", "", live=False)
    moment, ends = world.engine.one("SELECT concat(toString(now('UTC') + 3), '|', toString(now('UTC') + 5))").split("|")
    scene.migration(f"split on ts at '{moment}' settle 2 seconds chunk by files 2")
    scene.split_row = scene.history_rows
    run = scene.run()
    assert f"until {ends}" in run.text, run.text
    assert world.engine.one(f"SELECT now('UTC') >= toDateTime('{ends}', 'UTC')") == "1"


def case_split_on_integer(world):
    scene = simple(world, "split_integer", "split on id at 3000 chunk by files 2")
    scene.run()


def case_overlap(world):
    scene = simple(world, "overlap", "split on ts at {split} overlap is fine where (id >= 100) chunk by files 2")
    # Ingest has brought a hundred old rows already: history leaves them out.
    scene.client.sql(f"INSERT INTO main ({scene.columns}) {scene.generator} FROM numbers(0, 100)",
                     database=scene.database)
    scene.run()


def case_overlap_refused(world):
    scene = simple(world, "overlap_refused", "split on ts at {split} chunk by files 2")
    scene.client.sql(f"INSERT INTO main ({scene.columns}) {scene.generator} FROM numbers(0, 100)",
                     database=scene.database)
    run = scene.apply(expect=6)
    assert "100" in run.text and "overlap is fine" in run.text, run.text
    assert not scene.leftovers()


def case_where(world):
    scene = simple(world, "where_clause", "split on ts at earliest where (country = 'DE' OR country = 'FR') "
                   "chunk by files 2 verify content")
    scene.source_where = "country IN ('DE', 'FR')"
    scene.run()


def case_workers(world):
    simple(world, "workers", "split on ts at earliest chunk by files 1 workers 3", files=8).run()


def case_workers_auto(world):
    simple(world, "workers_auto", "split on ts at earliest chunk by ts every 4 hours workers auto").run()


def case_settings(world):
    scene = simple(world, "settings_clause", "split on ts at earliest chunk by files 2")
    scene.migration("split on ts at earliest chunk by files 2 settings low_memory, max_memory_usage = '1Gi', mine",
                    before="use std.tuning;\nprofile mine settings max_threads = 2;")
    scene.run()


def case_param(world):
    scene = simple(world, "param_path", "split on ts at earliest chunk by files 2")
    directory = scene.directory
    scene.migration("split on ts at earliest chunk by files 2", before="param place String default '/nowhere';",
                    source="SELECT * FROM file(concat({place:String}, '/{000..003}.parquet'), 'Parquet')")
    scene.apply("--param", f"place={directory}")
    scene.check()


def case_cascade_of_three(world):
    scene = world.scene("cascade")
    scene.tables(f"""{MAIN} PARTITION BY toDate(ts) ORDER BY (project, ts);
CREATE TABLE hourly (hour DateTime('UTC'), project String, n UInt64) ENGINE = SummingMergeTree
    PARTITION BY toDate(hour) ORDER BY (hour, project);
CREATE MATERIALIZED VIEW hourly_mv TO hourly AS
SELECT toStartOfHour(ts) AS hour, project, count() AS n FROM main GROUP BY hour, project;
CREATE TABLE daily (day Date, project String, n UInt64) ENGINE = SummingMergeTree ORDER BY (day, project);
CREATE MATERIALIZED VIEW daily_mv TO daily AS
SELECT toDate(hour) AS day, project, sum(n) AS n FROM hourly GROUP BY day, project;
CREATE TABLE ever (project String, n UInt64) ENGINE = SummingMergeTree ORDER BY project;
CREATE MATERIALIZED VIEW ever_mv TO ever AS SELECT project, sum(n) AS n FROM daily GROUP BY project;
""")
    scene.history()
    scene.live()
    scene.migration("split on ts at earliest chunk by files 2 verify content")
    scene.expect("SELECT hour, project, sum(n) FROM hourly GROUP BY hour, project",
                 "SELECT toStartOfHour(ts) AS h, project, count() FROM {all} GROUP BY h, project")
    scene.expect("SELECT day, project, sum(n) FROM daily GROUP BY day, project",
                 "SELECT toDate(ts) AS d, project, count() FROM {all} GROUP BY d, project")
    scene.expect("SELECT project, sum(n) FROM ever GROUP BY project",
                 "SELECT project, count() FROM {all} GROUP BY project")
    scene.run()


def case_two_views_one_target(world):
    scene = world.scene("one_target")
    scene.tables(f"""{MAIN} ORDER BY (project, ts);
CREATE TABLE counts (what LowCardinality(String), key String, n UInt64) ENGINE = SummingMergeTree
    PARTITION BY what ORDER BY (what, key);
CREATE MATERIALIZED VIEW by_project TO counts AS
SELECT 'project' AS what, project AS key, count() AS n FROM main GROUP BY key;
CREATE MATERIALIZED VIEW by_country TO counts AS
SELECT 'country' AS what, country AS key, count() AS n FROM main GROUP BY key;
""")
    scene.history()
    scene.live()
    scene.migration("split on ts at earliest chunk by files 2")
    scene.expect("SELECT what, key, sum(n) FROM counts GROUP BY what, key",
                 "SELECT 'project', project AS k, count() FROM {all} GROUP BY k UNION ALL "
                 "SELECT 'country', country AS k, count() FROM {all} GROUP BY k")
    scene.run()


def case_aggregating_states(world):
    scene = world.scene("states")
    scene.tables(f"""{MAIN} ORDER BY (project, ts);
CREATE TABLE agg (project String, ids AggregateFunction(uniqExact, UInt64), mean AggregateFunction(avg, Int64),
    best SimpleAggregateFunction(max, Int64)) ENGINE = AggregatingMergeTree ORDER BY project;
CREATE MATERIALIZED VIEW agg_mv TO agg AS
SELECT project, uniqExactState(id) AS ids, avgState(value) AS mean, max(value) AS best FROM main GROUP BY project;
""")
    scene.history()
    scene.live()
    scene.migration("split on ts at earliest chunk by files 2 verify content")
    scene.expect("SELECT project, uniqExactMerge(ids), avgMerge(mean), max(best) FROM agg GROUP BY project",
                 "SELECT project, uniqExact(id), avg(value), max(value) FROM {all} GROUP BY project")
    scene.run()


def case_qualified_column(world):
    """A qualifier goes on working after the copy of the view reads another table, with an alias and without."""
    scene = world.scene("qualified")
    scene.tables(f"""{MAIN} ORDER BY (project, ts);
CREATE TABLE a (project String, n UInt64) ENGINE = SummingMergeTree ORDER BY project;
CREATE MATERIALIZED VIEW a_mv TO a AS
SELECT main.project AS project, count() AS n FROM main WHERE main.country != 'main' GROUP BY main.project;
CREATE TABLE b (project String, n UInt64) ENGINE = SummingMergeTree ORDER BY project;
CREATE MATERIALIZED VIEW b_mv TO b AS
WITH 1 AS one SELECT m.project AS project, count() * one AS n FROM main AS m WHERE m.value > 0 OR m.value < 0
GROUP BY m.project;
CREATE TABLE c (project String, n UInt64) ENGINE = SummingMergeTree ORDER BY project;
CREATE MATERIALIZED VIEW c_mv TO c AS
SELECT project, count() AS n FROM (SELECT project /* main */ FROM main WHERE value = 7) AS main GROUP BY project;
""")
    scene.history()
    scene.live()
    scene.migration("split on ts at earliest chunk by files 2")
    scene.expect("SELECT project, sum(n) FROM a GROUP BY project",
                 "SELECT project, count() FROM {all} GROUP BY project")
    scene.expect("SELECT project, sum(n) FROM b GROUP BY project",
                 "SELECT project, count() FROM {all} WHERE value != 0 GROUP BY project")
    scene.expect("SELECT project, sum(n) FROM c GROUP BY project",
                 "SELECT project, count() FROM {all} WHERE value = 7 GROUP BY project")
    scene.run()


def case_alias_hides_split_column(world):
    scene = world.scene("alias_hides")
    scene.tables(f"""{MAIN} ORDER BY (project, ts);
CREATE TABLE hourly (ts DateTime('UTC'), project String, n UInt64) ENGINE = SummingMergeTree ORDER BY (ts, project);
CREATE MATERIALIZED VIEW hourly_mv TO hourly AS
SELECT toStartOfHour(ts) AS ts, project, count() AS n FROM main GROUP BY ts, project;
""")
    scene.history()
    scene.live()
    # The source hides it too: only the source's output column is what `split` speaks of.
    scene.migration("split on ts at earliest chunk by ts every 5 hours",
                    source=f"SELECT * REPLACE (toDateTime(ts, 'UTC') AS ts) FROM file('{scene.pattern}', 'Parquet')")
    scene.expect("SELECT ts, project, sum(n) FROM hourly GROUP BY ts, project",
                 "SELECT toStartOfHour(ts) AS h, project, count() FROM {all} GROUP BY h, project")
    scene.run()


def case_names_that_need_quoting(world):
    scene = world.scene("quoting", database="t odd.db `x` ünïcode", main='order by "1".`select` \\ {a}')
    scene.columns = "`the time`, `a.b``c`, `select`, `group`, `日本`"
    scene.time = "`the time`"
    scene.generator = (
        "SELECT toDateTime('2024-12-17 00:00:00', 'UTC') + number * 61 AS `the time`, "
        "concat('p', toString(number % 7)) AS `a.b``c`, number AS `select`, toInt64(number % 9) AS `group`, "
        "toString(number % 4) AS `日本`")
    scene.tables("""CREATE TABLE `order by "1".``select`` \\\\ {a}`
(`the time` DateTime('UTC'), "a.b`c" String, `select` UInt64, "group" Int64, `日本` String)
ENGINE = MergeTree PARTITION BY `日本` ORDER BY ("a.b`c", `the time`);
CREATE TABLE `from` ("a.b`c" String, `count it` UInt64) ENGINE = SummingMergeTree ORDER BY "a.b`c";
CREATE MATERIALIZED VIEW "view 'v'" TO `from` AS
SELECT "a.b`c", count() AS `count it` FROM `order by "1".``select`` \\\\ {a}` GROUP BY "a.b`c";
""")
    scene.history()
    scene.live()
    scene.migration("split on `the time` at earliest chunk by `select` every 900 verify content")
    scene.expect("SELECT `a.b``c`, sum(`count it`) FROM `from` GROUP BY 1",
                 "SELECT `a.b``c`, count() FROM {all} GROUP BY 1")
    scene.run()


def case_column_kinds(world):
    """DEFAULT, MATERIALIZED, ALIAS, EPHEMERAL-free; codecs, index, projection-free, TTL far away."""
    scene = world.scene("column_kinds")
    scene.tables("""CREATE TABLE main (
    ts DateTime('UTC') CODEC(DoubleDelta, ZSTD), project LowCardinality(String), id UInt64,
    value Int64 DEFAULT 5 COMMENT 'a, (comment', country LowCardinality(String),
    day Date MATERIALIZED toDate(ts), twice Int64 ALIAS value * 2, extra String DEFAULT upper(project),
    INDEX by_id id TYPE minmax GRANULARITY 1)
ENGINE = ReplacingMergeTree PARTITION BY toYYYYMM(ts) ORDER BY (project, ts, id) SETTINGS index_granularity = 1024;
CREATE TABLE days (day Date, n UInt64, t Int64) ENGINE = SummingMergeTree ORDER BY day;
CREATE MATERIALIZED VIEW days_mv TO days AS SELECT day, count() AS n, sum(twice) AS t FROM main GROUP BY day;
""")
    scene.history()
    scene.live()
    # Columns that the source does not have get their defaults.
    scene.migration("split on ts at earliest chunk by files 2",
                    source=f"SELECT country, id, project, ts, value FROM file('{scene.pattern}', 'Parquet')")
    scene.expect("SELECT id, day, twice, extra FROM main",
                 "SELECT id, toDate(ts), value * 2, upper(project) FROM {all}")
    scene.expect("SELECT day, sum(n), sum(t) FROM days GROUP BY day",
                 "SELECT toDate(ts) AS d, count(), sum(value * 2) FROM {all} GROUP BY d")
    scene.run()


def nullable(world, name, clauses, ts="DateTime('UTC')"):
    scene = world.scene(name)
    scene.tables(f"CREATE TABLE main (ts {ts}, project LowCardinality(String), id UInt64, value Int64, "
                 f"country LowCardinality(String)) ENGINE = MergeTree ORDER BY (project, id);\n{SUMS}")
    scene.history()
    scene.live()
    scene.migration(clauses, source=f"SELECT if(id % 10 = 3, NULL, ts) AS ts, project, id, value, country "
                                    f"FROM file('{scene.pattern}', 'Parquet')")
    return scene


def case_nulls_skipped(world):
    scene = nullable(world, "nulls_skipped", "split on ts at earliest nulls are skipped chunk by files 2")
    scene.source_where = "id % 10 != 3"
    scene.expect(SUMS_GOT, SUMS_WANT)
    scene.run()


def case_nulls_history(world):
    scene = nullable(world, "nulls_history", "split on ts at earliest nulls are history chunk by files 2",
                     "Nullable(DateTime('UTC'))")
    scene.apply()
    # Also those of the last quarter, whose time is not known: 300 + 100 rows without a time.
    count = scene.client.rows("SELECT countIf(ts IS NULL), count() FROM main", database=scene.database)[0]
    assert count == ["400", str(2700 + 400 + scene.live_rows)], count
    assert not scene.leftovers()


def case_nulls_unsaid(world):
    scene = nullable(world, "nulls_unsaid", "split on ts at earliest chunk by files 2")
    run = scene.apply(expect=None)
    assert run.code in (1, 6) and "nulls are" in run.text, run.text


def case_live_ingest(world):
    """Rows come in all along: neither lost nor doubled."""
    scene = simple(world, "live_ingest", "split on ts at earliest chunk by files 1 workers 2",
                   "PARTITION BY toDate(ts) ORDER BY (project, ts)", rows=40000, files=8)
    with Ingest(scene):
        scene.apply()
    assert scene.live_rows > 500
    scene.check()


def case_everything_created(world):
    """Tables and views that are not there yet are created, and then filled."""
    scene = world.scene("created")
    scene.ddl = f"{MAIN} ORDER BY (project, ts);\n{SUMS}"
    scene.history()
    scene.migration(f"split on ts at '{scene.split}' chunk by files 2",
                    after="check 'all counted' as SELECT (SELECT sum(n) FROM sums) = (SELECT count() FROM main);")
    scene.expect(SUMS_GOT, SUMS_WANT)
    scene.run()


def case_external_table(world):
    scene = world.scene("external")
    scene.tables(f"{MAIN} ORDER BY (project, ts);\n{SUMS}")
    scene.ddl = f"external table main {MAIN_COLUMNS};\n{SUMS}"
    scene.history()
    scene.live()
    scene.migration("split on ts at earliest chunk by files 2")
    scene.expect(SUMS_GOT, SUMS_WANT)
    scene.run()


def case_summing_main(world):
    """The main table itself sums: rows that are equal in key, and rows that sum to zero."""
    scene = world.scene("summing_main")
    scene.tables("""CREATE TABLE main (ts DateTime('UTC'), project LowCardinality(String), id UInt64, value Int64,
    country LowCardinality(String)) ENGINE = SummingMergeTree ORDER BY (ts, project, id, country);
CREATE TABLE days (day Date, n UInt64, t Int64) ENGINE = SummingMergeTree ORDER BY day;
CREATE MATERIALIZED VIEW days_mv TO days AS SELECT toDate(ts) AS day, count() AS n, sum(value) AS t FROM main GROUP BY day;
""")
    scene.history()
    scene.live()
    scene.migration("split on ts at earliest chunk by files 2")
    scene.expect("SELECT day, sum(n), sum(t) FROM days GROUP BY day",
                 "SELECT toDate(ts) AS d, count(), sum(value) FROM {all} GROUP BY d")
    run = scene.apply()
    assert run.code == 0


def case_where_names_a_table(world):
    """A table in `where` is the file's database's, not the one of that name in the connection's."""
    for name, condition in (("select", "id IN (SELECT id FROM wanted_ids) -- all\n"), ("name", "id IN wanted_ids")):
        scene = world.scene(f"where_{name}")
        scene.tables("CREATE TABLE main (id UInt64) ENGINE = MergeTree ORDER BY id;\n"
                     "CREATE TABLE wanted_ids (id UInt64) ENGINE = MergeTree ORDER BY id;\n")
        world.engine.sql(f"INSERT INTO {scene.database}.wanted_ids SELECT number FROM numbers(3)")
        world.engine.sql("CREATE OR REPLACE TABLE default.wanted_ids (id UInt64) ENGINE = MergeTree ORDER BY id")
        scene.migration(f"where ({condition})", source="SELECT number AS id FROM numbers(10)")
        scene.apply()
        world.engine.sql("DROP TABLE default.wanted_ids SYNC")
        assert world.engine.one(f"SELECT count() FROM {scene.database}.main") == "3"
