"""The examples of the rule pages, and what linters say of them."""

import json
import pathlib
import re
import subprocess

ROOT = pathlib.Path(__file__).resolve().parents[2]
TITLES = {"PostgreSQL": "postgres", "MySQL and MariaDB": "mysql", "SQLite": "sqlite"}
PARTS = {"With this schema:": "setup", "this is reported:": "bad", "and this is not:": "good"}


def of_page(path):
    """[{rule, dialect, setup, bad, good}] of one page; a title with a version is of its engine."""
    examples = []
    for section in re.split(r"^## ", path.read_text(), flags=re.M)[1:]:
        title = section.splitlines()[0]
        dialect = next((name for text, name in TITLES.items() if title.startswith(text.split(" ")[0])), None)
        if dialect is None:
            continue
        example = {"rule": path.stem, "dialect": dialect, "setup": "", "bad": "", "good": "", "title": title}
        for words, sql in re.findall(r"^(\S[^\n]*:)\n\n```sql\n(.*?)\n```", section, flags=re.M | re.S):
            example[PARTS[words]] = sql
        examples.append(example)
    return examples


def all_of(dialect):
    pages = sorted((ROOT / "docs/rules").glob("*.md"))
    return [example for path in pages if path.stem not in ("index", "compared")
            for example in of_page(path) if example["dialect"] == dialect and " 1" not in example["title"]]


def inchworm(program, folder, setup, sql, rules=(), dialect="postgres", engine=None):
    """Ids of what is found in `sql`, run after `setup` by a framework that wraps it in a transaction; `rules` are asked for."""
    folder = pathlib.Path(folder)
    (folder / "migrations").mkdir(parents=True, exist_ok=True)
    (folder / "migrations/0001_setup.sql").write_text(setup + "\n")
    (folder / "migrations/0002_change.sql").write_text(sql + "\n")
    settings = "".join(f"  {rule}: warning\n" for rule in rules)
    (folder / "inchworm.yaml").write_text(f"framework: sql\nmigrations: migrations\ndialect: {dialect}\n"
                                          + (f"engine: {engine}\n" if engine else "")
                                          + ("lint:\n" + settings if settings else ""))
    ran = subprocess.run([program, "lint", "--json"], cwd=folder, capture_output=True, text=True)
    if ran.returncode not in (0, 1):
        raise AssertionError(ran.stderr)
    return {finding["rule"] for finding in json.loads(ran.stdout)["findings"] if finding["migration"].startswith("0002")}


def squawk(program, texts):
    """[set of rule names] for each text, all in one process."""
    import tempfile
    with tempfile.TemporaryDirectory(prefix="inchworm-squawk-") as folder:
        paths = []
        for i, text in enumerate(texts):
            path = pathlib.Path(folder) / f"{i:04}.sql"
            path.write_text(text + "\n")
            paths.append(str(path))
        ran = subprocess.run([program, "--assume-in-transaction", "--reporter", "json", *paths], capture_output=True, text=True)
        found = [set() for _ in texts]
        for finding in json.loads(ran.stdout):
            found[int(pathlib.Path(finding["file"]).stem)].add(finding["rule_name"])
        return found
