"""How Sphinx builds these pages; it needs no network and imports nothing of the package."""

import tomllib
from pathlib import Path

_project = tomllib.loads((Path(__file__).parents[1] / "pyproject.toml").read_text(encoding="utf-8"))["project"]

project = _project["name"]
author = "the creditbank authors"
copyright = author
release = version = _project["version"]
extensions = ["myst_parser"]
exclude_patterns = ["_build"]
html_theme = "furo"
html_title = f"{project} {release}"
myst_enable_extensions = ["deflist"]
myst_heading_anchors = 3
nitpicky = True
