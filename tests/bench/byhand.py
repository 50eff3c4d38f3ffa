"""The statements of a plan, sent as a person would send them: one after the other, with curl.

record() walks through the plan once, asks the server what has to be known (the split, the files, the
partitions), fills in the parameters and notes every statement. What is timed is only the
replay of that list: no thinking, no journal, no lock, one connection that is kept alive.
"""
import os
import subprocess
import urllib.parse

from server import escape


class Statement:
    def __init__(self, sql, parameters):
        self.sql, self.parameters = sql, parameters


class Recorder:
    def __init__(self, plan, server, parameters):
        self.plan, self.server = plan, server
        self.settings = {name: value.strip("'") for name, value in plan["pinned_settings"].items()}
        self.scope = {p["name"]: p["default"] for p in plan["parameters"] if "default" in p}
        self.scope.update(parameters)
        self.answers = {}
        self.statements = []

    def send(self, step, scope):
        parameters = {use["name"]: scope[use["name"]] for use in step.get("uses", [])}
        rows = self.server.query(step["sql"], parameters, self.settings)
        self.statements.append(Statement(step["sql"], parameters))
        return rows

    def run(self, step, scope):
        # Steps that only a resumed run has, or one without memory, belong to no undisturbed one.
        if step["when"] in ("resumed", "restarted", "split"):
            return
        if step["kind"] == "each":
            self.each(step, scope)
            return
        answer = self.send(step, scope)
        if step["kind"] == "assert":
            if answer.rows[0][0] not in ("1", "true"):
                raise SystemExit(f"by hand: {step['id']} does not hold: {answer.rows[0]}")
        elif step["kind"] == "probe":
            self.answers[step["id"]] = answer
            if step.get("one_row"):
                scope.update(zip(answer.columns, answer.rows[0]))

    def rows_of(self, each):
        if not each.get("over"):
            return each.get("columns", []), each["rows"]
        answer = self.answers[each["over"]]
        rows = answer.rows
        if each.get("only_column"):
            at = answer.columns.index(each["only_column"])
            rows = [row for row in rows if row[at] == each["only_value"]]
        return answer.columns, rows

    def each(self, step, scope):
        each = step["each"]
        columns, rows = self.rows_of(each)
        for number, row in enumerate(rows, 1):
            inner = dict(scope)
            inner.update(zip(columns, row))
            for k, thing in enumerate(each.get("objects", [])):
                inner[thing["param"]] = f"bfc_{self.plan['tag']}_hand_c{number}_{k}_{thing['original']}"
            for body_step in each["body"]:
                self.run(body_step, inner)


def record(plan, server, parameters):
    recorder = Recorder(plan, server, parameters)
    for step in plan["steps"]:
        recorder.run(step, recorder.scope)
    return recorder


def quoted(text):
    """A value in a curl configuration."""
    for plain, escaped in (("\\", "\\\\"), ('"', '\\"'), ("\n", "\\n"), ("\t", "\\t"), ("\r", "\\r")):
        text = text.replace(plain, escaped)
    return f'"{text}"'


def configuration(statement, server, settings):
    lines = [f"url = {quoted(server.url + '?wait_end_of_query=1&' + urllib.parse.urlencode(settings))}",
             "silent", "show-error", "fail-with-body",
             f"form-string = {quoted('query=' + statement.sql)}"]
    lines += [f"header = {quoted(f'{name}: {value}')}" for name, value in server.headers().items()]
    lines += [f"form-string = {quoted(f'param_{name}={escape(value)}')}"
              for name, value in statement.parameters.items()]
    return "\n".join(lines) + "\n"


class Session:
    """One curl for all statements: the fastest that a person can do."""

    name = "one curl, one connection"

    def __init__(self, recorder, folder):
        self.path = f"{folder}/session.curl"
        parts = [configuration(s, recorder.server, recorder.settings) for s in recorder.statements]
        write_private(self.path, "fail-early\n" + "next\n".join(parts))
        self.command = ["curl", "--config", self.path]


class Script:
    """A shell script with one curl a statement."""

    name = "one curl a statement"

    def __init__(self, recorder, folder):
        lines = ["set -e"]
        for number, statement in enumerate(recorder.statements):
            path = f"{folder}/statement-{number:06}.curl"
            write_private(path, configuration(statement, recorder.server, recorder.settings))
            lines.append(f"curl --config {path}")
        self.path = f"{folder}/script.sh"
        write_private(self.path, "\n".join(lines) + "\n")
        self.command = ["bash", self.path]


def write_private(path, text):
    """The files hold the engine's password."""
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as out:
        out.write(text)


def replay(way):
    done = subprocess.run(way.command, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    if done.returncode != 0:
        raise SystemExit(f"by hand: {way.name} failed ({done.returncode}):\n"
                         + done.stdout.decode()[-1500:] + done.stderr.decode()[-500:])
