"""`verify content`: what it compares, on tables of many blocks, and that it sees a row that is not as it should be."""
from bfc import Bfc, EXIT_CHECK
from proxy import Proxy

SMALL_BLOCKS = "settings max_block_size = 200, min_insert_block_size_rows = 200, min_insert_block_size_bytes = 1"
# Every kind of column of a view's target, of several blocks a group.
TARGETS = """CREATE TABLE states (country String, people AggregateFunction(uniq, String), mean AggregateFunction(avg, Int64),
    low SimpleAggregateFunction(min, Int64), total SimpleAggregateFunction(sum, Int64),
    middle AggregateFunction(quantile, Int64)) ENGINE = AggregatingMergeTree ORDER BY country;
CREATE MATERIALIZED VIEW states_mv TO states AS
SELECT country, uniqState(toString(project)) AS people, avgState(value) AS mean, min(value) AS low, sum(value) AS total,
    quantileState(value) AS middle FROM main GROUP BY country;
CREATE TABLE sums (project String, n UInt64, total Int64, share Float64) ENGINE = SummingMergeTree ORDER BY project;
CREATE MATERIALIZED VIEW sums_mv TO sums AS
SELECT project, count() AS n, sum(value) AS total, sum(value / 3) AS share FROM main GROUP BY project;
CREATE TABLE copies (id UInt64, half Int64) ENGINE = MergeTree ORDER BY id;
CREATE MATERIALIZED VIEW copies_mv TO copies AS SELECT id, intDiv(value, 2) AS half FROM main;
"""
MAIN = """CREATE TABLE main (ts DateTime('UTC'), project LowCardinality(String) DEFAULT 'none', id UInt64, value Int64,
    country LowCardinality(String)) ENGINE = MergeTree PARTITION BY toYYYYMMDD(ts) ORDER BY (project, ts);
"""


def prepared(world, name, verify="verify content", nulls=""):
    scene = world.scene(f"content_{name}")
    scene.tables(MAIN + TARGETS)
    scene.history()
    scene.live()
    scene.migration(f"split on ts at earliest chunk by files 2 {nulls} {verify} {SMALL_BLOCKS}")
    return scene


def case_every_kind_of_target(world):
    scene = prepared(world, "kinds")
    scene.expect("SELECT country, uniqMerge(people), avgMerge(mean), min(low), sum(total) FROM states GROUP BY country",
                 "SELECT country, uniq(toString(project)), avg(value), min(value), sum(value) FROM {all} GROUP BY country")
    scene.expect("SELECT project, sum(n), sum(total) FROM sums GROUP BY project",
                 "SELECT project, count(), sum(value) FROM {all} GROUP BY project")
    scene.expect("SELECT id, half FROM copies", "SELECT id, intDiv(value, 2) FROM {all}")
    scene.run()
    plan = scene.bfc.run("compile", "--emit", "sql", scene.bf).out
    for step in ("verify.content", "verify.content.states", "verify.content.sums", "verify.content.copies"):
        assert f"[b1.chunk.{step}]" in plan, f"no step {step}"
    # Reservoirs and floating-point sums depend on the order of rows.
    assert "left out" in plan and "middle" in plan and "share" in plan


def tampered(world, name, step, change, says="checksum"):
    """Changes a staged table just before a check of it."""
    scene = prepared(world, name)
    done = []

    def decide(_, request):
        if step in request.text and "AS expected" in request.text and not done:
            done.append(1)
            rows = scene.client.rows(
                f"SELECT name FROM system.tables WHERE database = '{scene.database}' AND name LIKE 'bfc_%' "
                f"AND engine LIKE '%MergeTree' AND endsWith(name, '_{change[0]}')")
            scene.client.sql(f"ALTER TABLE `{rows[0][0]}` {change[1]}", database=scene.database,
                             mutations_sync="1")
        return "pass"

    proxy = Proxy(world.engine.port, decide)
    try:
        run = Bfc(scene.directory, proxy.url).run("apply", scene.bf, "--yes")
    finally:
        proxy.close()
    assert done, "the check was never asked"
    assert run.code == EXIT_CHECK and says in run.text, run.text
    assert scene.client.one(f"SELECT count() FROM `{scene.database}`.main") == str(scene.live_rows)
    scene.apply()
    scene.check()


def case_sees_a_changed_row(world):
    tampered(world, "row", "checksum of", ("main", "UPDATE value = value + 1 WHERE id = 7"))


def case_sees_a_changed_sum(world):
    tampered(world, "sum", ".sums: ", ("sums", "UPDATE n = n + 1 WHERE n > 0"))


def case_sees_a_changed_state(world):
    tampered(world, "state", ".states: ", ("states", "UPDATE total = total + 1 WHERE 1"))


def case_sees_a_changed_copy(world):
    tampered(world, "copy", ".copies: ", ("copies", "UPDATE half = half + 1 WHERE id = 7"))


def case_sees_a_lost_group(world):
    """The counts don't add up, and making the groups again tells why."""
    tampered(world, "group", "rows for ", ("sums", "DELETE WHERE n > 0"), "groups: ")
