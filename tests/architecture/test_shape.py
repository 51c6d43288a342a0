"""The shape of the package: who imports whom, how large a module may grow, and what an import costs."""

from __future__ import annotations

import ast
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from importlinter.cli import lint_imports

from creditbank import errors

ROOT = Path(__file__).parents[2]
PACKAGE = Path(errors.__file__).parent
MODULES = sorted(PACKAGE.rglob("*.py"))
MOST_LINES = 400
OPTIONAL = {"click", "rich", "openpyxl", "pandas", "numpy"}
LATE = {"sqlite_utils"}  # it takes as long to import as all the rest, so opening a bank's file is what imports it


def names_imported_by(statement: str) -> set[str]:
    """The top-level names in ``sys.modules`` of a fresh process after one statement."""
    code = f"{statement}\nimport json, sys\nprint(json.dumps(sorted(sys.modules)))"
    done = subprocess.run(
        [sys.executable, "-c", code],
        check=True,
        capture_output=True,
        env={**os.environ, "PYTHONPATH": str(PACKAGE.parent)},
        timeout=60,
    )
    return set(json.loads(done.stdout))


def test_imports_flow_one_way(monkeypatch: pytest.MonkeyPatch) -> None:
    """The contracts of pyproject.toml hold: errors know nobody, judgement knows no log, nobody knows a surface."""
    monkeypatch.chdir(ROOT)
    monkeypatch.syspath_prepend(str(PACKAGE.parent))
    assert lint_imports(config_filename=str(ROOT / "pyproject.toml"), no_cache=True) == 0


@pytest.mark.parametrize("module", MODULES, ids=[str(path.relative_to(PACKAGE)) for path in MODULES])
def test_no_module_is_a_giant(module: Path) -> None:
    """A module is small enough to be read in one sitting."""
    lines = module.read_text(encoding="utf-8").count("\n")
    assert lines <= MOST_LINES


@pytest.mark.parametrize("module", MODULES, ids=[str(path.relative_to(PACKAGE)) for path in MODULES])
def test_every_module_opens_with_its_idea(module: Path) -> None:
    """The first thing in a module is a docstring."""
    assert ast.get_docstring(ast.parse(module.read_text(encoding="utf-8")))


def test_importing_the_library_imports_no_surface_and_no_optional_package() -> None:
    """``import creditbank`` leaves the command line, its packages and the database library alone."""
    loaded = names_imported_by("import creditbank")
    assert not {name for name in loaded if name.startswith("creditbank.surfaces")}
    assert not loaded & (OPTIONAL | LATE)


def test_the_check_of_imports_can_fail() -> None:
    """A package that is imported is seen."""
    assert "click" in names_imported_by("import click")


def test_the_package_tells_type_checkers_that_it_is_typed() -> None:
    """The marker file of PEP 561 lies in the package."""
    assert (PACKAGE / "py.typed").is_file()
