"""The documents tell the truth: links resolve, commands and options exist, rule ids are known."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import click
import pytest

from toolkit.doors.cli.app import cli
from toolkit.pack.finding import default_pack

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parent.parent
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").glob("*.md"))]
IDS = (
    {rule.id for rule in (*default_pack().rules, *default_pack().batch_rules)}
    | {f"T{i:02}" for i in range(1, 12)}
    | {"X01", "X02", "X03", "X04"}
)


@pytest.mark.parametrize("page", PAGES, ids=lambda p: p.name)
def test_links_resolve(page: Path) -> None:
    links = re.findall(r"\]\(([^)#]+)\)", page.read_text("utf-8"))
    assert [link for link in links if "://" not in link and not (page.parent / link).exists()] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda p: p.name)
def test_commands_exist(page: Path) -> None:
    for words in _commands(page.read_text("utf-8")):
        command: click.Command = cli
        rest = list(words)
        while isinstance(command, click.Group) and rest and not rest[0].startswith("-"):
            name = rest.pop(0)
            assert name in command.commands, words
            found = command.get_command(click.Context(command), name)
            assert found is not None
            command = found
        known = {option for parameter in command.params for option in parameter.opts} | {"--help"}
        assert {word for word in rest if word.startswith("--")} <= known, words


def _commands(text: str) -> Iterator[list[str]]:
    code = re.findall(r"```.*?```|`[^`\n]+`", text, re.DOTALL)
    for line in re.findall(r"jixiao ([^`\n#　]+)", "\n".join(code)):
        words = line.split()
        if words and re.fullmatch(r"[a-z]+", words[0]):
            yield words


@pytest.mark.parametrize("page", PAGES, ids=lambda p: p.name)
def test_rule_ids_are_known(page: Path) -> None:
    assert set(re.findall(r"\b[A-ETX]\d\d\b", page.read_text("utf-8"))) - IDS == set()


@pytest.mark.parametrize("page", PAGES, ids=lambda p: p.name)
def test_paths_from_the_root_exist(page: Path) -> None:
    """What moved in the house is told anew on every page: the schemas were looked for where they had been."""
    homes = "|".join(p.name for p in ROOT.iterdir() if p.is_dir() and not p.name.startswith("."))
    named = re.findall(rf"`((?:{homes})/[^`\s]*)`", page.read_text("utf-8"))
    assert [name for name in named if not list(ROOT.glob(name.rstrip("/")))] == []


DEVELOPERS = ROOT / "docs" / "开发说明.md"


def test_the_files_that_developers_are_led_to_exist() -> None:
    """Paths in the developers' page: from the root, or as seen from `toolkit/` or the room that the line speaks of."""
    named = re.findall(r"`([\w./-]+/[\w./-]*|[a-z_]+\.(?:py|toml))`", DEVELOPERS.read_text("utf-8"))
    homes = [
        ROOT,
        ROOT / "toolkit",
        *(p for p in (ROOT / "toolkit").rglob("*") if p.is_dir()),
        ROOT / "examples" / "batch",
    ]
    homes += [p.parent for p in (ROOT / "workbook_templates").glob("*/pack.toml")]
    assert len(named) > 30
    assert [name for name in named if not any((home / name).exists() for home in homes)] == []


def test_the_rooms_of_the_developers_page_are_the_rooms() -> None:
    first = DEVELOPERS.read_text("utf-8").split("\n## ")[1]  # other tables of the page have files of one room
    table = re.findall(r"^\| `(\w+)(?:/|\.py)` \|", first, re.MULTILINE)
    entries = {p.stem for p in (ROOT / "toolkit").iterdir() if not p.name.startswith("__") and p.name != "py.typed"}
    assert set(table) == entries


def test_the_python_example_runs(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.chdir(ROOT)
    (code,) = re.findall(r"```python\n(.*?)```", DEVELOPERS.read_text("utf-8"), re.DOTALL)
    exec(compile(code, DEVELOPERS.name, "exec"), {})  # noqa: S102 - our own page
    assert "A04 「整体自评表」" in capsys.readouterr().out


def test_the_public_names_are_listed() -> None:
    (listed,) = re.findall(r"公开的：`([^`]+)`", DEVELOPERS.read_text("utf-8"))
    (table,) = re.findall(r"\*\*\{(.*?)\}", (ROOT / "toolkit" / "__init__.py").read_text("utf-8"), re.DOTALL)
    public = {name for names in re.findall(r': "([^"]+)"', table) for name in names.split()}
    assert set(listed.split()) == {name for name in public if not name.endswith("Error")}


def test_the_first_commands_of_the_readme() -> None:
    """`make demo` and `make test` come first, and both are targets."""
    text = (ROOT / "README.md").read_text("utf-8")
    assert re.findall(r"make \w+", text)[:2] == ["make demo", "make test"]
    makefile = (ROOT / "Makefile").read_text("utf-8")
    assert all(re.search(rf"^{target}:", makefile, re.MULTILINE) for target in ("demo", "test", "lint", "types"))


def test_ci_leaves_no_test_out() -> None:
    """`make test` may leave some to CI only where CI runs them: it calls the same target."""
    assert "\nmake test\n" in (ROOT / ".ci" / "run").read_text("utf-8")
    told = {ci: subprocess.check_output(["make", "-n", "test", f"CI={ci}"], cwd=ROOT, text=True) for ci in ("", "true")}  # noqa: S607
    assert ["not whole" in text for text in told.values()] == [True, False]
    assert "export CI=true" in (ROOT / ".ci" / "run").read_text("utf-8")


def test_the_finding_in_the_readme_is_real() -> None:
    from toolkit.pipeline import check_unit

    checked = check_unit(ROOT / "examples" / "yiyang-sfj-2023" / "填报表.xlsx")
    text = (ROOT / "README.md").read_text("utf-8")
    shown = [f.message for f in checked.result.findings if f.message in text]
    assert [m[-5:] for m in shown] == ["[A04]", "[A13]"]
    counts = f"通过 {len(checked.result.passed)} 条，未检查 {len(checked.result.not_checked)} 条"
    assert counts in text
