"""The editors' grammars in examples/editors/ know the scanner's words and lexical forms.

  - Every list of keywords is the list of its class in grammar/keywords.def: none is missing, none is extra.
  - The two editors have the same words and types of ClickHouse's SQL.
  - The TextMate grammar, run by tests/lib/textmate.py, gives every lexical form of grammar/scan.l its scope, and the
    keywords theirs where they are keywords, and not where they are names or SQL.
  - The Vim file has a group for each lexical form.

`check_editors.py --write` puts the lists of keywords.def into both files.
"""
import json
import re
import sys

from textmate import Grammar

KEYWORDS = "grammar/keywords.def"
TEXTMATE = "examples/editors/vscode/syntaxes/bf.tmLanguage.json"
VIM = "examples/editors/vim/syntax/bf.vim"
VIM_DETECT = "examples/editors/vim/ftdetect/bf.vim"

KEYWORD = re.compile(r'^KEYWORD(?:_AGAIN)?\(\w+, "(\w+)", (\w+)\)$', re.M)
# A list is `(?:one|two)` of bare words in TextMate, and what follows the arguments of `syntax keyword` in Vim.
TEXTMATE_LIST = re.compile(r"\(\?:([A-Za-z0-9_|]*)\)")
VIM_LIST = re.compile(r"^(syntax keyword (\w+) (?:(?:contained|nextgroup=\S+|skip\w+) )*)(.*)$", re.M)
VIM_START = re.compile(r"^(syntax region bfDeclaration start=/\\ze\\<\\%\()(.*?)(?=\\\)\\>/)", re.M)

# What begins a statement that is no `backfill`, which has a rule of its own. A refused one looks like these.
DECLARATION = ("STATEMENT", "REFUSED")
# Which classes each list has.
TEXTMATE_LISTS = {
    "declaration": DECLARATION,
    "keywords-statement": ("STATEMENT",),
    "keywords-clause": ("CLAUSE",),
    "keywords-word": ("WORD",),
    "keywords-refused": ("REFUSED",),
    "counts": ("UNIT",),
}
# In Vim several groups share a class: what follows their words differs. The first one has what the others leave.
VIM_LISTS = {
    "STATEMENT": ("bfStatement", "bfDeclare"),
    "CLAUSE": ("bfClause", "bfClauseName"),
    "WORD": ("bfWord", "bfWordName", "bfWordFrom", "bfWordColumn", "bfWordSql", "bfWordEngine"),
    "REFUSED": ("bfRefused",),
    "UNIT": ("bfUnit",),
}
VIM_FORMS = ("bfComment", "bfString", "bfQuoted", "bfHeredoc", "bfParam", "bfNumber", "bfEscape")

# «piece:scope» is a piece of the text that must have that scope, «piece:» one that must have none.
SCOPES = {
    "": None, "line": "comment.line.double-dash.bf", "hash": "comment.line.number-sign.bf", "block": "comment.block.bf",
    "string": "string.quoted.single.bf", "escape": "constant.character.escape.bf", "heredoc": "string.unquoted.heredoc.bf",
    "backtick": "string.quoted.other.backtick.bf", "quoted": "string.quoted.double.bf", "number": "constant.numeric.bf",
    "param": "variable.parameter.bf", "type": "storage.type.bf", "statement": "keyword.control.statement.bf",
    "clause": "keyword.control.clause.bf", "word": "keyword.other.bf", "unit": "keyword.other.unit.bf",
    "refused": "invalid.illegal.refused.bf", "name": "entity.name.type.bf", "library": "entity.name.namespace.bf",
    "column": "variable.other.column.bf", "setting": "variable.other.setting.bf", "engine": "support.class.engine.bf",
    "sql": "keyword.other.sql.bf", "function": "support.function.bf", "operator": "keyword.operator.bf",
    "constant": "constant.language.bf",
}
MARK = re.compile(r"«(.+?):(\w*)»", re.S)
NUMBERS = ("10 1_000 1_0.5_0 1. .5 .5e3 1.5e3 1e-3 1E+3 0xff 0XF_F 0x1.8p3 0x1p-3 0b101 0B1_0 64Ki 1_0Mi 2Gi").split()
NOT_NUMBERS = "x10 a_1 10x 1__0 1_ 2Ti 0b12 t.1.2 t.10 f$1".split()
CASES = [
    # Lexical forms. What follows each shows where it ends.
    "«-- it's a comment:line»\n«use:statement» a.b;",
    "«#!/usr/bin/env bfc:hash»\n«# it's one too:hash»\n«use:statement» a.b;",
    "use a.b «/* two;\n lines * / */:block» ; «use:statement» a.b;",
    r"check «'it:string»«\':escape»«s; --':string» as SELECT «1:number»",
    "check «'it:string»«'':escape»«s; /*':string» as SELECT «1:number»",
    "source s as SELECT «'':string», «'a:string»«'':escape»«':string», «'two;\nlines':string», «1:number»",
    r"source s as SELECT «`a:backtick»«``:escape»«b;:backtick»«\`:escape»«`:backtick», «1:number»",
    r'source s as SELECT «"a:quoted»«"":escape»«b;:quoted»«\":escape»«":quoted», «1:number»',
    "source s as SELECT «$$a;'$$:heredoc», «$t$ $$ $u$\n; $t$:heredoc», «1:number», a$b$«c:», «'d':string»",
    "source s as SELECT «{day::param»«DateTime:type»(«'UTC':string»)«}:param», {'a': «1:number»}, {a«:::operator»b}",
    *(f"source s as SELECT «{number}:number», 1" for number in NUMBERS),
    *(f"source s as SELECT «{word}:», 1" for word in NOT_NUMBERS),
    "«profile:statement» «p:name» «settings:clause» «a:setting» = «64Ki:number», «table:setting» = «2Gi:number»;",
    # A keyword is one where the grammar has it, in any case.
    "«MIGRATION:statement» m 'x' «after:word» «table:name», «view:name»; «use:statement» «std.tuning:library»;",
    "«secret:statement» k «from:word» «env:word» «KEY:name»; secret l from «file:word» 'x';",
    "«source:statement» «s:name» «from:word» «file:function»('a'); «check:statement» 'x' «as:word» «SELECT:sql» «count:function»()",
    "«create:statement» «or:refused» «replace:refused» «table:statement» «t:name»; create «window:refused» «view:statement» v",
    "«backfill:statement» «table:statement» «split:name» «from:word» «workers:name» «workers:clause» «2:number» "
    "«where:clause» («split:» = 1) «split:clause» «on:word» «hour:column» at «now:word» + «2:number» «hours:unit» "
    "«chunk:clause» «by:word» «day:column» «every:word» «1:number» «DAY:unit»;\n«use:statement» a.b",
    "backfill view a, «chunk:name» «using:clause» «null_engine:word» «publish:clause» «at:word» «end:word» "
    "«settings:clause» «fast:name», «x:setting» = 1",
    # In SQL it is none, and as a name it is none.
    "«table:statement» «source:name» («split:» «Date:type», «`view`:backtick» «String:type» «DEFAULT:sql» «NULL:constant») "
    "«engine:word» = «Null:engine» «order:sql» «by:sql» «chunk:»",
    "create materialized view v to t (a «Array:type»(«Int8:type»)) «DEFINER:word» = x «SQL:word» «SECURITY:word» «DEFINER:word» as "
    "SELECT «any:function»(b) + «INTERVAL:sql» «1:number» «DAY:unit»",
    "table «if:word» «not:word» «exists:word» «if:name» (a Int8) engine = Log",
    "«VIEW:statement» «view:name» «TO:word» «to.table:name» «AS:word» «WITH:sql» 1 «AS:sql» «split:» SELECT «source:», "
    "«left:function»(a, «chunk:».b) FROM «workers:»;\n«use:statement» a.b",
    # Other statements, and one with a bracket too few, end at their semicolon.
    "«SELECT:sql» «backfill:» FROM (SELECT 1;\n«use:statement» a.b",
]


def read(path):
    with open(path, encoding="utf-8") as file:
        return file.read()


def write(path, text):
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)


def keywords():
    classes = {}
    for word, name in KEYWORD.findall(read(KEYWORDS)):
        classes.setdefault(name, []).append(word)
    return classes


def words_of(classes, names):
    words = [word for name in names for word in classes[name]]
    return [word for word in words if names != DECLARATION or word != "backfill"]


def compare(what, have, wanted):
    for word in sorted(set(wanted) - set(have)):
        yield f"{what}: '{word}' of {KEYWORDS} is missing"
    for word in sorted(set(have) - set(wanted)):
        yield f"{what}: '{word}' is not in {KEYWORDS}"
    for word in sorted({word for word in have if have.count(word) > 1}):
        yield f"{what}: '{word}' stands twice"


# --- TextMate --------------------------------------------------------------------------------


def textmate_list(text, name):
    """The match of a rule's list in the text of the file, or None."""
    rule = re.search(rf'^    "{name}": {{\n(?:      .*\n)*', text, re.M)
    return TEXTMATE_LIST.search(text, rule.start(), rule.end()) if rule else None


def textmate_problems(text, classes):
    for name, names in TEXTMATE_LISTS.items():
        found = textmate_list(text, name)
        have = found[1].split("|") if found else []
        yield from compare(f"{TEXTMATE}: {name}", have, words_of(classes, names))
    known = {word for words in classes.values() for word in words}
    rules = json.loads(text)["repository"]
    for name in (name for name in rules if name.startswith("names-")):
        for rule in rules[name]["patterns"]:
            for word in re.findall(r"[a-z_]{2,}", re.sub(r"\\.|\[.*?\]", " ", rule["match"])):
                if word not in known:
                    yield f"{TEXTMATE}: {name}: '{word}' is not in {KEYWORDS}"


def case_problems(grammar, case):
    text, wanted, behind = "", [], 0
    for mark in MARK.finditer(case):
        text += case[behind:mark.start()]
        wanted.append((len(text), mark[1], SCOPES[mark[2]]))
        text += mark[1]
        behind = mark.end()
    text += case[behind:]
    scopes = grammar.scopes(text)
    for at, piece, scope in wanted:
        seen = {scopes[at + i] for i, character in enumerate(piece) if not character.isspace()}
        if seen != {scope} and not (scope is None and "." in piece and seen <= {None, SCOPES["operator"]}):
            yield f"{TEXTMATE}: in {text!r} the piece {piece!r} is {sorted(map(str, seen))}, not {scope}"


# --- Vim -------------------------------------------------------------------------------------


def vim_lists(text):
    return {found[2]: found[3].split() for found in VIM_LIST.finditer(text)}


def vim_problems(text, classes):
    lists = vim_lists(text)
    for name, groups in VIM_LISTS.items():
        have = [word for group in groups for word in lists.get(group, ())]
        yield from compare(f"{VIM}: {', '.join(groups)}", have, classes[name])
    start = VIM_START.search(text)
    have = start[2].split("\\|") if start else []
    yield from compare(f"{VIM}: bfDeclaration", have, words_of(classes, DECLARATION))
    for form in VIM_FORMS:
        if not re.search(rf"^syntax (?:match|region) {form}\b", text, re.M):
            yield f"{VIM}: no group {form}"
        if not re.search(rf"^highlight default link {form} ", text, re.M):
            yield f"{VIM}: {form} has no highlighting"
    if "filetype=bf" not in read(VIM_DETECT):
        yield f"{VIM_DETECT}: does not set the file type"


def sql_problems(textmate, vim):
    rules, lists = json.loads(textmate)["repository"], vim_lists(vim)
    for name, group in (("sql-words", "bfSqlWord"), ("types", "bfType"), ("sql-constants", "bfConstant")):
        here, there = set(TEXTMATE_LIST.search(rules[name]["match"])[1].split("|")), set(lists.get(group, ()))
        for word in sorted(here ^ there):
            yield f"{name}: '{word}' is only in {TEXTMATE if word in here else VIM}"


# --- both ------------------------------------------------------------------------------------


def renew(classes):
    text = read(TEXTMATE)
    for name, names in TEXTMATE_LISTS.items():
        found = textmate_list(text, name)
        text = text[:found.start(1)] + "|".join(words_of(classes, names)) + text[found.end(1):]
    write(TEXTMATE, text)

    text = read(VIM)
    lists = vim_lists(text)
    for name, groups in VIM_LISTS.items():
        for group in groups[1:]:
            lists[group] = [word for word in lists[group] if word in classes[name]]
        taken = {word for group in groups[1:] for word in lists[group]}
        lists[groups[0]] = [word for word in classes[name] if word not in taken]
    text = VIM_LIST.sub(lambda found: found[1] + " ".join(lists[found[2]]), text)
    start = "\\|".join(words_of(classes, DECLARATION))
    write(VIM, VIM_START.sub(lambda found: found[1] + start, text))


def main():
    classes = keywords()
    if sys.argv[1:] == ["--write"]:
        renew(classes)
    textmate, vim = read(TEXTMATE), read(VIM)
    grammar = Grammar(json.loads(textmate))
    problems = [*textmate_problems(textmate, classes), *vim_problems(vim, classes), *sql_problems(textmate, vim)]
    for case in CASES:
        problems += case_problems(grammar, case)
    for problem in problems:
        print(problem)
    checked = 2 * sum(map(len, classes.values())) + len(VIM_FORMS) + len(CASES)
    print(f"editors: {max(checked - len(problems), 0)} passed, {len(problems)} failed")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
