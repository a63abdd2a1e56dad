"""What Inchworm makes of the cases, beside what Django sends: equal, different, unresolved, refused.

    for outcome in compare.outcomes(dump_project, "52", "postgres18"): ...
"""

import dataclasses
import json
import pathlib
import re
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
import capture
import histories

SERVERS = {"sqlite": "sqlite 3.40", "mariadb": "mariadb 10.11", **{f"postgres{one}": f"postgres {one}" for one in range(14, 19)}}

# ---------------------------------------------------------------- statements as values

TOKEN = re.compile(r"""
    (?P<space>\s+|--[^\n]*|/\*.*?\*/)
  | (?P<dollar>\$(?P<tag>\w*)\$.*?\$(?P=tag)\$)
  | (?P<prefix>(?:_binary\s*)?[Xx]|[EeBbNn]|_binary\s*)?'(?P<text>(?:[^'\\]|''|\\.)*)'
  | (?P<plain>'(?:[^']|'')*')
  | (?P<name>"(?:[^"]|"")*"|`(?:[^`]|``)*`)
  | (?P<hex>0x[0-9a-fA-F]+)
  | (?P<number>\d+(?:\.\d*)?(?:[eE][+-]?\d+)?|\.\d+)
  | (?P<word>[^\W\d][\w$]*)
  | (?P<other>.)""", re.VERBOSE | re.DOTALL)
PLAIN = re.compile(TOKEN.pattern.replace(r"(?:[^'\\]|''|\\.)*", r"(?:[^']|'')*"), re.VERBOSE | re.DOTALL)
ESCAPES = {"n": "\n", "r": "\r", "t": "\t", "0": "\0", "Z": "\x1a", "b": "\b", "\n": "\n"}
ISO = re.compile(r"(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d:\d\d(?:\.\d+)?)((?:[+-]\d\d(?::?\d\d)?)?)")
UUID = re.compile(r"[0-9a-f]{8}-?(?:[0-9a-f]{4}-?){3}[0-9a-f]{12}")
# What Django calls a CHECK that it cannot see the name of; no server knows the name, and IF EXISTS drops nothing.
UNNAMED = re.compile(r"__unnamed_constraint_\d+__")
MOMENT = re.compile(r"\d{4}-\d\d-\d\d.*|\d\d:\d\d:\d\d.*")


def unescaped(text):
    return re.sub(r"\\(.)", lambda match: ESCAPES.get(match[1], match[1]), text, flags=re.DOTALL).replace("''", "'")


def literal(match, engine):
    prefix, text = (match["prefix"] or "").strip().lower(), match["text"]
    if prefix.endswith("x"):
        return ("bytes", text.lower())
    if prefix == "b":
        return ("number", str(int(text or "0", 2)))
    value = unescaped(text) if prefix == "e" or engine == "mysql" else text.replace("''", "'")
    return ("bytes", value.encode().hex()) if prefix == "_binary" else ("text", value)


def tokens(sql, engine):
    """[(kind, value)] of a text; strings by what they mean."""
    pattern, found, at = TOKEN if engine == "mysql" else PLAIN, [], 0
    while at < len(sql):
        match = pattern.match(sql, at)
        if match["text"] is not None and (match["prefix"] or "").lower() == "e":
            match = TOKEN.match(sql, at)
        at = match.end()
        if match["space"] is not None:
            continue
        if match["text"] is not None:
            found.append(literal(match, engine))
        elif match["hex"] is not None:
            found.append(("bytes", match["hex"][2:].lower()))
        elif match["word"] == "_binary":
            continue
        elif match["word"] is not None and engine != "postgres" and match["word"].lower() in ("true", "false"):
            found.append(("number", str(int(match["word"].lower() == "true"))))
        else:
            found.append((match.lastgroup, UNNAMED.sub("unnamed", match[match.lastgroup])))
    return found


def cast_after(found, at):
    """(type, where it ends) of ::type at that place, or None."""
    if [value for _, value in found[at:at + 2]] != [":", ":"] or at + 2 >= len(found):
        return None
    end = at + 3
    if end < len(found) and found[end][1] == "(":
        end += 3
    while [value for _, value in found[end:end + 2]] == ["[", "]"]:
        end += 2
    return "".join(value for _, value in found[at + 2:end]).strip('"').lower(), end


def seconds(text):
    """An interval as psycopg writes it."""
    total = sum(float(number) * factor for unit, factor in (("day", 86400), ("hour", 3600), ("min", 60), ("s(?:ec)?", 1))
                for number in re.findall(rf"(-?[\d.]+)\s*{unit}", text))
    clock = re.search(r"(-?)(\d+):(\d+):([\d.]+)", text)
    if clock:
        total += (-1 if clock[1] else 1) * (int(clock[2]) * 3600 + int(clock[3]) * 60 + float(clock[4]))
    return round(total, 6)


def array_of(text):
    """'{a,"b c",NULL}' as a list of texts, nested ones as they are."""
    return [item.strip('"').replace('\\"', '"') if not item.startswith("{") else item
            for item in re.findall(r'"(?:[^"\\]|\\.)*"|\{.*\}|[^,{}]+', text[1:-1])]


def typed(value, kind):
    """A string of PostgreSQL, by the type that it is cast to (None: not cast)."""
    if kind == "interval":
        return ("interval", seconds(value))
    if kind == "bytea" or (kind is None and re.fullmatch(r"\\x(?:[0-9a-f]{2})*", value)):
        return ("bytes", value[2:])
    if kind is not None and kind.endswith("[]") and value.startswith("{"):
        return ("array", json.dumps(array_of(value)))
    if kind in ("jsonb", "json") or (kind is None and value[:1] in ("{", "[")):
        try:
            return ("json", json.dumps(json.loads(value)))
        except ValueError:
            pass
    return ("text", ISO.sub(lambda match: f"{match[1]} {match[2]}" + re.sub(r":?00$", "", match[3] or ""), value))


def without_casts(found):
    """Constants of PostgreSQL as values: what a driver casts them to says nothing new."""
    result, at = [], 0
    while at < len(found):
        kind, value = found[at]
        at += 1
        cast = cast_after(found, at) if kind in ("text", "number", "bytes") else None
        if kind == "text":
            result.append(typed(value, cast and cast[0]))
        else:
            result.append((kind, value))
        if cast:
            at = cast[1]
    return without_hstore_words(without_array_words(result))


def without_hstore_words(found):
    """hstore(array, array), as psycopg2 writes a dictionary."""
    result, at = [], 0
    while at < len(found):
        inside = [kind for kind, _ in found[at + 2:at + 5]] == ["array", "other", "array"]
        if found[at] == ("word", "hstore") and inside and found[at + 5:at + 6] == [("other", ")")]:
            pairs = zip(json.loads(found[at + 2][1]), json.loads(found[at + 4][1]))
            result.append(("text", ", ".join(f'"{key}"=>"{value}"' for key, value in pairs)))
            at += 6
        else:
            result.append(found[at])
            at += 1
    return result


def without_array_words(found):
    """ARRAY['a', 'b'] of constants, as psycopg2 writes it."""
    result, at = [], 0
    while at < len(found):
        close = next((end for end in range(at, len(found)) if found[end][1] == "]"), None)
        inside = found[at + 2:close] if found[at] == ("word", "ARRAY") and close else None
        if inside is not None and all(kind in ("text", "number") or value == "," for kind, value in inside):
            result.append(("array", json.dumps([value for _, value in inside if value != ","])))
            at = close + 1
            after = cast_after(found, at)
            at = after[1] if after else at
        else:
            result.append(found[at])
            at += 1
    return result


def moment(token):
    """Of a case that is tagged volatile: what differs from run to run."""
    kind, value = token
    if kind == "text" and UUID.fullmatch(value):
        return (kind, "<uuid>")
    return (kind, "<moment>") if kind == "text" and MOMENT.fullmatch(value) else token


def with_sorted_sets(found):
    """Django makes this list of a set: the types of JSON that SQLite and MySQL have as words."""
    for at in range(len(found) - 4):
        values = [found[at + step] for step in (0, 2, 4)]
        if {value for kind, value in values if kind == "text"} == {"null", "false", "true"}:
            found[at], found[at + 2], found[at + 4] = sorted(values)
    return found


def statements(texts, engine, is_volatile=False):
    """The statements in `texts`, each a list of tokens that can be compared."""
    found = []
    for text in texts:
        every = with_sorted_sets(tokens(text, engine))
        if engine == "postgres":
            every = without_casts(every)
        if is_volatile:
            every = [moment(token) for token in every]
        one = []
        for token in every + [("other", ";")]:
            if token == ("other", ";"):
                found += [one] if one else []
                one = []
            else:
                one.append(token)
    return found


# ---------------------------------------------------------------- outcomes


@dataclasses.dataclass
class Outcome:
    case: histories.Case
    migration: str
    direction: str
    kind: str  # equal, refused, unreached: as it should be; unresolved: only where listed; different, wrong, broken: never
    django: list = None
    inchworm: list = None
    said: str = None  # why Django refuses, or why Inchworm does not know

    @property
    def is_allowed(self):
        if self.kind == "unresolved":
            return any(reason in self.said for reason in self.case.tagged("unresolved"))
        return self.kind in ("equal", "refused", "unreached")

    def __str__(self):
        lines = [f"{self.kind}: {self.case.title} ({self.case.label}.{self.migration} {self.direction})"]
        lines += [f"  said:     {self.said}"] if self.said else []
        lines += [f"  django:   {text}" for text in self.django or []]
        lines += [f"  inchworm: {text}" for text in self.inchworm or []]
        return "\n".join(lines)


def reasons_of(section):
    """Why Inchworm does not make SQL of it, [] when it does."""
    if section is None:
        return ["there is no way back"]
    if "pieces" not in section:
        return [section.get("message") or "an error"]
    if section["pieces"] is None:
        return ["a text without pieces"]
    return [piece["foreign"] for piece in section["pieces"] if piece["foreign"]]


def is_of_signals(sql):
    """Django's contenttypes and auth do this around `migrate`, row by row, and not through the schema editor."""
    return bool(re.match(r"\s*UPDATE\s+[\"`]?(django_content_type|auth_permission)\b", sql))


def outcome(case, real, section, direction, engine):
    made = Outcome(case, real["name"], direction, "unreached")
    theirs, reasons = real[direction], reasons_of(section)
    if theirs is None or "accident" in case.tags:
        return made
    made.django, made.said = theirs["sql"], theirs["error"] and ": ".join(theirs["error"])
    made.inchworm = [] if reasons else [piece["sql"] for piece in section["pieces"] if not is_of_signals(piece["sql"])]
    beside = [sql for sql in theirs["other"] if not sql.startswith("PRAGMA foreign_keys")]
    refusal = theirs["error"] and theirs["error"][0] == "django"
    if refusal or beside:
        made.kind = ("refused" if refusal else "unresolved") if reasons else "wrong"
        made.said = made.said if refusal else f"{reasons or ''} beside: {beside}"
        return made
    if reasons:
        made.kind = "refused" if theirs["error"] else "unresolved"
        made.said = "; ".join(reasons)
        return made
    is_volatile = "volatile" in case.tags
    wanted, have = statements(made.django, engine, is_volatile), statements(made.inchworm, engine, is_volatile)
    if theirs["error"]:  # the server has refused the last one: what would have followed is not known
        have = have[:len(wanted)]
    if "unordered" in case.tags or f"unordered={engine}" in case.tags:
        wanted, have = sorted(wanted, key=str), sorted(have, key=str)
    made.kind = "equal" if wanted == have else "different"
    return made


def made_by_inchworm(dump_project, folder, engine):
    """{"label.name": {"up", "down", "problem"}}"""
    (pathlib.Path(folder) / "inchworm.yaml").write_text(f"framework: django\nengine: {SERVERS[engine]}\n")
    done = subprocess.run([dump_project, folder], stdin=subprocess.DEVNULL, capture_output=True, text=True)
    if done.returncode != 0:
        raise RuntimeError(done.stderr[-4000:])
    said = json.loads(done.stdout)
    if "migrations" not in said:
        raise RuntimeError(f"{said}")
    return {one["name"]: one for one in said["migrations"]}


def is_refused(records):
    """By Django or by the server."""
    return isinstance(records, str) or any(one[direction] and one[direction]["error"]
                                           for one in records for direction in ("up", "down"))


def projects(cases, said):
    """Cases that can be one project; what is refused, or Inchworm does not know, is one by itself: after it, less is known
    about the others."""
    alone = [case for case in cases if is_refused(said[case.label]) or "unresolved" in "".join(case.tags)]
    return [[case for case in cases if case not in alone]] + [[case] for case in alone]


def outcomes(dump_project, django, engine, server=None, pattern=None):
    """An Outcome for each migration and direction of the cases for that Django and engine (titles that match)."""
    cases = [case for case in capture.found(django, engine) if pattern is None or re.search(pattern, f"{case.label} {case.title}")]
    name = capture.ENGINES[engine][0]
    said = capture.captures(django, engine, cases, server)
    mine = {}

    def make(together):
        with tempfile.TemporaryDirectory(prefix="inchworm-django-") as folder:
            histories.write(folder, together, capture.DJANGO[django], name, capture.pinned(django))
            mine.update(made_by_inchworm(dump_project, folder, engine))

    def listed(case):
        return list(outcomes_of(case, said[case.label], mine, name))

    for together in projects(cases, said):
        make(together)
    for case in cases:
        if isinstance(said[case.label], str):
            yield Outcome(case, "", "", "broken", said=said[case.label])
            continue
        found = listed(case)
        if any(one.kind == "unresolved" and not one.is_allowed for one in found):  # another case may have made it doubt
            make([case])
            found = listed(case)
        yield from found


def outcomes_of(case, records, mine, engine):
    is_lost = False
    for real in records:
        if is_lost:
            yield from (Outcome(case, real["name"], direction, "unreached") for direction in ("up", "down"))
            continue
        # Tables that the server refused are missing: what Django finds there says nothing.
        is_lost = real is records[0] and real["up"] is not None and (real["up"]["error"] or [""])[0] == "server"
        one = mine.get(f"{case.label}.{real['name']}", {})
        for direction in ("up", "down"):
            yield outcome(case, real, one.get("problem") or one.get(direction), direction, engine)
