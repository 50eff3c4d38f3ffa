"""`chunk by COLUMN`: every row of the history is in one chunk, whatever the values are."""
from bfc import EXIT_STOPPED


def filled(world, name, columns, source, clauses, before=""):
    """A table (columns) and one backfill from a SELECT."""
    scene = world.scene(name)
    scene.ddl = f"{before}table main ({columns}) engine = MergeTree order by id;\n"
    scene.migration(clauses, source=source)
    return scene


def same(world, scene, source):
    """The table has what the source has."""
    kind = world.engine.one(f"SELECT type FROM system.columns WHERE database = '{scene.database}' AND table = 'main' "
                            "AND name = 'at'").replace("'", "\\'")
    got, want = (world.engine.one(f"SELECT (count(), sum(cityHash64(ifNull(toString(CAST(at, '{kind}')), 'null'), id))) FROM {rows}")
                 for rows in (f"{scene.database}.main", f"({source})"))
    assert got == want, (got, want)


def chunks(world, scene):
    """How many chunks the run had, by its journal."""
    return int(world.engine.one(f"SELECT uniqExact(chunk) FROM bfc.journal WHERE migration = '{scene.name}' AND chunk != ''"))


def case_the_ends_of_a_type(world):
    """The least and the largest value of a type can be loaded, also by a column with a name that the query for the
    ranges might have taken."""
    kinds = {"Int8": ("toInt8(number - 128)", "50", 256), "UInt8": ("toUInt8(number)", "100", 256),
             "UInt64": ("toUInt64(18446744073709551615 - number)", "100", 256),
             "Int64": ("toInt64(if(number % 2, -9223372036854775808 + number, 9223372036854775807 - number))", "100", 256),
             "UInt256": ("toUInt256(toUInt256(0) - number * number)", "10000", 256),
             "Int128": ("toInt128(number) - 100", "7000000000000000000", 256),
             "Date": ("toDate('2149-06-06') - number * 7", "1 year", 256),
             "Date32": ("toDate32('2299-12-31') - number * 7", "1 year", 256),
             "DateTime('UTC')": ("toDateTime(4294967295 - number * 86400, 'UTC')", "1 month", 256),
             "DateTime64(3, 'UTC')": ("toDateTime64('2299-12-31 23:59:59.999', 3, 'UTC') - number * 86400", "1 month", 256)}
    for number, (kind, (value, step, rows)) in enumerate(kinds.items()):
        source = f"SELECT {value} AS at, number AS id FROM numbers({rows})"
        scene = filled(world, f"type_end_{number}", f"at {kind}, id UInt64", source, f"chunk by at every {step} verify content")
        scene.apply()
        same(world, scene, source)
        assert 1 < chunks(world, scene) <= 20, (kind, chunks(world, scene))
    source = "SELECT toInt8(number - 128) AS oldest, number AS id FROM numbers(256)"
    scene = filled(world, "type_end_to", "oldest Int8, id UInt64", source, "chunk by oldest every 50 from -100 to 127")
    scene.apply()
    assert world.engine.one(f"SELECT (count(), min(oldest), max(oldest)) FROM {scene.database}.main") == "(227,-100,126)"


def case_the_beginnings_of_time(world):
    """A week or a zone's midnight that begins before the type does."""
    for number, (kind, value, step) in enumerate((
            ("Date", "toDate(number * 40)", "1 week"),
            ("DateTime('Europe/Berlin')", "toDateTime(number * 3600 * 5, 'Europe/Berlin')", "1 day"),
            ("DateTime64(6, 'America/New_York')", "toDateTime64('1900-01-01 00:00:00.000001', 6, 'UTC') + number * 3600 * 7",
             "1 week"),
            ("Date32", "toDate32('1900-01-01') + number * 13", "1 quarter"))):
        source = f"SELECT {value} AS at, number AS id FROM numbers(15)"
        scene = filled(world, f"type_begin_{number}", f"at {kind}, id UInt64", source,
                       f"chunk by at every {step} workers 2 verify content")
        scene.apply()
        same(world, scene, source)


def case_stray_values(world):
    """One row far away makes one chunk more, not tens of thousands without a row."""
    source = ("SELECT if(number = 7, toDateTime('2105-12-31 00:00:00', 'UTC'), if(number = 8, toDateTime(0, 'UTC'),"
              " toDateTime('2024-12-17 00:00:00', 'UTC') + number * 3600)) AS at, number AS id FROM numbers(100)")
    scene = filled(world, "stray", "at DateTime('UTC'), id UInt64", source, "chunk by at every 1 day")
    scene.apply()
    same(world, scene, source)
    assert chunks(world, scene) == 7, chunks(world, scene)


def case_values_the_type_cannot_hold(world):
    """They would be others when inserted: refused before anything is done, with what to write. `where` lets the rest in."""
    for number, (kind, value, step, condition) in enumerate((
            ("UInt32", "toInt64(number) - 5", "100", "at >= 0"),
            ("UInt8", "number * 5", "10", "at < 256"),
            ("DateTime('UTC')", "toDateTime64('2106-01-01 00:00:00', 3, 'UTC') + number * 86400", "1 month", "at < '2106-02-01'"),
            ("DateTime('UTC')", "toDateTime64('1969-12-01 00:00:00', 3, 'UTC') + number * 86400", "1 month", "at >= '1970-01-01'"),
            ("Date", "toDate32('2149-05-01') + number", "1 month", "at < '2149-06-01'"))):
        source = f"SELECT {value} AS at, number AS id FROM numbers(100)"
        scene = filled(world, f"cannot_hold_{number}", f"at {kind}, id UInt64", source, f"chunk by at every {step}")
        run = scene.apply(expect=EXIT_STOPPED)
        assert "cannot hold" in run.text and "where (" in run.text, run.text
        assert world.engine.one(f"SELECT count() FROM {scene.database}.main") == "0"
        scene.bfc.run("abort", scene.name)
        scene.migration(f"where ({condition}) chunk by at every {step}", source=source)
        scene.apply()
        same(world, scene, f"SELECT * FROM ({source}) WHERE {condition}")


def case_too_many_chunks(world):
    scene = filled(world, "too_many_chunks", "at DateTime('UTC'), id UInt64",
                   "SELECT toDateTime(number, 'UTC') AS at, number AS id FROM numbers(300000)", "chunk by at every 1 second")
    run = scene.apply(expect=EXIT_STOPPED)
    assert "more than 100000 chunks: take larger steps" in run.text, run.text


def case_no_rows(world):
    scene = filled(world, "no_chunks", "at DateTime('UTC'), id UInt64",
                   "SELECT toDateTime(number, 'UTC') AS at, number AS id FROM numbers(10) WHERE number > 10",
                   "chunk by at every 1 day")
    scene.apply()
    assert world.engine.one(f"SELECT count() FROM {scene.database}.main") == "0"


def case_nulls_have_a_chunk(world):
    source = ("SELECT if(number % 3 = 0, NULL, toDateTime('2024-12-17 00:00:00', 'UTC') + number * 3600) AS at, number AS id"
              " FROM numbers(100)")
    for number, clauses in enumerate(("nulls are history chunk by at every 1 day", "nulls are history chunk by id every 30",
                    "nulls are history split on at at '2024-12-19' chunk by at every 1 day from '2024-12-18'")):
        scene = filled(world, f"null_chunk_{number}", "at Nullable(DateTime('UTC')), id UInt64", source, clauses)
        scene.apply()
        same(world, scene, source if "split" not in clauses else
             f"SELECT * FROM ({source}) WHERE at >= '2024-12-18' AND at < '2024-12-19' OR at IS NULL")
    for step in ("1 day", "1 year"):
        scene = filled(world, f"null_skipped_{step[2:]}", "at DateTime('UTC'), id UInt64", source,
                       f"nulls are skipped chunk by at every {step}")
        scene.apply()
        same(world, scene, f"SELECT * FROM ({source}) WHERE at IS NOT NULL")


def case_rows_that_come_into_a_gap(world):
    """What comes to the source after the ranges were made, and before its chunk is loaded, is loaded."""
    scene = filled(world, "gap", "at DateTime('UTC'), id UInt64",
                   "SELECT at, id + throwIf(id > 0 AND (SELECT count() FROM t_gap.open) = 0, 'not yet') AS id FROM t_gap.old",
                   "split on at at '2024-12-31' chunk by at every 1 day")
    world.engine.sql("CREATE TABLE t_gap.old (at DateTime('UTC'), id UInt64) ENGINE = MergeTree ORDER BY id")
    world.engine.sql("CREATE TABLE t_gap.open (id UInt64) ENGINE = MergeTree ORDER BY id")
    world.engine.sql("INSERT INTO t_gap.old VALUES ('2024-12-01 00:00:00', 1), ('2024-12-20 00:00:00', 2)")
    run = scene.apply(expect=EXIT_STOPPED)
    assert "not yet" in run.text, run.text
    world.engine.sql("INSERT INTO t_gap.old VALUES ('2024-11-01', 3), ('2024-12-10', 4), ('2024-12-30', 5), ('2024-12-31', 6)")
    world.engine.sql("INSERT INTO t_gap.open VALUES (1)")
    scene.apply()
    assert chunks(world, scene) == 2
    same(world, scene, "SELECT * FROM t_gap.old WHERE at < '2024-12-31'")
