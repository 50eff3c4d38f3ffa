"""Times that views round down and group by: constants in chunks that have one of them each, and the same groups."""
from scene import Scene, literal

# Nights in which clocks are put back, by an hour and by half of one; in UTC.
BERLIN, LORD_HOWE = "2024-10-26 14:00:00", "2024-04-06 09:00:00"
# A row in about 20 seconds for 18 hours, and none for an hour of them.
ROWS = """SELECT toDateTime('{begin}', 'UTC') + 20 * number + cityHash64(number) % 20 AS moment,
    concat('page ', toString(cityHash64(number, 1) % 7)) AS page, cityHash64(number, 2) % 100 AS ms
FROM numbers(18 * 180) WHERE number NOT BETWEEN 900 AND 1100"""
# As text: of DateTime64 some have another type than a constant of them has.
ROUNDED = {
    "hour": "toStartOfHour(ts)", "quarter": "toStartOfInterval(ts, INTERVAL 15 MINUTE)",
    "zone_day": "toDate(ts, 'Asia/Tokyo')", "day": "toStartOfDay(ts)", "week": "toStartOfWeek(ts, 1)", "month": "toYYYYMM(ts)",
}


class Rounded(Scene):
    def __init__(self, world, name, type_of_time, rounded, begin=BERLIN):
        super().__init__(world.engine, world.directory, name)
        self.history = ROWS.format(begin=begin)
        self.client.script(f"""CREATE TABLE main (ts {type_of_time}, page String, ms UInt32) ENGINE = MergeTree ORDER BY ts;
INSERT INTO main SELECT CAST(moment AS {type_of_time}), page, ms FROM ({self.history});""", database=self.database)
        self.rounded = {key: ROUNDED[key] for key in rounded}
        self.types = {key: self.client.one(f"SELECT toTypeName({text}) FROM main LIMIT 1", database=self.database)
                      for key, text in self.rounded.items()}
        self.type_of_time = type_of_time

    def sql(self, key, table="main"):
        return (f"SELECT {self.rounded[key]} AS `rounded {key}`, page, count() AS n, sum(ms) AS total "
                f"FROM {table} GROUP BY page, `rounded {key}`")

    def write(self, clauses):
        with open(self.bf, "w", encoding="utf-8") as file:
            file.write(f"migration {self.name};\ndatabase {self.database};\n"
                       f"external table main (ts {self.type_of_time}, page String, ms UInt32);\n")
            for key, type_name in self.types.items():
                file.write(f"table t_{key} (`rounded {key}` {type_name}, page String, n UInt64, total UInt64)\n"
                           f"engine = SummingMergeTree order by (page, `rounded {key}`);\n"
                           f"view v_{key} to t_{key} as {self.sql(key)};\n")
            file.write(f"backfill view {', '.join('v_' + key for key in self.types)}\n{clauses};\n")

    def check_all(self, constants):
        """`constants`: the views in whose queries one was looked for."""
        self.apply()
        loads = self.bfc.run("compile", self.bf).text.split("\n-- [b1.chunk.load.")[1:]
        found = {load.split("]")[0].removeprefix("v_") for load in loads if "enable_analyzer = 1" in load.split(";")[0]}
        assert found == set(constants), found
        for key in self.types:
            got = self.content(f"SELECT `rounded {key}`, page, sum(n), sum(total) FROM t_{key} GROUP BY ALL")
            want = self.content(self.sql(key))
            assert got == want and got[0] != "0", f"{key}: {got}, should be {want}"
        assert not self.leftovers(), self.leftovers()


def case_time_zones(world):
    for number, (zone, begin) in enumerate({"Europe/Berlin": BERLIN, "Australia/Lord_Howe": LORD_HOWE,
                                            "Asia/Kathmandu": BERLIN}.items()):
        scene = Rounded(world, f"rounded_zone_{number}", f"DateTime({literal(zone)})", ROUNDED, begin)
        scene.write("using duplicate split on ts at '2025-01-01 00:00:00' chunk by ts every 1 hour workers 2")
        scene.check_all(["hour", "zone_day", "day", "week", "month"])


def case_steps(world):
    """Short ones; ones that begin within an hour, and are no hours; and of days that are longer than others."""
    for number, (step, constants) in enumerate({
            "15 minutes": ["quarter", "hour", "zone_day", "week"], "45 minutes": ["hour", "zone_day", "week"],
            "7 hours": ["zone_day", "week"], "1 day": ["zone_day", "week"], "1 week": ["week"]}.items()):
        scene = Rounded(world, f"rounded_step_{number}", "DateTime('Europe/Berlin')", ["quarter", "hour", "zone_day", "week"])
        scene.write(f"using duplicate split on ts at '2024-10-27 06:06:06' chunk by ts every {step}")
        scene.client.sql("ALTER TABLE main DELETE WHERE ts >= '2024-10-27 06:06:06' SETTINGS mutations_sync = 2",
                         database=scene.database)
        scene.check_all(constants)


def case_types(world):
    """What follows the last value below a chunk's end; hours from 1950 on, of which results of 32 bits know nothing."""
    for number, (kind, step) in enumerate({"DateTime": "1 hour", "DateTime64(3)": "1 hour", "DateTime64(9, 'Asia/Tokyo')": "1 hour",
                                           "Date": "1 day", "Date32": "1 day"}.items()):
        rounded = ["day", "week", "month"] if kind.startswith("Date") and "Time" not in kind else ROUNDED
        scene = Rounded(world, f"rounded_type_{number}", kind, rounded)
        if kind == "DateTime64(3)":
            scene.client.sql("INSERT INTO main SELECT toDateTime64('1950-01-01 00:00:00', 3, 'UTC') + number / 1000, 'old', 1 "
                             "FROM numbers(7200000) WHERE number % 17999 < 3 OR number % 3600000 > 3599990",
                             database=scene.database)
        scene.write(f"using duplicate split on ts at '2025-01-01' chunk by ts every {step} workers 2")
        scene.check_all([key for key in rounded if key != "quarter"])


def case_conditions(world):
    """Also with rows of the user's choice, in a snapshot, and with the analyzer chosen, which leaves the query as it is."""
    scene = Rounded(world, "rounded_where", "DateTime('UTC')", ROUNDED)
    scene.write("using pause_and_attach with duplicate pause ingest by command 'true' resume by command 'true' "
                "where (ms >= 0) chunk by ts every 1 hour")
    scene.check_all(["hour", "zone_day", "day", "week", "month"])
    for name in ("enable_analyzer", "allow_experimental_analyzer"):
        scene = Rounded(world, f"rounded_{name}", "DateTime('UTC')", ["hour"])
        scene.write("using duplicate split on ts at '2025-01-01 00:00:00' chunk by ts every 1 hour "
                    f"settings {name} = 0")
        scene.check_all([])


def case_rows_come_into_gaps(world):
    """A chunk reaches to where the next one begins: rows that came later, into a gap, are of other hours."""
    scene = Rounded(world, "rounded_gaps", "DateTime('UTC')", ["hour", "day"])
    scene.client.sql("ALTER TABLE main DELETE WHERE toHour(ts) % 9 != 3 SETTINGS mutations_sync = 2", database=scene.database)
    scene.write("using duplicate split on ts at '2025-01-01 00:00:00' chunk by ts every 1 hour "
                f"throttle when (SELECT sleep(1) = 0 AND count() = 0 FROM {scene.database}.main WHERE page = 'late')")
    run = scene.bfc.start("apply", scene.bf, "--yes")
    while scene.client.one("SELECT count() FROM bfc.journal WHERE step = 'b1.bounds' AND migration = 'rounded_gaps'") == "0":
        assert run.child.poll() is None, run.wait().text
    scene.client.sql(f"INSERT INTO main SELECT moment, 'late', 1 FROM ({scene.history})", database=scene.database)
    run = run.wait()
    assert run.code == 0, run.text
    # The view was there by then: what came is counted by nobody but the history.
    scene.check_all(["hour", "day"])
