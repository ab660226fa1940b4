"""What only a test keeps true: names, budgets, and documents that follow the code."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[2]
PACKAGES = ("coinfrs_pipelines", "auth_service")
MODELS = ROOT / "dbt_project" / "models"
# Budgets are habits of clear thinking: the test leaves room for what reads better whole.
MODULE_LINES_MAX = 400
FUNCTION_LINES_MAX = 80
MODEL_LINES_MAX = 140


def modules() -> Iterator[Path]:
    for package in PACKAGES:
        yield from sorted((ROOT / package).rglob("*.py"))


def name_of(path: Path) -> str:
    return str(path.relative_to(ROOT))


@pytest.mark.parametrize("path", list(modules()), ids=name_of)
def test_a_module_is_small_and_says_what_it_is_for(path: Path) -> None:
    text = path.read_text()
    tree = ast.parse(text)
    assert ast.get_docstring(tree), "the module has no docstring"
    assert len(text.splitlines()) <= MODULE_LINES_MAX
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            length = (node.end_lineno or node.lineno) - node.lineno + 1
            assert length <= FUNCTION_LINES_MAX, f"{node.name} has {length} lines"


def test_no_module_is_a_drawer() -> None:
    drawers = {"utils", "helpers", "common", "base", "manager", "misc"}
    assert not [path for path in modules() if path.stem in drawers or path.parent.name in drawers]


def test_money_is_never_a_float() -> None:
    """Time-outs and waits are seconds and may be floats; nothing may be converted to one."""
    offenders = [
        f"{name_of(path)}:{node.lineno}"
        for path in modules()
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id == "float"
    ]
    sql = [
        name_of(path)
        for path in (ROOT / "dbt_project").rglob("*.sql")
        if re.search(r"double precision|::float|\bas real\b", path.read_text())
        and "target" not in path.parts
    ]
    assert offenders == []
    assert sql == []


def dbt_models() -> list[tuple[str, dict[str, object]]]:
    found = []
    for path in sorted(MODELS.rglob("*.yml")):
        document = yaml.safe_load(path.read_text()) or {}
        found += [(name_of(path), model) for model in document.get("models", [])]
    return found


def test_every_model_states_its_grain_and_every_column_is_described() -> None:
    described = {str(model["name"]) for _, model in dbt_models()}
    assert {path.stem for path in MODELS.rglob("*.sql")} == described
    for file, model in dbt_models():
        assert str(model.get("description", "")).startswith("One row per"), (file, model["name"])
        columns = model.get("columns") or []
        assert isinstance(columns, list)
        undescribed = [column["name"] for column in columns if not column.get("description")]
        assert undescribed == [], (file, model["name"])


def test_sql_models_are_short() -> None:
    long = [
        name_of(p)
        for p in MODELS.rglob("*.sql")
        if len(p.read_text().splitlines()) > MODEL_LINES_MAX
    ]
    assert long == []


def test_every_environment_variable_is_documented() -> None:
    documented = (ROOT / ".env.example").read_text()
    used: set[str] = set()
    for path in modules():
        used |= set(re.findall(r"\"(COINFRS_[A-Z_]+)\"", path.read_text()))
    assert {name for name in used if name not in documented} == set()


def test_documented_make_targets_exist() -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    for document in [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")]:
        named = set(re.findall(r"\bmake ([a-z]+)\b", document.read_text()))
        code = set(re.findall(r"`make ([a-z-]+)", document.read_text()))
        assert code <= targets, document
        assert named & {"demo", "up", "down", "test", "lint"} <= targets


def test_links_between_documents_lead_somewhere() -> None:
    for document in [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")]:
        for target in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", document.read_text()):
            assert (document.parent / target).exists(), (name_of(document), target)


def test_the_tree_in_the_readme_is_the_tree_on_disk() -> None:
    readme = (ROOT / "README.md").read_text()
    named = set(
        re.findall(r"^\s{4}([a-z_]+/|[A-Za-z_.-]+\.(?:toml|yaml|yml|md))\s", readme, re.MULTILINE)
    )
    assert named, "the README shows no tree"
    assert [entry for entry in named if not (ROOT / entry).exists()] == []
