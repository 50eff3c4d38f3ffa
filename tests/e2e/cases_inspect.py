"""`bfc inspect`: what it writes compiles, and makes the same objects on an empty server."""
import http.server
import os
import re
import threading

from bfc import Bfc
from cases_engine import client_of, start
from engine import Engine

# Twenty tables of many kinds, cascades, names that need quotes and names that look as if they did.
SHOP = r"""
CREATE TABLE orders
(
    id UInt64, `at` DateTime('UTC') COMMENT 'when it''s done\n-- really;' CODEC(DoubleDelta, ZSTD(3)),
    customer LowCardinality(String), amount Decimal(18, 2) DEFAULT 0, day Date MATERIALIZED toDate(at),
    month Date ALIAS toStartOfMonth(at), raw String EPHEMERAL '', tags Array(String), n Nested(a Int64, b String),
    `odd name` Nullable(String), `back``tick` UInt8, m Map(String, Tuple(x Float64, `y z` String)), j JSON,
    e Enum8('a' = 1, 'b;--' = 2, 'c''' = 3), keep String TTL at + INTERVAL 1 MONTH, st UInt64 STATISTICS(minmax),
    INDEX ix amount TYPE minmax GRANULARITY 4, INDEX `bf x` customer TYPE bloom_filter(0.01) GRANULARITY 1,
    PROJECTION p (SELECT customer, sum(amount) GROUP BY customer), PROJECTION p2 (SELECT * ORDER BY customer),
    CONSTRAINT c CHECK amount >= 0, CONSTRAINT c2 ASSUME amount < 100000
)
ENGINE = MergeTree PARTITION BY toYYYYMM(at) PRIMARY KEY (customer, id) ORDER BY (customer, id, at) SAMPLE BY id
TTL at + INTERVAL 20 YEAR DELETE, at + INTERVAL 1 YEAR RECOMPRESS CODEC(ZSTD(9))
SETTINGS index_granularity = 4096, min_bytes_for_wide_part = 0, deduplicate_merge_projection_mode = 'drop'
COMMENT 'orders; -- all''of them';
CREATE TABLE per_day (day Date, customer String, amount SimpleAggregateFunction(sum, Decimal(38, 2)),
    u AggregateFunction(uniq, UInt64), n SimpleAggregateFunction(sum, UInt64))
ENGINE = AggregatingMergeTree ORDER BY (day, customer);
CREATE MATERIALIZED VIEW per_day_mv TO per_day AS
SELECT toDate(at) AS day, customer, sum(amount) AS amount, uniqState(id) AS u, count() AS n
FROM orders GROUP BY day, customer;
CREATE TABLE per_month (month Date, n UInt64) ENGINE = SummingMergeTree(n) ORDER BY month;
CREATE MATERIALIZED VIEW per_month_mv TO per_month AS
SELECT toStartOfMonth(day) AS month, sum(n) AS n FROM per_day GROUP BY month;
CREATE TABLE per_year (year UInt16, n UInt64) ENGINE = SummingMergeTree ORDER BY year;
CREATE MATERIALIZED VIEW a_yearly_mv TO per_year AS
WITH x AS (SELECT month, n FROM per_month) SELECT toYear(month) AS year, sum(n) AS n FROM x GROUP BY year;
CREATE TABLE customers (name String, country LowCardinality(String)) ENGINE = ReplacingMergeTree ORDER BY name;
CREATE TABLE per_country (country String, n UInt64) ENGINE = SummingMergeTree ORDER BY country;
CREATE MATERIALIZED VIEW per_country_mv TO per_country AS
SELECT c.country AS country, count() AS n FROM orders AS o LEFT JOIN customers AS c ON o.customer = c.name
WHERE o.customer != 'it''s `x` -- no' GROUP BY country;
CREATE TABLE entry (a UInt8, s String) ENGINE = Null COMMENT 'rows come in here';
CREATE TABLE kept (a UInt8, s String) ENGINE = MergeTree ORDER BY a;
CREATE MATERIALIZED VIEW kept_mv TO kept AS SELECT a, s FROM entry WHERE a > 0;
CREATE TABLE buffered AS kept ENGINE = Buffer(currentDatabase(), 'kept', 1, 10, 100, 10, 100, 10, 100);
CREATE TABLE memory (a UInt8) ENGINE = Memory SETTINGS max_rows_to_keep = 10;
CREATE TABLE log (a UInt8) ENGINE = Log;
CREATE TABLE filed (a Int32) ENGINE = File('CSV');
CREATE TABLE joined (a UInt8, b String) ENGINE = Join(ANY, LEFT, a);
CREATE TABLE a_set (a UInt8) ENGINE = Set;
CREATE TABLE merged AS kept ENGINE = Merge(currentDatabase(), '^kept$');
CREATE TABLE versioned (id UInt64 PRIMARY KEY, v UInt64, gone UInt8) ENGINE = ReplacingMergeTree(v, gone);
CREATE TABLE collapsed (k UInt64, sign Int8) ENGINE = CollapsingMergeTree(sign) ORDER BY k;
CREATE TABLE grouped (k UInt8, d Date, v UInt64) ENGINE = MergeTree ORDER BY k
TTL d + INTERVAL 20 YEAR GROUP BY k SET v = sum(v);
CREATE TABLE exotic (a Dynamic, v Variant(UInt8, String), t DateTime64(6, 'Asia/Tokyo'), b BFloat16, g Point, i IPv6,
    x FixedString(3) DEFAULT 'a\0b', f Float64 DEFAULT -1.5e-3, l Array(UInt8) DEFAULT arrayMap(x -> x + 1, [1, 2]),
    iv DateTime DEFAULT now() - INTERVAL 1 DAY, w Int16 DEFAULT a::Int16, z String DEFAULT 'täg\t''\\')
ENGINE = MergeTree ORDER BY tuple() PARTITION BY tuple();
CREATE TABLE `words` (`index` UInt8, `table` UInt8, `from` UInt8, `select` UInt8, `comment` String, `default` UInt8,
    `ttl` UInt8, `codec` UInt8, `alias` UInt8, `key` UInt8, `primary` UInt8, `order` UInt8, `settings` UInt8,
    `constraint` UInt8, `projection` UInt8, `source` UInt8, `view` UInt8, `chunk` UInt8, `check` UInt8, `null` UInt8,
    `date` Date, `timestamp` DateTime, `interval` UInt8, `array` UInt8, `statistics` UInt8, `materialized` UInt8,
    `ephemeral` UInt8, `1st` UInt8, `ä` UInt8, `x.y` UInt8)
ENGINE = MergeTree ORDER BY (`order`, `from`, `x.y`);
CREATE TABLE `table` (`a b` UInt8) ENGINE = MergeTree ORDER BY `a b`;
CREATE TABLE `quo``ted.name ä` (a UInt8) ENGINE = MergeTree ORDER BY a;
CREATE MATERIALIZED VIEW `a view, quoted` TO `quo``ted.name ä` AS SELECT `a b` AS a FROM `table`
COMMENT 'it''s `what`\n-- it says; "so"';
CREATE TABLE looked_up (k UInt8, v String) ENGINE = Join(ANY, LEFT, k);
CREATE TABLE a_looker (k UInt8, v String DEFAULT joinGet('shop.looked_up', 'v', k), w String MATERIALIZED joinGet(shop.looked_up, 'v', k))
ENGINE = MergeTree ORDER BY k;
CREATE TABLE `odd-1` (a UInt8) ENGINE = Log;
CREATE TABLE `odd_1` (a UInt8) ENGINE = Log;
CREATE TABLE `odd 1` (a UInt8) ENGINE = Log;
CREATE TABLE `Odd-1` (a UInt8) ENGINE = Log;
CREATE TABLE codecs (a UInt32 CODEC(T64('bit'), LZ4HC(5)), b Float64 CODEC(Gorilla(8), ZSTD(1)), c Float32 CODEC(FPC(12)),
    d Int64 CODEC(Delta(8), LZ4), e DateTime64(3) CODEC(DoubleDelta(8), LZ4), f Int64 CODEC(GCD, ZSTD(1)), g String CODEC(NONE),
    h String CODEC(Default), i LowCardinality(Nullable(String)) DEFAULT NULL, k SimpleAggregateFunction(groupArrayArray, Array(UInt64)),
    l AggregateFunction(quantiles(0.5, 0.9), UInt64), m Tuple(a UInt8, b Tuple(c String, `d e` Array(Nullable(Float32)))),
    n Map(LowCardinality(String), Array(Tuple(UInt8, String))), o JSON(max_dynamic_paths = 8, a.b UInt32, SKIP c), p Enum16('ä' = -5, '' = 300),
    q DateTime64(9, 'America/Argentina/Buenos_Aires'), r Decimal256(40), s Array(LowCardinality(String)), t UUID DEFAULT generateUUIDv4(),
    u IPv4, v Time, w Time64(3), x Nullable(FixedString(16)) TTL e::DateTime + toIntervalDay(3), y Bool DEFAULT true)
ENGINE = MergeTree ORDER BY (a, e) SETTINGS index_granularity_bytes = 1048576, allow_nullable_key = 1;
CREATE TABLE indices (a UInt64, s String, d Date, v Array(Float32), arr Array(String),
    INDEX i1 a TYPE minmax, INDEX i2 a TYPE set(100) GRANULARITY 2, INDEX i3 s TYPE ngrambf_v1(3, 256, 2, 0) GRANULARITY 1,
    INDEX i4 s TYPE tokenbf_v1(256, 2, 0) GRANULARITY 1, INDEX i5 (a * 2, lower(s)) TYPE bloom_filter GRANULARITY 3,
    INDEX i6 arr TYPE bloom_filter(0.001) GRANULARITY 1,
    PROJECTION p1 (SELECT d, sum(a) GROUP BY d), PROJECTION `p 2` (SELECT a, s ORDER BY s),
    CONSTRAINT `a b` CHECK a > 0, CONSTRAINT c2 ASSUME d > '2020-01-01')
ENGINE = ReplacingMergeTree(a) PARTITION BY (toYYYYMM(d), a % 4) ORDER BY (a, cityHash64(s)) SAMPLE BY cityHash64(s)
TTL d + INTERVAL 10 YEAR DELETE WHERE a > 5, d + INTERVAL 5 YEAR TO VOLUME 'default', d + INTERVAL 2 YEAR RECOMPRESS CODEC(ZSTD(17))
SETTINGS deduplicate_merge_projection_mode = 'rebuild'
COMMENT 'quotes \' "and" `ticks` \\ and ; -- more';
"""


# What has no declaration, with a piece of the reason.
FOREIGN = r"""
CREATE TABLE src (a UInt8, b UInt8) ENGINE = MergeTree ORDER BY a;
CREATE TABLE dst (a UInt8) ENGINE = MergeTree ORDER BY a;
CREATE VIEW plain AS SELECT a FROM src;
CREATE VIEW parametric AS SELECT a FROM src WHERE a = {x:UInt8};
CREATE MATERIALIZED VIEW inner_mv ENGINE = MergeTree ORDER BY a AS SELECT a FROM src;
CREATE MATERIALIZED VIEW on_inner_mv TO dst AS SELECT a FROM inner_mv;
CREATE MATERIALIZED VIEW refreshed REFRESH EVERY 1 DAY TO dst EMPTY AS SELECT a FROM src;
CREATE MATERIALIZED VIEW union_mv TO dst AS SELECT a FROM src UNION ALL SELECT b AS a FROM src;
CREATE MATERIALIZED VIEW extra_mv TO dst AS SELECT a, b AS nosuch FROM src SETTINGS allow_materialized_view_with_bad_select = 1;
CREATE MATERIALIZED VIEW fine_mv TO dst AS SELECT a FROM src COMMENT 'why it''s there';
CREATE DICTIONARY dict (k UInt64, v String) PRIMARY KEY k LAYOUT(FLAT()) LIFETIME(0)
SOURCE(HTTP(URL 'http://127.0.0.1:1/' FORMAT 'TSV' CREDENTIALS(USER 'u' PASSWORD 'topsecret')));
CREATE TABLE numbered AS numbers(10);
CREATE TABLE remote_one (a UInt8) ENGINE = URL('http://user:topsecret@127.0.0.1:1/x', 'CSV');
CREATE TABLE bfc_0123abcd_b1c1_a1_1_src (a UInt8) ENGINE = MergeTree ORDER BY a;
CREATE TABLE away (a UInt8) ENGINE = MergeTree ORDER BY a;
DETACH TABLE away PERMANENTLY;
CREATE TABLE bytes (a String DEFAULT '\xFF') ENGINE = Log;
"""
REASONS = {
    "plain": "an ordinary view", "parametric": "an ordinary view", "inner_mv": "a view without TO",
    "on_inner_mv": "fires on a view", "refreshed": "a refreshable view", "union_mv": "UNION",
    "extra_mv": "no column 'nosuch'", "dict": "a dictionary", "numbered": "a table function",
    "bytes": "not UTF-8",
}

TABLES = ("SELECT database, name, engine, create_table_query, engine_full, comment, as_select FROM system.tables "
          "WHERE database = '{}' ORDER BY name")
# `statistics` also has those that a server's configuration makes by itself.
COLUMNS = ("SELECT table, name, * EXCEPT (data_compressed_bytes, data_uncompressed_bytes, marks_bytes, statistics) "
           "FROM system.columns WHERE database = '{}' ORDER BY table, position")


class Inspected:
    """A database, and a bfc that looks at it."""

    def __init__(self, world, name, ddl):
        self.engine, self.database = world.engine, name
        self.directory = world.scratch(name)
        self.bfc = Bfc(self.directory)
        self.ddl(f"DROP DATABASE IF EXISTS `{name}` SYNC;\nCREATE DATABASE `{name}`;\n")
        self.ddl(ddl, database=name)

    def ddl(self, text, **settings):
        self.engine.script(text, allow_materialized_view_with_bad_select="1", **settings)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.ddl(f"DROP DATABASE IF EXISTS `{self.database}` SYNC;\n")

    def inspect(self, *words, target=None, expect=0, bfc=None):
        run = (bfc or self.bfc).run("inspect", "--target", target or self.engine.url, *words)
        assert run.code == expect, f"bfc inspect: exit {run.code}, not {expect}\n{run.text}"
        return run

    def file(self, name, text):
        path = os.path.join(self.directory, name)
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
        return path

    def check(self, path):
        run = self.bfc.run("check", path)
        assert run.code == 0 and "error" not in run.text, run.text

    def apply(self, path, target):
        run = self.bfc.run("apply", path, "--yes", "--target", target)
        assert run.code == 0, run.text


def compare(one, two, database):
    for query in (TABLES, COLUMNS):
        left, right = ({(row[0], row[1]): row for row in server.rows(query.format(database))} for server in (one, two))
        assert len(left) > 20 and left.keys() == right.keys(), left.keys() ^ right.keys()
        for key, row in left.items():
            assert row == right[key], f"{key}:\n  {row}\n  {right[key]}"


def case_inspect_and_make_anew(world):
    with Inspected(world, "shop", SHOP) as shop:
        first = shop.inspect("shop")
        assert "note" not in first.err, first.err
        path = shop.file("shop.bf", first.out)
        shop.check(path)
        for before, after in (("orders", "per_day"), ("per_day", "per_day_mv"), ("per_day_mv", "per_month_mv"),
                              ("per_month", "per_month_mv"), ("per_month_mv", "a_yearly_mv")):
            places = [re.search(rf"^(table|view) {name}\b", first.out, re.M).start() for name in (before, after)]
            assert places == sorted(places), f"{after} before {before}\n{first.out}"

        # The second server is made from the text alone, and has what the first one has.
        place = os.path.join(shop.directory, "anew")
        shop.apply(path, "embedded:" + place)
        again = shop.inspect("shop", target="embedded:" + place)
        assert again.out == first.out, again.out
        engine = start(shop.bfc, place)
        try:
            compare(world.engine, client_of(engine, place), "shop")
        finally:
            engine.interrupt()
            engine.wait(20)

        # On the first one all is as declared.
        shop.apply(path, world.engine.url)
        assert shop.inspect("shop").out == first.out
        out = os.path.join(shop.directory, "out.bf")
        assert shop.inspect("shop", "-o", out).out == ""
        with open(out, encoding="utf-8") as file:
            assert file.read() == first.out


def case_inspect_comment_of_a_view(world):
    ddl = ("CREATE TABLE src (a UInt8) ENGINE = MergeTree ORDER BY a;\n"
           "CREATE TABLE dst (a UInt8) ENGINE = MergeTree ORDER BY a;\n"
           "CREATE MATERIALIZED VIEW mv TO dst AS SELECT a FROM src COMMENT 'one';\n")
    with Inspected(world, "commented", ddl) as commented:
        text = commented.inspect("commented").out
        assert "\ncomment 'one'\n" in text, text
        run = commented.bfc.run("apply", commented.file("two.bf", text.replace("'one'", "'two'")), "--yes",
                                "--target", world.engine.url)
        assert run.code == 6 and 'view commented.mv has the comment "one", declared with "two"' in run.text, run.text
        for name, same in (("one.bf", text), ("none.bf", text.replace("comment 'one'", "").replace(
                "migration commented", "migration without_comment"))):
            commented.apply(commented.file(name, same), world.engine.url)


def case_inspect_one_table(world):
    with Inspected(world, "shop", SHOP) as shop:
        text = shop.inspect("shop.per_day", "--library").out
        names = re.findall(r"^(?:table|view) shop\.(\S+)", text, re.M)
        assert names == ["per_day", "per_month", "per_month_mv", "per_year", "a_yearly_mv"], text
        # What a view joins comes along, and what a table stands before.
        assert re.findall(r"^table (\S+)", shop.inspect("shop.per_country_mv").out, re.M) == [
            "customers", "orders", "per_country"]
        assert re.findall(r"^table (\S+)", shop.inspect("shop.buffered").out, re.M) == ["buffered", "kept"]
        text = shop.inspect("shop.`quo``ted.name ä`").out
        assert "table `quo\\`ted.name ä`" in text, text
        # A library's declarations are there for a migration.
        shop.file("live.bf", shop.inspect("shop.orders", "--library").out)
        shop.check(shop.file("use.bf", "use './live.bf';\ndatabase shop;\n"
                                       "view more_mv to per_country as SELECT customer AS country FROM orders;\n"))


def case_inspect_names_what_it_leaves_out(world):
    with Inspected(world, "foreign", FOREIGN) as foreign:
        run = foreign.inspect("foreign")
        text = run.out
        assert f"{len(REASONS)} of" in run.err, run.err
        for name, reason in REASONS.items():
            line = re.search(rf"^-- {name}: .*\n--     CREATE", text, re.M)
            assert line and reason in line.group(), f"{name}\n{text}"
        assert sorted(re.findall(r"^(?:table|view) (\S+)", text, re.M)) == ["dst", "fine_mv", "remote_one", "src"], text
        for piece in ("comment 'why it\\'s there'", "'[HIDDEN]' stands\ntable remote_one", "1 table called .inner",
                      "staged it: bfc_0123abcd_b1c1_a1_1_src", "`away`, which is detached"):
            assert piece in text, f"{piece}\n{text}"
        assert "topsecret" not in run.text
        path = foreign.file("foreign.bf", text)
        foreign.check(path)
        foreign.apply(path, "embedded:" + os.path.join(foreign.directory, "anew"))


def case_inspect_across_databases(world):
    near = "CREATE TABLE src (a UInt8) ENGINE = MergeTree ORDER BY a;\n"
    far = ("CREATE TABLE dst (a UInt8) ENGINE = MergeTree ORDER BY a;\n"
           "CREATE MATERIALIZED VIEW mv TO dst AS SELECT a FROM near_one.src;\n")
    with Inspected(world, "near_one", near) as one, Inspected(world, "far one", far) as two:
        assert "view `far one`.mv fires on it too" in one.inspect("near_one").out
        text = two.inspect("far one").out
        assert "external table near_one.src;" in text, text
        two.check(two.file("far.bf", text))
        text = one.inspect("near_one.src").out
        assert "external" not in text and "database `far one`;" in text, text
        path = one.file("all.bf", text)
        one.check(path)
        one.apply(path, "embedded:" + os.path.join(one.directory, "anew"))
        text = one.inspect().out
        assert "database bfc;" not in text and "database `far one`;" in text, text


def case_inspect_bad_input(world):
    with Inspected(world, "shop_two", "CREATE TABLE receipts (a UInt8) ENGINE = Log;\n") as shop:
        def says(piece, *words, **how):
            run = shop.inspect(*words, **how)
            assert piece in run.err and not run.out, run.text

        says("no database 'shop_tow'; did you mean 'shop_two'?", "shop_tow", expect=1)
        says("has no table 'recipts'; did you mean 'receipts'?", "shop_two.recipts", expect=1)
        says("did you mean the table, 'shop_two.receipts'?", "receipts", expect=1)
        says("is the server's own", "system.tables", expect=1)
        says("one DATABASE", "a", "b", expect=2)
        says("can't write", "shop_two", "-o", os.path.join(shop.directory, "no/such/place"), expect=3)


def case_inspect_with_few_rights(world):
    place = world.scratch("rights")
    users = {"blind": ("right", ["GRANT SHOW ON elsewhere.*"]), "half": ("right", ["GRANT SELECT ON d.src"])}
    with Engine(os.path.join(place, "engine"), users=users) as engine:
        engine.script("CREATE DATABASE d;\nCREATE TABLE d.src (a UInt8) ENGINE = Log;\n"
                      "CREATE TABLE d.dst (a UInt8) ENGINE = Log;\n"
                      "CREATE MATERIALIZED VIEW d.mv TO d.dst AS SELECT a FROM d.src;\n")
        run = Bfc(place, user="blind").run("inspect", "d", "--target", engine.url)
        assert run.code == 1 and "no database 'd'" in run.err and "right" in run.err, run.text
        run = Bfc(place, user="half").run("inspect", "d", "--target", engine.url)
        assert run.code == 0 and "table src" in run.out and "table dst" not in run.out, run.text
        assert "view d.mv fires on it too; this user can't see that view" in run.out, run.text
        run = Bfc(place, password="wrong").run("inspect", "d", "--target", engine.url)
        assert run.code == 3 and not run.out, run.text
    run = Bfc(place).run("inspect", "--target", engine.url)
    assert run.code == 3 and not run.out, run.text


def case_inspect_what_is_not_clickhouse(world):
    class Other(http.server.BaseHTTPRequestHandler):
        def do_POST(self):
            self.rfile.read(int(self.headers["Content-Length"]))
            self.send_response(200)
            self.send_header("Content-Length", "18")
            self.end_headers()
            self.wfile.write(b"<html>hello</html>")

        def log_message(self, *_):
            pass

    server = http.server.HTTPServer(("127.0.0.1", 0), Other)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        run = Bfc(world.directory).run("inspect", "--target", f"http://127.0.0.1:{server.server_port}/")
        assert run.code == 3 and not run.out and "ClickHouse" in run.err, run.text
    finally:
        server.shutdown()
        server.server_close()
