"""`backfill view`: a run that was given up leaves its views with their split. What the next run makes of them: each row counts once."""
import time

from bfc import EXIT_CHECK, EXIT_DONE
from cases_resume import killed_at
from cases_views import STRATEGIES, view_scene, while_rows_come
from view_scene import two_views

LOAD = r"b1\.chunk.*\.load"


def give_up(scene, at):
    killed_at(scene, at, 1)
    aborted = scene.bfc.run("abort", scene.name)
    assert aborted.code == EXIT_DONE and "0 chunks" in aborted.text, aborted.text


def split_of(scene, step="b1.split"):
    """What the newest run pinned."""
    return scene.client.one("SELECT JSONExtractString(JSONExtractArrayRaw(argMax(pinned, (epoch, seq)), "
                            f"'{step}')[1], -1) FROM bfc.journal WHERE migration = '{scene.name}' AND step = '{step}'")


def case_while_rows_come(world):
    """Given up at the gate, and when chunks are under way, with a pause: rows between the first split and now count once."""
    splits = {}

    def apply(scene):
        splits[scene.name] = []
        for at in (r"b1\.wait", LOAD, LOAD):
            give_up(scene, at)
            splits[scene.name].append(split_of(scene))
            time.sleep(1.5)
        scene.apply()
        splits[scene.name].append(split_of(scene))

    for strategy in STRATEGIES:
        while_rows_come(world, f"given_up_{strategy}", strategy, apply)
    for seen in splits.values():
        assert len(seen) == 4 and len(set(seen)) == 1, splits


def literal_scene(world, name, clauses="chunk by ts every 6 hours", strategy="null_engine"):
    return two_views(view_scene(world, name), strategy, clauses)


def case_literal(world):
    """The rows of the live side came when the views were there, though no clock can tell; another plan may go on, too."""
    for strategy in STRATEGIES:
        scene = literal_scene(world, f"given_up_literal_{strategy}", strategy=strategy)
        give_up(scene, LOAD)
        scene.live(300)
        scene.fill("sums_mv, days_mv", f"using {strategy} split on ts at '{scene.split}' chunk by ts every 1 day workers 2")
        give_up(scene, LOAD)
        scene.live(200)
        scene.run()


def case_unknown_column_type(world):
    """The table's columns are not declared: the split's type is asked."""
    scene = literal_scene(world, "given_up_asked")
    scene.ddl = scene.ddl.replace(scene.ddl[:scene.ddl.index(";") + 1], "external table main;")
    scene.fill("sums_mv, days_mv", f"using null_engine split on ts at '{scene.split}' chunk by ts every 1 day")
    give_up(scene, LOAD)
    scene.live(300)
    scene.run()


def case_mended_without_abort(world):
    """A plan that was changed before it loaded anything begins anew, with the views that are there."""
    scene = two_views(view_scene(world, "given_up_mended"), "null_engine", "chunk by ts every 1 day", split="now + 1 second")
    scene.live_at_end = 0
    killed_at(scene, r"b1\.bounds", 1)
    first = split_of(scene)
    scene.fill("sums_mv, days_mv", "using null_engine split on ts at now + 1 second")
    time.sleep(1.1)
    scene.run()
    assert split_of(scene) == first


def refused(scene, *words, name=None):
    run = scene.apply(expect=EXIT_CHECK)
    for word in words:
        assert word in run.text, f"no {word!r} in\n{run.text}"
    assert scene.bfc.run("abort", name or scene.name).code == EXIT_DONE
    assert not scene.leftovers()


def case_another_split(world):
    scene = literal_scene(world, "given_up_another")
    give_up(scene, LOAD)
    first = scene.split
    scene.live(300)
    scene.fill("sums_mv, days_mv", "using null_engine split on ts at '2024-12-17 09:00:00'")
    refused(scene, "sums_mv count from " + first, "the split is 2024-12-17 09:00:00")
    scene.fill("sums_mv, days_mv", f"using null_engine split on ts at '{first}'")
    scene.run()


def case_changed_by_hand(world):
    """A view that is no longer as the run left it may have missed rows."""
    scene = literal_scene(world, "given_up_by_hand")
    give_up(scene, LOAD)
    query = scene.client.one("SELECT as_select FROM system.tables WHERE name = 'sums_mv' AND database = currentDatabase()",
                             database=scene.database)
    target = scene.client.one("SELECT create_table_query FROM system.tables WHERE name = 'sums_mv' "
                              "AND database = currentDatabase()", database=scene.database)
    scene.client.sql("ALTER TABLE sums_mv MODIFY QUERY " + query.replace(">=", ">"), database=scene.database)
    refused(scene, "view ", "selects ", "MODIFY QUERY")
    # Made anew, it has the same text and is another one.
    scene.client.sql("DROP TABLE sums_mv SYNC", database=scene.database)
    scene.client.sql(target, database=scene.database)
    refused(scene, "selects ", "declared as")


def case_declared_otherwise(world):
    scene = literal_scene(world, "given_up_declared")
    give_up(scene, LOAD)
    scene.view_ddl = scene.view_ddl.replace("count() AS n, sum(value)", "count() AS n, sum(value + 1)")
    scene.fill("sums_mv, days_mv", f"using null_engine split on ts at '{scene.split}'")
    refused(scene, "selects ", "declared as")


def case_never_proven(world):
    """Killed between the view and the look whether a row came before it: what it missed is not known."""
    for at in (r"b1\.early", r"b1\.view\.days_mv"):
        scene = literal_scene(world, "given_up_unproven_" + at[4:8].rstrip("."))
        killed_at(scene, at, 1)
        assert scene.bfc.run("abort", scene.name).code == EXIT_DONE
        refused(scene, "selects ", "declared as")


def case_another_migration(world):
    """Its history may be in already: by the view's text nobody can tell."""
    scene = literal_scene(world, "given_up_and_renamed")
    give_up(scene, LOAD)
    with open(scene.bf, encoding="utf-8") as file:
        text = file.read()
    with open(scene.bf, "w", encoding="utf-8") as file:
        file.write(text.replace(f"migration {scene.name};", "migration given_up_by_another;"))
    refused(scene, "selects ", "another migration", "MODIFY QUERY", name="given_up_by_another")

    kept = literal_scene(world, "given_up_kept", "keep filter")
    kept.apply()
    with open(kept.bf, encoding="utf-8") as file:
        text = file.read()
    with open(kept.bf, "w", encoding="utf-8") as file:
        file.write(text.replace(f"migration {kept.name};", "migration given_up_kept_again;").replace("keep filter", ""))
    refused(kept, "selects ", "another migration", name="given_up_kept_again")


def case_dropped(world):
    """The views of the run are gone, and the targets emptied: it begins anew, with a split of its own."""
    scene = two_views(view_scene(world, "given_up_dropped"), "null_engine", "", split="now + 1 second")
    scene.live_at_end = 0
    give_up(scene, LOAD)
    first = split_of(scene)
    scene.client.script("DROP TABLE sums_mv SYNC;\nDROP TABLE days_mv SYNC;\n", database=scene.database)
    time.sleep(1.1)
    scene.run()
    assert split_of(scene) > first


def case_one_is_gone(world):
    """Of two views one was dropped: rows that it has not counted are not lost without a word."""
    scene = literal_scene(world, "given_up_one_gone")
    give_up(scene, LOAD)
    scene.client.sql("DROP TABLE days_mv SYNC", database=scene.database)
    scene.live(300)
    refused(scene, "300 rows from")


def case_published_goes_on(world):
    """Where a chunk was published the same plan goes on: nothing of this is asked again."""
    scene = literal_scene(world, "given_up_published")
    killed_at(scene, LOAD, 3)
    scene.live(300)
    assert "0 chunks" not in scene.bfc.run("abort", scene.name).text
    scene.live(100)
    scene.run()


def case_plan_says_the_split(world):
    scene = two_views(view_scene(world, "given_up_plan"), "null_engine", "", split="now + 1 second")
    give_up(scene, LOAD)
    run = scene.bfc.run("plan", scene.bf)
    assert run.code == EXIT_DONE and f"split = {split_of(scene)}" in run.text, run.text
