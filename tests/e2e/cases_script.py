"""The plan as a script: a person with no bfc runs it by hand, and one who does not look pipes it through.

Nothing here is told what the plan is: the statements, what they must return, and which values are to be copied from
where, come out of the script's own text.
"""
import re

from cases_shapes import simple
from engine import ServerError

TITLE = re.compile(r"-- \[([A-Za-z0-9_.-]+)\] ")
LOOP = re.compile(r"-- Once for each row of \[(.+?)\](?: with (\w+) = '(.*)')?(?:, in order)?:")
COPY = re.compile(r"SET param_(\w+) = ''; -- copy column (\w+) of \[(.+?)\]")
APPENDIX = "-- ======== Appendix"
BY_DAY = "PARTITION BY toDate(ts) ORDER BY (project, ts)"


def statements(script):
    """(its comment lines, statement): a comment belongs to the statement after it."""
    comments, lines = [], []
    for line in script.split("\n"):
        if not lines and (line.startswith("--") or not line):
            comments.append(line)
            continue
        lines.append(line)
        if line.endswith(";") or COPY.match(line) or re.match(r"SET param_\w+ = '.*'; -- ", line):
            yield comments, "\n".join(lines)
            comments, lines = [], []
    assert not lines, f"a statement without an end: {lines}"


class Person:
    """Sits at a session, reads comments, runs one statement after the other."""

    def __init__(self, client, session):
        self.client, self.session = client, session
        self.rows = {}  # id of a step: rows, as {column: value}
        self.count = self.asserted = self.moved = 0

    def run(self, sql):
        self.count += 1
        text = self.client.sql(sql.rsplit(";", 1)[0], session_id=self.session,
                               default_format="TSVWithNames", wait_end_of_query="1")
        names, *rows = [line.split("\t") for line in text.split("\n")[:-1]] or [[]]
        return [dict(zip(names, row)) for row in rows]

    def copy(self, sql, row):
        name, column, step = COPY.match(sql).groups()
        (row,) = [row] if row else self.rows[step]
        # The reply is escaped once, as the parameter wants it; the literal around it once more.
        value = row[column].replace("\\", "\\\\").replace("'", "\\'")
        self.run(f"SET param_{name} = '{value}';")

    def one(self, step, comments, sql, row=None):
        if COPY.match(sql):
            self.copy(sql, row)
            return
        rows = self.run(sql)
        if step:
            self.rows[step] = rows
        self.moved += "MOVE PARTITION" in sql
        if any(line.startswith("-- must return 1") for line in comments):
            self.asserted += 1
            assert len(rows) == 1 and list(rows[0].values())[0] in ("1", "true"), f"[{step}] returned {rows}\n{sql}"

    def play(self, script):
        step, loop, body = None, None, []
        for comments, sql in statements(script.split(APPENDIX)[0]):
            for line in comments:
                if match := TITLE.match(line):
                    step = match[1]
                if match := LOOP.match(line):
                    loop, body = match.groups(), []
            if not loop:
                self.one(step, comments, sql)
                continue
            body.append((comments, sql))
            if COPY.match(sql):
                continue
            over, column, value = loop
            for row in self.rows[over]:
                if not column or row[column] == value:
                    for part in body:
                        self.one(None, *part, row=row)
            loop = None


def script_of(scene):
    run = scene.bfc.run("compile", scene.bf)
    assert run.code == 0, run.text
    return run.out


def case_script_by_hand(world):
    scene = simple(world, "script_by_hand", "split on ts at earliest verify content", BY_DAY, rows=2000)
    person = Person(world.engine, "script_by_hand")
    person.play(script_of(scene))
    # Two days of the main table, and the view's target.
    assert person.moved >= 3, f"{person.moved} moves"
    assert person.asserted >= 8, f"{person.asserted} statements that must return 1"
    scene.check()


def case_script_by_hand_creates_what_is_missing(world):
    scene = simple(world, "script_creates", "split on ts at '2024-12-18 06:00:00' verify rows", BY_DAY, rows=2000,
                   live=False)
    before = world.engine.rows("SELECT name, create_table_query, as_select FROM system.tables "
                               f"WHERE database = '{scene.database}' ORDER BY name")
    world.engine.sql(f"DROP DATABASE {scene.database} SYNC")
    person = Person(world.engine, "script_creates")
    person.play(script_of(scene))
    after = world.engine.rows("SELECT name, create_table_query, as_select FROM system.tables "
                              f"WHERE database = '{scene.database}' ORDER BY name")
    assert before == after, f"{before}\nbecame\n{after}"
    assert not scene.leftovers(), scene.leftovers()


def piped(world, scene, session):
    """As `clickhouse-client < plan.sql` does it: until the first error, without looking. Returns the error."""
    for _, sql in statements(script_of(scene)):
        try:
            world.engine.sql(sql.rsplit(";", 1)[0], session_id=session)
        except ServerError as error:
            return str(error)
    return ""


def case_script_piped_through_publishes_nothing(world):
    # A split stops it at the load, where its value is missing; without one it gets as far as the seal.
    for name, clauses, stop in (("piped_split", "split on ts at earliest", "INSERT INTO"),
                                ("piped_seal", "where (ts < '2024-12-18 06:00:00')", "parts_most")):
        scene = simple(world, name, clauses, BY_DAY, rows=2000)
        before = [scene.content(f"SELECT * FROM {table}") for table in ("main", "sums")]
        error = piped(world, scene, name)
        assert stop in error, error
        assert before == [scene.content(f"SELECT * FROM {table}") for table in ("main", "sums")], error


def case_scratch_twins_of_a_killed_run_are_swept(world):
    scene = simple(world, "twins", "split on ts at earliest", BY_DAY, rows=2000)
    prefix = re.search(r"CREATE OR REPLACE TABLE \S+\.(bfc_[0-9a-f]{8}_check_)main", script_of(scene))[1]
    world.engine.script(f"CREATE TABLE {prefix}main (other UInt8) ENGINE = Null;\n"
                        f"CREATE VIEW {prefix}sums_mv AS SELECT 1;\n"
                        f"CREATE TABLE {prefix}gone (a UInt8) ENGINE = MergeTree ORDER BY a", database=scene.database)
    scene.run()
