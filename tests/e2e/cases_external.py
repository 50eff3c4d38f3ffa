"""`external table T;` without columns: the server says the types when the plan runs."""
from bfc import EXIT_CHECK, EXIT_INPUT

# Type of the column, value of row `number`, number of the first live row, its value as a literal, width of a chunk. History is
# rows 0 to 199, the live table has 200 to 219, and the source has 0 to 249.
KINDS = {
    "date": ("Date", "toDate('2024-01-01') + intDiv(number, 4)", "'2024-02-20'", "1 week"),
    "date32": ("Date32", "toDate32('1900-01-01') + intDiv(number, 4)", "'1900-02-20'", "1 month"),
    "datetime": ("DateTime", "toDateTime('2024-03-30 12:00:00') + number * 600", None, "6 hours"),
    "berlin": ("DateTime('Europe/Berlin')", "toDateTime('2024-10-26 17:00:00', 'UTC') + number * 300", "'2024-10-27 10:40:00'", "1 hour"),
    "micro": ("DateTime64(6, 'Asia/Tokyo')", "toDateTime64('2024-01-01 00:00:00', 6, 'Asia/Tokyo') + toIntervalMicrosecond(number * 250001)",
              "'2024-01-01 00:00:50.0002'", "10 seconds"),
    "nullable": ("Nullable(DateTime('UTC'))", "toDateTime('2024-01-01 00:00:00', 'UTC') + number * 3600", "'2024-01-09T08:00:00'", "1 day"),
    "nullable64": ("Nullable(DateTime64(3, 'UTC'))", "toDateTime64('2024-01-01 00:00:00.123', 3, 'UTC') + number * 3600",
                   "'2024-01-09 08:00:00.123'", "1 day"),
    "low": ("LowCardinality(UInt32)", "toUInt32(number * 10)", "2000", "500"),
    "low_nullable": ("LowCardinality(Nullable(Int16))", "toInt16(number) - 150", "50", "30"),
    "tiny": ("UInt8", "toUInt8(number)", "200", "64"),
    "big": ("UInt64", "toUInt64(18446744073709551615 - 249 + number)", "18446744073709551566", "100"),
    "huge": ("Int128", "toInt128('-170141183460469231731687303715884105728') + number", "-170141183460469231731687303715884105528", "50"),
}


def external(world, name, kind, source=None, engine="MergeTree ORDER BY id", extra=""):
    """A live table that the migration says nothing of but its name, an own view, and one that is ignored."""
    scene = world.scene(name)
    run = lambda text: world.engine.sql(text, database=scene.database, allow_suspicious_low_cardinality_types="1")  # noqa: E731
    column, value = KINDS[kind][:2]
    run(f"CREATE TABLE main (id UInt64, `at it` {column}, tag LowCardinality(String), twice UInt64 MATERIALIZED id * 2, "
        f"note String DEFAULT concat('n', toString(id)){extra}) ENGINE = {engine}")
    run("CREATE TABLE tags (tag LowCardinality(String), n UInt64) ENGINE = SummingMergeTree ORDER BY tag")
    run("CREATE TABLE names (tag String, word String) ENGINE = MergeTree ORDER BY tag")
    run("CREATE TABLE old (id UInt64, n UInt64) ENGINE = MergeTree ORDER BY id")
    run("CREATE MATERIALIZED VIEW ignored TO old AS SELECT id, 1 AS n FROM main")
    run("INSERT INTO names VALUES ('even', 'gerade'), ('odd', 'ungerade')")
    scene.rows = f"SELECT number AS id, {value} AS `at it`, if(number % 2, 'odd', 'even') AS tag FROM numbers"
    scene.ddl = """external table main;
external table tags;
external table names;
table words (word String, n UInt64) engine = SummingMergeTree order by word;
view tags_mv to tags as SELECT tag, count() AS n FROM main GROUP BY tag;
view words_mv to words as SELECT names.word AS word, count() AS n FROM main LEFT JOIN names ON main.tag = names.tag GROUP BY word;
ignore view ignored;
"""
    run("CREATE MATERIALIZED VIEW tags_mv TO tags AS SELECT tag, count() AS n FROM main GROUP BY tag")
    run(f"INSERT INTO main (id, `at it`, tag) {scene.rows}(200, 20)")
    scene.source = source or f"SELECT id, `at it`, tag FROM ({scene.rows}(250))"
    return scene


def same(world, scene, where="1"):
    kind = world.engine.one(f"SELECT type FROM system.columns WHERE database = '{scene.database}' AND table = 'main' "
                            "AND name = 'at it'").replace("'", "\\'")
    for got, want in (
            ("SELECT id, toString(`at it`), tag, note FROM main", f"SELECT id, toString(CAST(`at it`, '{kind}')), tag, concat('n', toString(id)) FROM "
             f"({scene.rows}(220)) WHERE (id >= 200 OR {where})"),
            ("SELECT tag, sum(n) FROM tags GROUP BY tag", f"SELECT tag, count() FROM ({scene.rows}(220)) WHERE (id >= 200 OR {where}) GROUP BY tag"),
            ("SELECT word, sum(n) FROM words GROUP BY word", f"SELECT if(tag = 'odd', 'ungerade', 'gerade') AS w, count() FROM "
             f"({scene.rows}(200)) WHERE {where} GROUP BY w")):
        got, want = (world.engine.rows(f"SELECT * FROM ({query}) ORDER BY ALL", database=scene.database,
                                      allow_suspicious_low_cardinality_types="1") for query in (got, want))
        assert got == want, (len(got), len(want), got[:3], want[:3])
    assert not scene.leftovers()


def case_every_kind_of_column(world):
    for kind, (column, value, literal, step) in KINDS.items():
        scene = external(world, f"ext_{kind}", kind)
        # `words` is filled by a view that is new, and main has rows: it is made by hand, as a person would.
        world.engine.sql("CREATE TABLE words (word String, n UInt64) ENGINE = SummingMergeTree ORDER BY word", database=scene.database)
        world.engine.sql("CREATE MATERIALIZED VIEW words_mv TO words AS SELECT names.word AS word, count() AS n FROM main "
                         "LEFT JOIN names ON main.tag = names.tag GROUP BY word", database=scene.database)
        scene.migration(f"split on `at it` at {literal or 'earliest'} chunk by `at it` every {step} "
                        f"{'workers 2' if kind == 'micro' else ''} verify content", source=scene.source)
        scene.apply()
        same(world, scene)


def plain(world, name, kind, **how):
    """The same with views as they are on the server."""
    scene = external(world, name, kind, **how)
    scene.ddl = "external table main;\nexternal table tags;\nignore view ignored;\n" \
                "view tags_mv to tags as SELECT tag, count() AS n FROM main GROUP BY tag;\n"
    world.engine.sql("CREATE TABLE words (word String, n UInt64) ENGINE = MergeTree ORDER BY word", database=scene.database)
    world.engine.sql(f"INSERT INTO words SELECT if(tag = 'odd', 'ungerade', 'gerade') AS w, count() FROM ({scene.rows}(200)) GROUP BY w",
                     database=scene.database)
    return scene


def case_parameters_and_where(world):
    for kind, param, value in (("berlin", "DateTime('Europe/Berlin')", "2024-10-27 10:40:00"), ("big", "UInt64", "18446744073709551566"),
                               ("date", "String", "2024-02-20"), ("micro", "DateTime64(6, 'UTC')", "2023-12-31 15:00:50.0002")):
        scene = plain(world, f"ext_param_{kind}", kind)
        scene.migration(f"split on `at it` at {{point:{param}}} where (id < 1000) verify rows", source=scene.source,
                        before=f"param point {param};")
        scene.apply("--param", f"point={value}")
        same(world, scene)


def case_files(world):
    scene = plain(world, "ext_files", "micro")
    for index in range(5):
        world.engine.sql(f"INSERT INTO FUNCTION file('{scene.directory}/{index:03d}.parquet', 'Parquet') "
                         f"{scene.rows}({index * 50}, 50)", engine_file_truncate_on_insert="1")
    scene.migration("split on `at it` at earliest nulls are skipped chunk by files 2 workers 2 verify content",
                    source=f"SELECT id, `at it`, tag FROM file('{scene.directory}/{{000..004}}.parquet', 'Parquet')")
    scene.apply()
    same(world, scene)


def case_another_column_for_chunks(world):
    scene = plain(world, "ext_chunk", "berlin", engine="MergeTree PARTITION BY tag ORDER BY id")
    scene.migration("split on `at it` at earliest chunk by id every 64 from 10 to 150 verify content", source=scene.source)
    scene.apply()
    world.engine.sql(f"TRUNCATE TABLE {scene.database}.words")
    world.engine.sql(f"INSERT INTO words SELECT if(tag = 'odd', 'ungerade', 'gerade') AS w, count() FROM ({scene.rows}(200)) "
                     "WHERE id >= 10 AND id < 150 GROUP BY w", database=scene.database)
    same(world, scene, "id >= 10 AND id < 150")


def case_nulls(world):
    """NULLs of the source's: into a table that takes them, into one that does not, and when nothing is said."""
    for number, (kind, nulls, rows) in enumerate((("nullable", "history", 250), ("nullable64", "skipped", 180), ("berlin", "skipped", 180))):
        scene = plain(world, f"ext_null_{number}", kind)
        source = f"SELECT id, if(id % 10 = 3, NULL, `at it`) AS `at it`, tag FROM ({scene.rows}(250))"
        rest = f"split on `at it` at {KINDS[kind][2]} chunk by `at it` every {KINDS[kind][3]} verify content"
        scene.migration(rest, source=source)
        run = scene.apply(expect=EXIT_CHECK)
        assert "can hold NULL" in run.text and "nulls are" in run.text, run.text
        scene.bfc.run("abort", scene.name)
        scene.migration(f"nulls are {nulls} {rest}", source=source)
        scene.apply()
        count = world.engine.one(f"SELECT count() FROM {scene.database}.main")
        want = 20 + (180 + 25 if nulls == "history" else 180)
        assert count == str(want), (kind, count, want)


def case_an_external_source(world):
    scene = world.scene("ext_source")
    world.engine.sql("CREATE TABLE past (at DateTime, id UInt64) ENGINE = MergeTree ORDER BY at", database=scene.database)
    world.engine.sql("INSERT INTO past SELECT toDateTime('2024-01-01 00:00:00') + number, number FROM numbers(1000)", database=scene.database)
    scene.ddl = "external table past;\ntable main (at DateTime, id UInt64) engine = MergeTree order by at;\n"
    scene.migration("split on at at '2024-01-01 00:10:00' chunk by at every 1 minute", source="SELECT at, id FROM past")
    scene.apply()
    assert world.engine.one(f"SELECT count() FROM {scene.database}.main") == "600"


def case_refusals(world):
    """Each says what to write, and nothing is done."""
    refused = {
        "no_column": ("date", "split on att at '2024-01-01'", ("att",)),
        "no_range": ("date", "split on tag at '2024-01-01'", ("LowCardinality(String)", "integer column")),
        "time_of_date": ("date", "split on `at it` at '2024-01-01 09:00:00'", ("does not suit", "whose type is Date", "nothing below a day")),
        "hours_of_date": ("date", "chunk by `at it` every 6 hours", ("the unit of the chunks' width", "Date")),
        "date_of_integer": ("big", "split on `at it` at '2024-01-01'", ("UInt64", "without quotes")),
        "unit_of_integer": ("big", "chunk by `at it` every 1 day", ("UInt64", "without a unit")),
        "width_of_time": ("berlin", "chunk by `at it` every 1000", ("DateTime('Europe/Berlin')", "days, hours")),
        "number_of_time": ("berlin", "split on `at it` at 1700000000", ("does not suit",)),
        "out_of_range": ("tiny", "split on `at it` at 300", ("300 does not suit", "UInt8")),
        "below_range": ("tiny", "chunk by `at it` every 10 from -1", ("-1 does not suit", "UInt8")),
        "too_fine": ("berlin", "split on `at it` at '2024-10-27 10:40:00.5'", ("does not suit",)),
        "no_such_hour": ("berlin", "split on `at it` at '2024-03-31 02:30:00'", ("does not suit",)),
    }
    for name, (kind, clauses, words) in refused.items():
        scene = plain(world, f"ext_{name}", kind)
        scene.migration(clauses, source=scene.source.replace("tag FROM", "tag, id AS att FROM") if name == "no_column" else scene.source)
        run = scene.apply(expect=EXIT_CHECK)
        assert all(word in run.text.replace("\\'", "'") for word in words), (name, run.text)
        assert world.engine.one(f"SELECT count() FROM {scene.database}.main") == "20"
    for name, column, word in (("missing", "id AS nowhere", "nowhere (no such column)"), ("computed", "id AS twice", "twice (MATERIALIZED)")):
        scene = plain(world, f"ext_{name}", "date")
        scene.migration("split on `at it` at '2024-02-20'", source=scene.source.replace("tag FROM", f"tag, {column} FROM"))
        run = scene.apply(expect=EXIT_CHECK)
        assert word in run.text and "AS name" in run.text, run.text
    scene = plain(world, "ext_star", "date")
    scene.migration("split on `at it` at '2024-02-20'", source="SELECT * FROM file('nowhere.parquet', 'Parquet')")
    assert "BF152" in scene.apply(expect=EXIT_INPUT).text
    scene = plain(world, "ext_null_engine", "date", engine="Null")
    scene.migration("verify nothing", source=scene.source)
    run = scene.apply(expect=EXIT_CHECK)
    assert "main (Null)" in run.text and "declared with `table`" in run.text, run.text


def views(world, name, kind, clauses, nulls=False):
    """`backfill view` where both the table that the view reads and the one that it fills are known to the server alone."""
    scene = world.scene(name)
    run = lambda text: world.engine.sql(text, database=scene.database, allow_suspicious_low_cardinality_types="1")  # noqa: E731
    column, value = KINDS[kind][:2]
    run(f"CREATE TABLE main (id UInt64, `at it` {column}, tag LowCardinality(String), twice UInt64 MATERIALIZED id * 2) "
        "ENGINE = MergeTree ORDER BY id")
    run("CREATE TABLE tags (tag String, n UInt64, s UInt64) ENGINE = SummingMergeTree ORDER BY tag")
    scene.rows = f"SELECT number AS id, {value} AS `at it`, if(number % 2, 'odd', 'even') AS tag FROM numbers"
    history = f"SELECT id, if(id % 10 = 3, NULL, `at it`), tag FROM ({scene.rows}(200))" if nulls else f"{scene.rows}(200)"
    run(f"INSERT INTO main (id, `at it`, tag) {history}")
    with open(scene.bf, "w", encoding="utf-8") as file:
        file.write(f"migration {name};\ndatabase {scene.database};\nexternal table main;\nexternal table tags;\n"
                   "view tags_mv to tags as SELECT tag, count() AS n, sum(id + twice) AS s FROM main GROUP BY tag;\n"
                   f"{'-- bfc: allow unsafe-direct' * ('unsafe' in clauses)}\nbackfill view tags_mv using {clauses};\n")
    return scene


def counted(world, scene):
    world.engine.sql(f"INSERT INTO main (id, `at it`, tag) {scene.rows}(200, 20)", database=scene.database)
    got, want = (world.engine.rows(f"SELECT * FROM ({query}) ORDER BY ALL", database=scene.database) for query in (
        "SELECT tag, sum(n), sum(s) FROM tags GROUP BY tag",
        "SELECT tag, count(), sum(id * 3) FROM main GROUP BY tag"))
    assert got == want, (got, want)
    query = world.engine.one(f"SELECT as_select FROM system.tables WHERE database = '{scene.database}' AND name = 'tags_mv'")
    assert "CAST" not in query, query
    assert not scene.leftovers()


def case_views_of_every_kind_of_column(world):
    how = ("null_engine", "duplicate", "null_engine", "duplicate", "direct unsafe")
    for number, (kind, (_, _, literal, step)) in enumerate(KINDS.items()):
        literal = literal or "'2024-04-01 00:00:00'"
        nulls = "nulls are skipped" if "nullable" in kind else ""
        settle = "settle 1 second" if KINDS[kind][1].startswith("toDate") else ""
        scene = views(world, f"extv_{kind}", kind, f"{how[number % 5]} split on `at it` at {literal} {settle} {nulls} "
                      f"chunk by `at it` every {step} workers 2")
        scene.apply()
        counted(world, scene)


def case_views_and_a_moment_to_come(world):
    for number, (kind, how) in enumerate((("datetime", "null_engine"), ("micro", "duplicate"), ("berlin", "null_engine"))):
        scene = views(world, f"extv_now_{number}", kind, f"{how} split on `at it` at now + 2 seconds settle 1 second "
                      "where (id < 1000) verify content")
        scene.apply()
        counted(world, scene)


def case_views_by_pause(world):
    for how in ("null_engine", "duplicate"):
        scene = views(world, f"extv_pause_{how}", "berlin", f"pause_and_attach with {how} chunk by `at it` every 1 hour "
                      "pause ingest by command 'true' resume by command 'true'")
        scene.apply()
        counted(world, scene)


def case_views_refused(world):
    for number, (kind, clauses, words) in enumerate((
            ("date", "now + 2 seconds", ("now + … does not suit", "nothing below a day")),
            ("big", "now + 2 seconds", ("now + … does not suit", "UInt64")),
            ("big", "18446744073709551566 settle 1 second", ("settle does not suit", "UInt64")),
            ("berlin", "'2024-10-27 10:40:00.5'", ("does not suit",)),
            ("big", "'2024-10-27'", ("UInt64", "without quotes")),
            ("nullable", "'2024-01-09 08:00:00'", ("can hold NULL", "nulls are history")),
            ("nullable", "'2024-01-09 08:00:00' nulls are history", ("can hold NULL", "pause_and_attach")))):
        scene = views(world, f"extv_refused_{number}", kind, f"null_engine split on `at it` at {clauses}")
        run = scene.apply(expect=EXIT_CHECK)
        assert all(word in run.text for word in words), (clauses, run.text)
        assert world.engine.one(f"SELECT count() FROM system.tables WHERE database = '{scene.database}' AND name = 'tags_mv'") == "0"


def case_views_with_nulls(world):
    """Skipped in the history, counted when they come live."""
    scene = views(world, "extv_nulls", "nullable64", f"duplicate split on `at it` at {KINDS['nullable64'][2]} nulls are skipped "
                  "chunk by `at it` every 1 day", nulls=True)
    scene.apply()
    got = world.engine.rows("SELECT sum(n), sum(s) FROM tags", database=scene.database)
    want = world.engine.rows("SELECT count(), sum(id * 3) FROM main WHERE `at it` IS NOT NULL", database=scene.database)
    assert got == want and got[0][0] == "180", (got, want)
