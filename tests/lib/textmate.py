"""Runs a TextMate grammar: as much of it as bf.tmLanguage.json uses.

Rules with match or begin/end (with \\1 in end), captures, includes of the repository. Python's regular expressions and
Oniguruma's agree on what the grammar writes. As in an editor, a line at a time, and the leftmost match wins.
"""
import re


class Rule:
    def __init__(self, raw):
        self.raw = raw
        self.begin = re.compile(raw["begin"] if "begin" in raw else raw["match"])
        self.spans = "begin" in raw


class Grammar:
    def __init__(self, raw):
        self.raw = raw
        self.rules = {}
        self.flat = {}

    def patterns(self, raw):
        """The rules of a list of patterns, with those that it includes."""
        if id(raw) not in self.flat:
            self.flat[id(raw)] = rules = []
            for one in raw.get("patterns", ()):
                if "include" in one:
                    one = self.raw["repository"][one["include"][1:]]
                if "begin" in one or "match" in one:
                    rules.append(self.rules.setdefault(id(one), Rule(one)))
                else:
                    rules.extend(self.patterns(one))
        return self.flat[id(raw)]

    def scopes(self, text):
        """The innermost scope of each character; None where it is only a statement's or SQL's own."""
        scopes, stack, start = [None] * len(text), [(self.raw, None, None)], 0

        def paint(begin, end, scope):
            if scope and not scope.startswith("meta."):
                scopes[start + begin:start + end] = [scope] * (end - begin)

        def capture(match, captures, scope):
            paint(*match.span(), scope)
            for group, name in (captures or {}).items():
                if match[int(group)]:
                    paint(*match.span(int(group)), name["name"])

        for line in text.splitlines(keepends=True):
            at = 0
            while at <= len(line):
                raw, ending, scope = stack[-1]
                found = [(match.start(), 0, None, match) for match in [ending and ending.search(line, at)] if match]
                found += [(match.start(), 1 + i, rule, match) for i, rule in enumerate(self.patterns(raw))
                          for match in [rule.begin.search(line, at)] if match]
                if not found:
                    paint(at, len(line), scope)
                    break
                where, _, rule, match = min(found, key=lambda one: one[:2])
                paint(at, where, scope)
                if rule is None:
                    capture(match, raw.get("endCaptures"), raw.get("name"))
                    stack.pop()
                elif rule.spans:
                    ends = re.sub(r"\\([1-9])", lambda group: re.escape(match[int(group[1])]), rule.raw["end"])
                    capture(match, rule.raw.get("beginCaptures"), rule.raw.get("name"))
                    stack.append((rule.raw, re.compile(ends), rule.raw.get("name") or rule.raw.get("contentName")))
                else:
                    capture(match, rule.raw.get("captures"), rule.raw.get("name"))
                at = match.end()
            start += len(line)
        return scopes
