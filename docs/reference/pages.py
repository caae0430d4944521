"""What the site has beyond the files of ``docs/``, as hooks of mkdocs.

- The pages on commands, benchmark files and results are written from the code, where they have a marker such as
  ``<!-- generated: commands -->``.
- A README elsewhere in the repository that a page links to becomes a page, and links are rewritten to the places in the
  site, so that the same link works on a repository's web page and in the site.
"""

from __future__ import annotations

import html
import inspect
import json
import posixpath
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
MARKER = re.compile(r"^<!-- generated: ([a-z-]+) -->$", re.MULTILINE)
LINK = re.compile(r"(\]\()([^)#\s]+)((?:#[^)\s]*)?\))")
KINDS = {str: "text", int: "whole number", bool: "true or false", list: "list", dict: "table"}


def filled(markdown: str) -> str:
    """Return a page with what is generated in the place of its markers."""
    return MARKER.sub(lambda found: "\n".join(GENERATED[found[1]]()), markdown)


def commands() -> Iterator[str]:
    """Yield every command with its arguments and options, as click has them."""
    import click

    from eegrecon.cli.main import cli

    def of(command: click.Command, path: str) -> Iterator[str]:
        context = click.Context(command, info_name=path)
        yield f"## {path}\n"
        yield f"    {path} {' '.join(command.collect_usage_pieces(context))}\n"
        yield f"{inspect.cleandoc(command.help or '')}\n"
        options = [option for option in command.params if isinstance(option, click.Option) and not option.hidden]
        if options:
            yield from _table(("option", "meaning"), [_option(option, context) for option in options])
        if isinstance(command, click.Group):
            for name, inner in command.commands.items():
                yield from of(inner, f"{path} {name}")

    yield from of(cli, "eegrecon")


def _option(option: Any, context: Any) -> tuple[str, str]:
    written, meaning = option.get_help_record(context)
    return f"<code>{html.escape(written)}</code>", html.escape(meaning)


def benchmark_file() -> Iterator[str]:
    """Yield the keys of every table of a benchmark file."""
    from eegrecon.benchmark import keys

    for title, table in {
        "The file": keys.HEADER,
        "Tables": keys.TABLES,
        "`[profile.NAME]`": keys.PROFILE,
        "`[table.ID]`": keys.TABLE,
        "`[[baseline]]`, and `rows` of a table": keys.ROW,
        "`[[published]]`": keys.PUBLISHED,
    }.items():
        yield f"## {title}\n"
        rows = [(f"`{name}`", KINDS[key.kind], key.about) for name, key in table.items()]
        yield from _table(("key", "type", "meaning"), rows)


def result_schema() -> Iterator[str]:
    """Yield the records of ``result.json`` with their fields, from its JSON Schema."""
    schema = json.loads((ROOT / "eegrecon" / "result-1.schema.json").read_text(encoding="utf-8"))
    yield from _record("Result", schema)
    for name, record in schema["$defs"].items():
        yield from _record(name, record)


def _record(name: str, record: dict[str, Any]) -> Iterator[str]:
    yield f"## {name}\n"
    yield f"{record.get('description', '')}\n"
    fields = record["properties"].items()
    rows = [(f"`{field}`", _type(value), html.escape(value.get("description", ""))) for field, value in fields]
    yield from _table(("field", "type", "meaning"), rows)


def _type(value: dict[str, Any]) -> str:
    """Return a type of JSON Schema in words."""
    if "$ref" in value:
        name = value["$ref"].rsplit("/", 1)[-1]
        return f"[{name}](#{name.lower()})"
    if "anyOf" in value:
        return " or ".join(_type(each) for each in value["anyOf"])
    if "enum" in value:
        return " or ".join(f"`{each}`" for each in value["enum"])
    if "const" in value:
        return f"`{value['const']}`"
    if "prefixItems" in value:
        return f"list of {len(value['prefixItems'])}: {', '.join(_type(each) for each in value['prefixItems'])}"
    if value.get("type") == "array":
        return f"list of {_type(value.get('items', {}))}"
    if isinstance(value.get("additionalProperties"), dict):
        return f"object of {_type(value['additionalProperties'])}"
    return str(value.get("type", "any value"))


def _table(head: tuple[str, ...], rows: list[tuple[str, ...]]) -> Iterator[str]:
    for row in (head, ("---",) * len(head), *rows):
        cells = (" ".join(cell.split()).replace("|", "&#124;") for cell in row)
        yield f"| {' | '.join(cells)} |"
    yield ""


GENERATED: dict[str, Callable[[], Iterator[str]]] = {
    "commands": commands,
    "benchmark-file": benchmark_file,
    "result-schema": result_schema,
}


def in_site(path: str) -> str:
    """Return where a file of the repository lies in the site."""
    return "readme.md" if path == "README.md" else path.removeprefix("docs/")  # index.md is the site's own first page


def linked(path: str, markdown: str) -> Iterator[str]:
    """Yield the files of the repository that a page of the repository links to."""
    for _, target, _ in LINK.findall(markdown):
        there = _target(path, target)
        if there is not None:
            yield there


def _target(path: str, target: str) -> str | None:
    if ":" in target:
        return None
    there = posixpath.normpath(posixpath.join(posixpath.dirname(path), target))
    there = posixpath.join(there, "README.md") if (ROOT / there / "README.md").is_file() else there
    return there if (ROOT / there).is_file() else None


def outside() -> list[str]:
    """Return the files outside ``docs/`` that its pages link to, directly or through one another."""
    waiting = sorted(file.relative_to(ROOT).as_posix() for file in (ROOT / "docs").rglob("*.md"))
    seen = set(waiting)
    while waiting:
        path = waiting.pop()
        if path.endswith(".md"):
            new = set(linked(path, (ROOT / path).read_text(encoding="utf-8"))) - seen
            waiting += sorted(new)
            seen |= new
    return sorted(path for path in seen if not path.startswith("docs/"))


def rewritten(path: str, markdown: str) -> str:
    """Return a page of the repository with the links of the site."""

    def link(found: re.Match[str]) -> str:
        there = _target(path, found[2])
        if there is None:
            return found[0]
        return found[1] + posixpath.relpath(in_site(there), posixpath.dirname(in_site(path)) or ".") + found[3]

    return LINK.sub(link, markdown)


def on_files(files: Any, config: Any) -> Any:
    """Add the pages and pictures from outside ``docs/`` (called by mkdocs)."""
    from mkdocs.structure.files import File

    for path in outside():
        files.append(File.generated(config, in_site(path), abs_src_path=str(ROOT / path)))
    return files


def on_page_markdown(markdown: str, page: Any, config: Any, files: Any) -> str:
    """Fill a page's markers and rewrite its links (called by mkdocs)."""
    place = page.file.src_uri
    path = next(path for path in (f"docs/{place}", place, "README.md") if (ROOT / path).is_file())
    return rewritten(path, filled(markdown))
