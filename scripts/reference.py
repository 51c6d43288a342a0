"""The generated parts of the reference: every public Python name, and every command with its options.

The pages hold the calls in comments, and ``cog -r -I scripts docs/reference/*.md`` writes their output in place.
"""

from __future__ import annotations

import ast
import importlib
import inspect
import pkgutil
import re
import textwrap
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import click

import creditbank
from creditbank.surfaces.cli.app import cli

__all__ = ["command", "command_names", "python_names"]

_SECTION = re.compile(r"(Attributes|Args|Raises|Returns|Yields):")
_ROLE = re.compile(r":\w+:`~?([^`]+)`")


def python_names() -> str:
    """Markdown about every public name of every module, from the code and its docstrings."""
    parts = [_front_door()]
    for name in _module_names():
        module = importlib.import_module(name)
        if getattr(module, "__all__", None):
            parts.append(_module(module))
    return "\n\n".join(parts)


def _module_names() -> list[str]:
    found = pkgutil.walk_packages(creditbank.__path__, "creditbank.")
    return sorted(module.name for module in found if not any(part.startswith("_") for part in module.name.split(".")))


def _front_door() -> str:
    rows = [
        f"| `{name}` | {_sentence(name, getattr(creditbank, name))} | `{_home(getattr(creditbank, name))}` |"
        for name in creditbank.__all__
    ]
    head = "## `creditbank`\n\nThe names to begin with.\n\n| name | what it is | defined in |\n|---|---|---|\n"
    return head + "\n".join(rows)


def _home(found: object) -> str:
    return str(getattr(found, "__module__", "creditbank"))


def _sentence(name: str, found: object) -> str:
    if inspect.isclass(found) or inspect.isroutine(found):
        text = inspect.getdoc(found) or ""
    else:
        docs = (_constant_docs(importlib.import_module(at)).get(name) for at in _module_names())
        text = next(filter(None, docs), "")
    first = _inline(" ".join(text.split("\n\n")[0].split()))
    return first.replace("|", "\\|")


def _module(module: ModuleType) -> str:
    parts = [f"## `{module.__name__}`", _prose(inspect.getdoc(module) or "")]
    constants = _constant_docs(module)
    for name in module.__all__:
        found = getattr(module, name)
        if name in constants:
            parts.append(f"### `{name}`\n\n{_prose(constants[name])}")
        elif _home(found) != module.__name__:
            parts.append(f"### `{name}`\n\nSee [`{_home(found)}`](#{_home(found).replace('.', '')}).")
        elif inspect.isclass(found):
            parts.append(_class(name, found))
        else:
            parts.append(f"### `{name}{_signature(found)}`\n\n{_prose(inspect.getdoc(found) or '')}")
    return "\n\n".join(parts)


def _constant_docs(module: ModuleType) -> dict[str, str]:
    """The string that stands below each assignment of a module."""
    body = ast.parse(Path(str(module.__file__)).read_text(encoding="utf-8")).body
    found: dict[str, str] = {}
    for node, below in zip(body, [*body[1:], None], strict=True):
        for target in _targets(node):
            found[target] = ""
            if isinstance(below, ast.Expr) and isinstance(below.value, ast.Constant):
                found[target] = inspect.cleandoc(str(below.value.value))
    return found


def _targets(node: ast.stmt) -> list[str]:
    if isinstance(node, ast.Assign):
        return [target.id for target in node.targets if isinstance(target, ast.Name)]
    if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
        return [node.target.id]
    return []


def _class(name: str, cls: type) -> str:
    shown = "" if issubclass(cls, BaseException) or getattr(cls, "_is_protocol", False) else _signature(cls)
    parts = [f"### `{name}{shown}`", _prose(inspect.getdoc(cls) or "")]
    parts += [f"#### `{name}.{method}`\n\n{_prose(text)}" for method, text in _methods(cls)]
    return "\n\n".join(parts)


def _methods(cls: type) -> Iterator[tuple[str, str]]:
    for name, member in vars(cls).items():
        if name.startswith("_"):
            continue
        plain = member.__func__ if isinstance(member, classmethod | staticmethod) else member
        if isinstance(plain, property):
            yield name, inspect.getdoc(plain) or ""
        elif inspect.isfunction(plain):
            yield f"{name}{_signature(plain, bound=not isinstance(member, staticmethod))}", inspect.getdoc(plain) or ""


def _signature(found: Any, *, bound: bool = False) -> str:
    """The parameters without their types, which the code shows better, and with simple defaults."""
    try:
        signature = inspect.signature(found)
    except (TypeError, ValueError):  # what C or a type alias defines has none
        return ""
    shown = []
    for parameter in list(signature.parameters.values())[1 if bound else 0 :]:
        default = parameter.default
        plain = parameter.replace(annotation=inspect.Parameter.empty)
        if default is not inspect.Parameter.empty and not isinstance(default, str | int | tuple | None):
            plain = plain.replace(default=_Shown(default))
        shown.append(plain)
    return str(inspect.Signature(shown))


class _Shown:
    """A default value by its name, so that no address in memory gets into a page."""

    def __init__(self, value: object) -> None:
        self.value = value

    def __repr__(self) -> str:
        name = getattr(self.value, "__name__", None)
        return name or (repr(self.value) if " at 0x" not in repr(self.value) else "...")


def _prose(text: str) -> str:
    """A docstring as Markdown: sections as lists, examples as code."""
    blocks = []
    for block in text.split("\n\n"):
        head, _, rest = block.partition("\n")
        if _SECTION.fullmatch(head):
            blocks.append(f"{head}\n\n{_items(rest)}")
        elif head.startswith(">>>"):
            blocks.append(f"```pycon\n{block}\n```")
        else:
            blocks.append(_inline(block.replace("::\n", ":\n")))
    return "\n\n".join(blocks)


def _items(text: str) -> str:
    lines: list[str] = []
    for line in textwrap.dedent(text).splitlines():
        if line.startswith(" "):
            lines[-1] += " " + line.strip()
        else:
            names, _, meaning = line.partition(":")
            listed = ", ".join(f"`{name.strip()}`" for name in names.split(","))
            lines.append(f"- {listed}: {meaning.strip()}" if meaning else f"- {listed}")
    return "\n".join(_inline(line) for line in lines)


def _inline(text: str) -> str:
    return _ROLE.sub(r"`\1`", text).replace("``", "`")


def command_names() -> list[str]:
    """Every command of the command line, subcommands as ``group command``."""
    return [name for name, found in _commands() if not isinstance(found, click.Group)]


def command(name: str) -> str:
    """Markdown about one command: how it is called, what it does, its options."""
    found = dict(_commands())[name]
    places = " ".join(p.make_metavar(click.Context(found)) for p in found.params if isinstance(p, click.Argument))
    parts = [f"```text\ncreditbank {name} {places}".rstrip() + " [OPTIONS]\n```", inspect.cleandoc(found.help or "")]
    rows = [_option(option) for option in found.params if isinstance(option, click.Option)]
    parts.append("| option | meaning |\n|---|---|\n" + "\n".join(rows))
    return "\n\n".join(parts)


def _commands() -> Iterator[tuple[str, click.Command]]:
    for name, found in cli.commands.items():
        yield name, found
        if isinstance(found, click.Group):
            for below, inner in found.commands.items():
                yield f"{name} {below}", inner


def _option(option: click.Option) -> str:
    metavar = "" if option.is_flag else " " + option.make_metavar(click.Context(cli))
    default = f" By default {option.default}." if option.show_default else ""
    required = " Required." if option.required else ""
    return f"| `{', '.join(option.opts)}{metavar}` | {option.help}{default}{required} |".replace("[jsonl|csv]", "jsonl or csv")
