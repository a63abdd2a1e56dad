"""Where lint runs: pre-commit, the script of the GitHub action; and nothing of a project or its repository is executed."""

import json
import os
import pathlib
import shutil
import subprocess
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
import deps
import project
from lsp_session import Session

ROOT = pathlib.Path(__file__).resolve().parents[2]
FIRST, SECOND = "20240101000000_first", "20240102000000_second"
GIT = {"GIT_CONFIG_NOSYSTEM": "1", "HOME": "/nonexistent", "GIT_AUTHOR_NAME": "a", "GIT_AUTHOR_EMAIL": "a@b",
       "GIT_COMMITTER_NAME": "a", "GIT_COMMITTER_EMAIL": "a@b"}


def git(folder, *arguments, check=True, **environment):
    return subprocess.run(["git", *arguments], cwd=folder, check=check, capture_output=True, text=True,
                          env={**os.environ, **GIT, **environment})


def repository(folder):
    project.prisma(folder, "postgres", {FIRST: "CREATE TABLE users (id bigint PRIMARY KEY, name text, age int);\n"})
    git(folder, "init", "-qb", "main")
    git(folder, "add", "-A")
    git(folder, "commit", "-qm", "one")
    return folder


def bin_folder(inchworm, folder):
    """A folder for PATH with the program under its own name."""
    folder.mkdir()
    (folder / "inchworm").symlink_to(inchworm)
    return f"{folder}:{os.environ['PATH']}"


def write(folder, name, sql):
    path = folder / "prisma/migrations" / name
    path.mkdir(exist_ok=True)
    (path / "migration.sql").write_text(sql)


def test_pre_commit_judges_what_a_commit_adds(inchworm, tmp_path):
    python = deps.python("lint")
    folder = tmp_path / "project"
    folder.mkdir()
    repository(folder)
    hooks = (ROOT / ".pre-commit-hooks.yaml").read_text()
    local = "repos:\n- repo: local\n  hooks:\n" + "".join(
        f"  {line}\n" for line in hooks.splitlines() if not line.startswith("#"))
    (folder / ".pre-commit-config.yaml").write_text(local)
    path = bin_folder(inchworm, tmp_path / "bin")
    environment = {"PATH": path, "PRE_COMMIT_HOME": str(tmp_path / "cache"), "HOME": str(tmp_path), "DATABASE_URL": ""}
    subprocess.run([python, "-m", "pre_commit", "install"], cwd=folder, check=True, capture_output=True,
                   env={**os.environ, **GIT, **environment})
    git(folder, "add", "-A")
    assert git(folder, "commit", "-qm", "settings", check=False, **environment).returncode == 0
    write(folder, SECOND, "ALTER TABLE users DROP COLUMN age;\n")
    git(folder, "add", "-A")
    refused = git(folder, "commit", "-m", "bad", check=False, **environment)
    assert refused.returncode == 1 and "[drop-column]" in refused.stdout + refused.stderr, refused
    write(folder, SECOND, "ALTER TABLE users ADD COLUMN email text;\n")
    git(folder, "add", "-A")
    assert git(folder, "commit", "-qm", "good", check=False, **environment).returncode == 0


def test_the_action_annotates_and_writes_sarif_and_a_summary(inchworm, tmp_path):
    folder = tmp_path / "project"
    folder.mkdir()
    repository(folder)
    clone = tmp_path / "clone"
    git(tmp_path, "clone", "-q", str(folder), str(clone))
    git(clone, "checkout", "-qb", "topic")
    write(clone, SECOND, "ALTER TABLE users DROP COLUMN age;\n")
    environment = {**os.environ, "PATH": bin_folder(inchworm, tmp_path / "bin"), "DATABASE_URL": "", "GITHUB_BASE_REF": "main",
                   "INCHWORM_SARIF": str(tmp_path / "out.sarif"), "GITHUB_STEP_SUMMARY": str(tmp_path / "summary.md")}

    def run(**more):
        return subprocess.run([ROOT / "tools/github-action"], cwd=clone, capture_output=True, text=True,
                              env={**environment, **more}, timeout=120)
    ran = run()
    assert ran.returncode == 1, ran
    assert ran.stdout.startswith(f"::warning file=prisma/migrations/{SECOND}/migration.sql,line=1")
    assert len(json.loads((tmp_path / "out.sarif").read_text())["runs"][0]["results"]) == 1
    assert "Inchworm: 1 warning" in (tmp_path / "summary.md").read_text()
    assert run(INCHWORM_FAIL_ON="error").returncode == 0
    assert run(INCHWORM_ARGUMENTS="--rule drop-column=off").returncode == 0
    assert run(GITHUB_BASE_REF="nowhere").returncode == 4
    action = (ROOT / "action.yml").read_text()
    for name in ["DIRECTORY", "SINCE", "FAIL_ON", "SARIF", "ARGUMENTS"]:
        assert f"INCHWORM_{name}:" in action and f"INCHWORM_{name}" in (ROOT / "tools/github-action").read_text()


def traps(folder, mark):
    """Files that would leave a mark, or never end, if anything ran them."""
    shell = f"touch {mark}"
    python = f"import pathlib\npathlib.Path({str(mark)!r}).touch()\nwhile True: pass\n"
    node = f"require('fs').writeFileSync({str(mark)!r}, ''); while (true) {{}}\n"
    for name in ["conftest.py", "sitecustomize.py", "usercustomize.py", "alembic/env.py", "site1/settings.py", "setup.py"]:
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(python)
    for name in ["prisma.config.ts", "drizzle.config.ts", ".prettierrc.js", "index.js"]:
        (folder / name).write_text(node)
    (folder / "package.json").write_text(json.dumps({"name": "x", "scripts": {
        name: shell for name in ["preinstall", "install", "postinstall", "prepare", "prisma", "build", "test"]}}))
    (folder / "Makefile").write_text(f"all:\n\t{shell}\n")
    (folder / ".envrc").write_text(shell)
    hooks = folder / ".git/hooks"
    hooks.mkdir(exist_ok=True)
    for name in ["pre-commit", "post-checkout", "post-index-change", "fsmonitor-watchman", "reference-transaction", "pre-auto-gc"]:
        (hooks / name).write_text(f"#!/bin/sh\n{shell}\n")
        (hooks / name).chmod(0o755)
    with open(folder / ".git/config", "a") as config:
        config.write(f"[core]\n\tfsmonitor = {shell}\n\tpager = {shell}\n\teditor = {shell}\n\tsshCommand = {shell}\n"
                     f"\thooksPath = {hooks}\n\tattributesFile = {folder}/attributes\n[diff \"evil\"]\n\ttextconv = {shell}\n"
                     f"\tcommand = {shell}\n[filter \"evil\"]\n\tclean = {shell}\n\tsmudge = {shell}\n\tprocess = {shell}\n"
                     f"\trequired = true\n[diff]\n\texternal = {shell}\n[alias]\n\tlint = !{shell}\n[credential]\n\thelper = !{shell}\n")
    (folder / ".gitattributes").write_text("* diff=evil filter=evil\n")


def test_nothing_of_a_project_or_its_repository_is_executed(inchworm, tmp_path):
    mark = tmp_path / "executed"
    folder = tmp_path / "project"
    folder.mkdir()
    repository(folder)
    git(folder, "checkout", "-qb", "topic")
    write(folder, SECOND, "ALTER TABLE users DROP COLUMN age;\n")
    (folder / "alembic").mkdir()
    (folder / "alembic.ini").write_text("[alembic]\nscript_location = alembic\n")
    (folder / "manage.py").write_text('import os\nos.environ.setdefault("DJANGO_SETTINGS_MODULE", "site1.settings")\n')
    traps(folder, mark)
    programs = tmp_path / "bin"
    programs.mkdir()
    for name in ["git", "sh", "bash", "python", "python3", "node", "npx", "npm", "less", "prisma", "alembic", "env", "ssh"]:
        (programs / name).write_text(f"#!/bin/sh\n/usr/bin/touch {mark}\n")
        (programs / name).chmod(0o755)
    environment = {**os.environ, "PATH": str(programs), "DATABASE_URL": ""}
    results = []
    for framework in ["prisma", "alembic", "django", "drizzle"]:
        for arguments in [["--since", "main"], ["--json"], ["--format", "html"]]:
            ran = subprocess.run([inchworm, "lint", "--framework", framework, *arguments], cwd=folder, env=environment,
                                 capture_output=True, text=True, timeout=60)
            assert not mark.exists(), (framework, arguments)
            results.append(ran.returncode)
    assert results[:3] == [1, 1, 1], results
    session = Session(inchworm, folder, "--framework", "prisma")
    path = f"prisma/migrations/{SECOND}/migration.sql"
    assert [one["code"] for one in session.open(path)] == ["drop-column"]
    session.request("textDocument/hover", session.at(path, 0, 20))
    session.end()
    for name in ["site1/settings.py", "alembic/env.py", "index.js"]:
        session = Session(inchworm, folder)
        session.open(name)
        session.end()
    assert not mark.exists()


VIM = '''
local ok, why = pcall(function()
  vim.opt.swapfile = false
  dofile(vim.env.INCHWORM_LUA)
  vim.cmd("edit " .. vim.env.INCHWORM_FILE)
  vim.bo.filetype = "sql"
  vim.wait(20000, function() return #vim.diagnostic.get(0) > 0 end, 50)
  for _, one in ipairs(vim.diagnostic.get(0)) do io.stdout:write(one.source .. " " .. one.code .. " ") end
end)
if not ok then io.stdout:write(why) end
vim.cmd("qall!")
'''


def test_neovim_shows_what_is_found(inchworm, tmp_path):
    if shutil.which("nvim") is None:
        raise unittest.SkipTest("nvim is not installed")
    folder = tmp_path / "project"
    folder.mkdir()
    repository(folder)
    write(folder, SECOND, "ALTER TABLE users DROP COLUMN age;\n")
    (tmp_path / "test.lua").write_text(VIM)
    ran = subprocess.run(["nvim", "--headless", "-u", "NONE", "-S", str(tmp_path / "test.lua")], cwd=folder,
                         capture_output=True, text=True, timeout=60, stdin=subprocess.DEVNULL,
                         env={**os.environ, "PATH": bin_folder(inchworm, tmp_path / "bin"), "DATABASE_URL": "", "HOME": str(tmp_path),
                              "INCHWORM_LUA": str(ROOT / "editors/neovim/inchworm.lua"),
                              "INCHWORM_FILE": f"prisma/migrations/{SECOND}/migration.sql"})
    assert "inchworm drop-column" in ran.stdout, (ran.stdout, ran.stderr)
