"""The generated parts of the reference: public Python names, and the options of commands.

The pages hold the calls in comments, and ``cog -r -I scripts docs/reference/*.md`` writes their output in place.
"""

from __future__ import annotations

import ast
import functools
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
from creditbank.ledger import Ledger
from creditbank.surfaces.cli.app import cli

__all__ = ["command", "command_names", "front_door", "home_of", "module_names", "modules"]

_PROPERTIES = (property, functools.cached_property)
_SECTION = re.compile(r"(Attributes|Args|Raises|Returns|Yields):")
_ROLE = re.compile(r":\w+:`~?([^`]+)`")


def front_door() -> str:
    """Markdown about every name of ``import creditbank``, those of one module together."""
    homes: dict[str, list[str]] = {}
    for name in creditbank.__all__:
        homes.setdefault(home_of("creditbank", name), []).append(name)
    # The bank comes first; it is what everything else is for.
    order = sorted(homes, key=lambda home: (home != "creditbank.bank", home))
    return "\n\n".join(_module(importlib.import_module(home), homes[home]) for home in order)


def modules() -> str:
    """Markdown about the public names of every module: what each is, in a sentence."""
    parts = []
    for module_name in module_names():
        module = importlib.import_module(module_name)
        rows = [
            f"| `{name}` | {_sentence(module, name)} |"
            for name in getattr(module, "__all__", ())
            if home_of(module_name, name) == module_name
        ]
        if rows:
            idea = _inline((inspect.getdoc(module) or "").split("\n\n")[0])
            parts.append(f"## `{module_name}`\n\n{idea}\n\n| name | what it is |\n|---|---|\n" + "\n".join(rows))
    return "\n\n".join(parts)


def _sentence(module: ModuleType, name: str) -> str:
    """The first sentence about a name, as a cell of a table."""
    found = getattr(module, name)
    constants = _constant_docs(module)
    text = constants[name] if name in constants else getattr(found, "help", None) or inspect.getdoc(found)
    first = _inline(" ".join((text or "").split("\n\n")[0].split())).replace("|", "\\|")
    return f"{first} [→](python-api.md)" if name in creditbank.__all__ else first


@functools.cache
def module_names() -> list[str]:
    """Every module of the package that is not private."""
    found = pkgutil.walk_packages(creditbank.__path__, "creditbank.")
    return sorted(module.name for module in found if not any(part.startswith("_") for part in module.name.split(".")))


def home_of(module: str, name: str) -> str:
    """The module that a public name comes from: where its class or function stands, or its constant is assigned."""
    loaded = importlib.import_module(module)
    if name in _constant_docs(loaded):
        return module
    found = getattr(loaded, name)
    if inspect.isclass(found) or inspect.isroutine(found):
        return str(found.__module__)
    return next((at for at in module_names() if name in _constant_docs(importlib.import_module(at))), module)


def _module(module: ModuleType, names: list[str]) -> str:
    parts = [f"## `{module.__name__}`", _prose(inspect.getdoc(module) or "")]
    constants = _constant_docs(module)
    for name in names:
        found = getattr(module, name)
        if name in constants:
            parts.append(f"### `{name}`\n\n{_prose(constants[name])}")
        elif inspect.isclass(found):
            parts.append(_class(name, found))
        else:
            parts.append(f"### `{name}`\n\n{_described(name, found)}")
    return "\n\n".join(part.rstrip() for part in parts)


@functools.cache
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
    if issubclass(cls, BaseException) or getattr(cls, "_is_protocol", False):
        head = _prose(inspect.getdoc(cls) or "")
    else:
        head = _described(name, cls)
    parts = [f"### `{name}`", head]
    for method, found in _methods(cls):
        text = _prose(inspect.getdoc(found) or "") if isinstance(found, _PROPERTIES) else _described(method, found)
        parts.append(f"#### `{name}.{method}`\n\n{text}")
    return "\n\n".join(parts)


def _methods(cls: type) -> Iterator[tuple[str, Any]]:
    for home in (cls, *(base for base in cls.__bases__ if base is Ledger)):
        for name, member in vars(home).items():
            if not name.startswith("_") and (inspect.isroutine(member) or isinstance(member, _PROPERTIES)):
                yield name, member if isinstance(member, _PROPERTIES) else getattr(cls, name)


def _described(name: str, found: Any) -> str:
    return f"```text\n{name}{_signature(found)}\n```\n\n{_prose(inspect.getdoc(found) or '')}"


def _signature(found: Any) -> str:
    """The parameters and the answer, as the code writes them, long ones over several lines."""
    signature = inspect.signature(found)
    shown = []
    for parameter in signature.parameters.values():
        if parameter.name == "self":
            continue
        default = parameter.default
        name = getattr(default, "__name__", None)
        shown.append(
            parameter.replace(
                default=_Shown(name) if name and default is not inspect.Parameter.empty else default,
                annotation=_as_written(parameter.annotation),
            )
        )
    whole = str(inspect.Signature(shown, return_annotation=_as_written(signature.return_annotation)))
    if len(whole) <= 90:
        return whole
    inner, _, answer = whole[1:].rpartition(")")
    return "(\n" + "".join(f"    {part},\n" for part in _parts(inner)) + f"){answer}"


def _parts(parameters: str) -> list[str]:
    """Parameters apart, at the commas that stand in no bracket."""
    found, depth = [""], 0
    for char in parameters:
        depth += (char in "([{") - (char in ")]}")
        if char == "," and not depth:
            found.append("")
        else:
            found[-1] += char
    return [part.strip() for part in found]


def _as_written(annotation: object) -> object:
    return _Shown(annotation) if isinstance(annotation, str) else annotation


class _Shown:
    """A type as the code writes it, or a default by its name: without quotes, and without an address in memory."""

    def __init__(self, text: str) -> None:
        self.text = text

    def __repr__(self) -> str:
        return self.text


def _prose(text: str) -> str:
    """A docstring as Markdown: sections as lists, examples and indented lines as code."""
    blocks = []
    for block in text.split("\n\n"):
        head, _, rest = block.partition("\n")
        if _SECTION.fullmatch(head):
            blocks.append(f"{head}\n\n{_items(rest)}")
        elif head.startswith(">>>"):
            blocks.append(f"```pycon\n{block}\n```")
        elif head.startswith("    "):
            blocks.append(f"```text\n{textwrap.dedent(block)}\n```")
        else:
            blocks.append(_inline(re.sub(r"::$", ":", block)))
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
    usage = f"creditbank {name} {places}".rstrip()
    rows = [_option(option) for option in found.params if isinstance(option, click.Option)]
    return (
        f"```text\n{usage} [OPTIONS]\n```\n\n{inspect.cleandoc(found.help or '')}\n\n"
        "| option | meaning |\n|---|---|\n" + "\n".join(rows)
    )


def _commands() -> Iterator[tuple[str, click.Command]]:
    for name, found in cli.commands.items():
        yield name, found
        if isinstance(found, click.Group):
            for below, inner in found.commands.items():
                yield f"{name} {below}", inner


def _option(option: click.Option) -> str:
    value = "" if option.is_flag else f" {option.make_metavar(click.Context(cli))}".replace("|", " or ")
    default = f" By default {option.default}." if option.show_default else ""
    required = " Required." if option.required else ""
    return f"| `{', '.join(option.opts)}{value}` | {option.help}{default}{required} |"
