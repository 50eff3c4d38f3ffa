"""Every combination of a backfill's clauses that the language has words for, and what the language says of each.

The rules here are written from the reference (grammar/README.md), not from the compiler: a combination is either
refused, with a code that is expected, or it compiles. `Combination.text` is the backfill's clauses;
check_combinations.py compiles them all, and tests/e2e/cases_combinations.py runs a sample on the engine.
"""
import random
from dataclasses import dataclass

SPLIT_ROW = 2833  # the first row of its day: the split says the same in every column
SPLITS = {"ts": "'2024-12-19 00:00:00'", "at": "'2024-12-19 00:00:00.000'", "day": "'2024-12-19'",
          "id": str(SPLIT_ROW), "maybe": "'2024-12-19 00:00:00'"}
WIDTHS = {"ts": "9 hours", "at": "1 day", "day": "2 days", "id": "700", "maybe": "1 week"}
TABLE_STRATEGIES = ("", "duplicate", "direct unsafe", "direct", "null_engine", "pause_and_attach")
VIEW_STRATEGIES = ("duplicate", "null_engine", "direct unsafe", "direct", "pause_and_attach",
                   "pause_and_attach with duplicate", "pause_and_attach with null_engine", "")
PAUSES = ("", "pause ingest by hand 'stop the loader'", "pause ingest by command 'stop' resume by command 'start'",
          "pause ingest by detach queue", "pause ingest by hand 'stop it' within 30 seconds")


@dataclass(frozen=True)
class Combination:
    of_view: bool = False
    strategy: str = ""
    split: str = ""      # '', or COLUMN KIND: literal, earliest, now
    overlap: bool = False
    settle: bool = False
    where: bool = False
    nulls: str = ""      # '', history, skipped
    chunk: str = ""      # '', a column, files, listing, partition
    reach: bool = False  # from … to …, of a column
    workers: str = ""
    publish: str = ""
    settings: str = ""
    verify: str = ""
    keep: bool = False
    pause: str = ""

    @property
    def split_column(self):
        return self.split.partition(" ")[0]

    @property
    def split_kind(self):
        return self.split.partition(" ")[2]

    @property
    def by_column(self):
        return self.chunk in WIDTHS

    @property
    def direct(self):
        return self.strategy.startswith("direct")

    @property
    def pauses(self):
        return self.strategy.startswith("pause_and_attach")

    def split_text(self):
        point = {"literal": SPLITS.get(self.split_column), "earliest": "earliest",
                 "now": "now + 1 day" if self.split_column == "day" else "now + 2 seconds"}[self.split_kind]
        return f"split on {self.split_column} at {point}" + " overlap is fine" * self.overlap \
            + " settle 1 second" * self.settle

    def chunk_text(self):
        if not self.by_column:
            return {"files": "chunk by files 2", "listing": "chunk by files 2"}.get(self.chunk, f"chunk by {self.chunk}")
        first = {"ts": "'2024-12-17 00:00:00'", "at": "'2024-12-17 00:00:00'", "day": "'2024-12-17'", "id": "0",
                 "maybe": "'2024-12-17'"}[self.chunk]
        return f"chunk by {self.chunk} every {WIDTHS[self.chunk]}" \
            + f" from {first} to {SPLITS[self.chunk]}" * self.reach

    @property
    def clauses(self):
        return [text for text in (
            f"using {self.strategy}" * bool(self.strategy), self.split_text() if self.split else "",
            "where (value % 3 != 0)" * self.where, f"nulls are {self.nulls}" * bool(self.nulls),
            self.chunk_text() if self.chunk else "", f"workers {self.workers}" * bool(self.workers),
            f"publish {self.publish}" * bool(self.publish), self.pause, "keep filter" * self.keep,
            f"verify {self.verify}" * bool(self.verify), f"settings {self.settings}" * bool(self.settings)) if text]

    @property
    def text(self):
        return "\n  ".join(self.clauses)

    def __str__(self):
        return ("view " if self.of_view else "table ") + (" ".join(self.clauses) or "with no clause")

    def refusals(self):
        """Codes that the language refuses it with; empty: it compiles."""
        codes = set()
        codes |= self.refused_by_strategy() | self.refused_split() | self.refused_nulls()
        if self.chunk in ("files", "listing") and self.of_view or self.direct and self.publish == "at end" \
                or self.direct and self.verify in ("rows", "content"):
            codes.add("BF160")
        if self.keep and (not self.of_view or self.pauses) or self.pause and not self.pauses:
            codes.add("BF160")
        if self.workers in ("3", "auto") and not self.chunk:
            codes.add("BF150")
        return codes

    def refused_by_strategy(self):
        codes = set()
        if self.strategy == "direct":
            codes.add("BF163")
        if not self.of_view and (self.pauses or self.strategy == "null_engine"):
            codes.add("BF160")
        if self.of_view and not self.strategy or self.pauses and not self.pause \
                or self.of_view and not self.split and not self.pauses:
            codes.add("BF024")
        return codes

    def refused_split(self):
        codes, kind = set(), self.split_kind
        if self.split and self.pauses or kind == "earliest" and (self.of_view or self.overlap or self.settle) \
                or kind == "now" and not self.of_view:
            codes.add("BF160")
        if self.split_column == "id" and (kind == "now" or self.settle):
            codes.add("BF143")
        return codes

    def refused_nulls(self):
        codes = set()
        boundary = self.split or self.by_column
        if self.nulls and not boundary:
            codes.add("BF160")
        if not self.nulls and "maybe" in (self.split_column, self.chunk):
            codes.add("BF146")
        if self.of_view and self.nulls == "history" and self.split_column == "maybe":
            codes.add("BF168")
        return codes


def choices(of_view):
    """What each clause may be; words that need another clause are left out by proper()."""
    columns = ("ts", "at", "day", "id", "maybe")
    return {
        "of_view": (of_view,),
        "strategy": VIEW_STRATEGIES if of_view else TABLE_STRATEGIES,
        "split": ("",) + tuple(f"{column} {kind}" for column in columns for kind in ("literal", "earliest", "now")),
        "overlap": (False, True), "settle": (False, True), "where": (False, True),
        "nulls": ("", "history", "skipped"),
        "chunk": ("",) + columns + ("files", "listing", "partition"),
        "reach": (False, True), "workers": ("", "1", "3", "auto"), "publish": ("", "each chunk", "at end"),
        "settings": ("", "low_memory", "balanced, max_threads = 2", "fast", "max_memory_usage = '2Gi'"),
        "verify": ("", "rows", "content", "nothing"), "keep": (False, True), "pause": PAUSES,
    }


def proper(one):
    """False for what has no words: a clause behind another that is not there."""
    return not ((one.overlap or one.settle) and not one.split or one.reach and not one.by_column)


def sample(count, seed, of_view, wanted=lambda one: True):
    """`count` of them, by chance."""
    dice, options = random.Random(f"{seed} {of_view}"), choices(of_view)
    while count:
        one = Combination(**{name: dice.choice(values) for name, values in options.items()})
        if proper(one) and wanted(one):
            count -= 1
            yield one

