"""`mockserver state`: the worlds of a server that runs, seen, kept and changed from a shell."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from mockserver import jsontext
from mockserver.cli import snapshot_files
from mockserver.errors import UsageError
from mockserver.mocking.differences import differences

if TYPE_CHECKING:
    from mockserver.cli.remote import Remote

DEFAULT_URL: Final = "http://127.0.0.1:4010"
_MOST_SHOWN: Final = 100
_WIDTH: Final = 100


@click.group(
    short_help="See, keep and change the worlds of a mock that runs.",
    epilog="""\b
Examples:
  mockserver state list
  mockserver state show --world ci-7 --resource pets
  mockserver state snapshot before/
  mockserver state restore before/ --world ci-8
  mockserver state diff default ci-8
  mockserver state diff before/ default
  mockserver state clock --advance 5m
""",
)
def state() -> None:
    """See, keep and change the worlds of a mock server that runs."""


def _remote(url: str, control_path: str) -> Remote:
    # Other commands need not wait for what only talks to servers.
    from mockserver.cli.remote import Remote

    return Remote(url, control_path)


def _server_options(function: Any) -> Any:
    for option in (
        click.option(
            "--control-path",
            default="/__mock__",
            metavar="PATH",
            help="Where its control API is.  [default: /__mock__]",
        ),
        click.option(
            "--url", default=DEFAULT_URL, metavar="URL", help=f"The server.  [default: {DEFAULT_URL}]"
        ),
    ):
        function = option(function)
    return function


def _world_option(function: Any) -> Any:
    return click.option("--world", default="default", metavar="NAME", help="The world.  [default: default]")(
        function
    )


def _json_option(function: Any) -> Any:
    return click.option("--json", "as_json", is_flag=True, help="Write JSON.")(function)


@state.command("list")
@_json_option
@_server_options
def list_worlds(url: str, control_path: str, as_json: bool) -> None:
    """List the worlds with their counts."""
    with _remote(url, control_path) as remote:
        found = remote.ask("GET", "worlds", query={"limit": 10_000})
    if as_json:
        _write_json(found)
        return
    rows: list[tuple[str, ...]] = [("world", "records", "requests", "stubs", "idle", "clock")]
    for world in found["worlds"]:
        idle = f"{world['idle_seconds']:.0f} s"
        rows.append(
            (
                world["name"], str(world["records"]), str(world["exchanges"]), str(world["stubs"]), idle,
                _clock_text(world["clock"]),
            )
        )  # fmt: skip
    _write_table(rows)


@state.command()
@click.option("--document", metavar="NAME", help="Only the records of this document.")
@click.option("--resource", metavar="NAME", help="Only those of this resource; then the records are shown.")
@_json_option
@_world_option
@_server_options
def show(
    url: str, control_path: str, world: str, document: str | None, resource: str | None, as_json: bool
) -> None:
    """Show how many records a world has, or the records of a resource."""
    limit = None if as_json else _MOST_SHOWN
    with _remote(url, control_path) as remote:
        query = {"world": world, "document": document, "resource": resource}
        limit = 10_000 if as_json else (_MOST_SHOWN if resource else 0)
        found = remote.ask("GET", "state", query={**query, "limit": limit})
    if as_json:
        _write_json(found)
    elif resource is None:
        _write_table(
            [
                ("document", "resource", "records"),
                *((item["document"], item["resource"], str(item["total"])) for item in found["resources"]),
            ]
        )
    else:
        for item in found["resources"]:
            for record in item["records"]:
                click.echo(jsontext.dumps(record["data"]).decode())
            if item["total"] > len(item["records"]):
                click.echo(
                    f"... and {item['total'] - len(item['records'])} more; --json shows them", err=True
                )


@state.command()
@click.option("--document", metavar="NAME", help="Only the records of this document.")
@_world_option
@_server_options
def reset(url: str, control_path: str, world: str, document: str | None) -> None:
    """Take a world back to its seeds; its journal stays."""
    with _remote(url, control_path) as remote:
        body = {} if document is None else {"document": document}
        found = remote.ask("POST", "state", "reset", query={"world": world}, body=body)
    click.echo(f"{world}: {found['records']} records, as at the beginning")


@state.command()
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path, file_okay=False))
@_world_option
@_server_options
def snapshot(url: str, control_path: str, world: str, folder: Path) -> None:
    """Write all that a world holds into files.

    Records go to DIR/fixtures/API/RESOURCE.yaml, all else to DIR/snapshot.yaml. A server begins with these records by
    `mockserver serve --fixtures DIR/fixtures`; `mockserver state restore DIR` brings back everything.
    """
    with _remote(url, control_path) as remote:
        found = remote.ask("GET", "worlds", world, "snapshot")
    files = snapshot_files.write(found, folder)
    click.echo(f"{world}: {_records_in(found)} records in {len(files) - 1} files below {folder}")


@state.command()
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path, file_okay=False))
@click.option("--force", is_flag=True, help="Also where records do not fit the documents.")
@_world_option
@_server_options
def restore(url: str, control_path: str, world: str, folder: Path, force: bool) -> None:
    """Make a world what a snapshot in files says, all of it or nothing."""
    kept = snapshot_files.load(folder)
    with _remote(url, control_path) as remote:
        query = {"force": "true" if force else None}
        found = remote.ask("PUT", "worlds", world, "snapshot", query=query, body=kept)
    click.echo(f"{world}: {found['records']} records, as in {folder}")


@state.command()
@click.argument("to", metavar="NAME")
@click.option("--replace", is_flag=True, help="Put it in the place of a world that is there.")
@_world_option
@_server_options
def clone(url: str, control_path: str, world: str, to: str, replace: bool) -> None:
    """Make a world NAME that holds what another one does."""
    with _remote(url, control_path) as remote:
        found = remote.ask("POST", "worlds", world, "clone", body={"to": to, "replace": replace})
    click.echo(f"{to}: {found['records']} records, as in {world}")


@state.command()
@click.option("--world", required=True, metavar="NAME", help="The world.")
@_server_options
def delete(url: str, control_path: str, world: str) -> None:
    """Forget a world; the default one can only be reset."""
    with _remote(url, control_path) as remote:
        remote.ask("DELETE", "worlds", world)
    click.echo(f"{world}: deleted")


@state.command()
@click.argument("first")
@click.argument("second")
@_json_option
@_server_options
def diff(url: str, control_path: str, first: str, second: str, as_json: bool) -> None:
    """Tell two worlds apart; exit code 1 when they differ.

    FIRST and SECOND are names of worlds, or folders with snapshots; a name with a slash is always a folder.
    """
    with _remote(url, control_path) as remote:
        folders = [_as_folder(side) for side in (first, second)]
        if folders == [None, None]:
            found = remote.ask("GET", "worlds", first, "diff", second)
        else:
            sides = [
                snapshot_files.load(folder)
                if folder is not None
                else remote.ask("GET", "worlds", name, "snapshot")
                for name, folder in zip((first, second), folders, strict=True)
            ]
            found = {**differences(*sides), "first": first, "second": second}
    if as_json:
        _write_json(found)
    else:
        for line in _difference_lines(found):
            click.echo(line)
    if not found["same"]:
        sys.exit(1)


@state.command()
@click.option("--freeze", is_flag=True, help="Stop it where it is, or at --at.")
@click.option("--run", is_flag=True, help="Let it go on with the machine's clock, or from --at.")
@click.option("--at", metavar="INSTANT", help="For --freeze and --run, e.g. 2026-01-02T03:04:05Z.")
@click.option("--advance", metavar="TIME", help="Let time pass: seconds, or 500ms, 5m, 1h30m, PT5M.")
@_world_option
@_server_options
def clock(
    url: str, control_path: str, world: str, freeze: bool, run: bool, at: str | None, advance: str | None
) -> None:
    """Tell the time in a world; freeze, set or advance it."""
    if freeze and run:
        raise UsageError("a clock stands or runs: say --freeze or --run")
    if at is not None and not (freeze or run):
        raise UsageError(
            "say with --at whether the clock stands there (--freeze) or runs on from there (--run)"
        )
    query = {"world": world}
    with _remote(url, control_path) as remote:
        if freeze or run:
            body = {"mode": "frozen" if freeze else "running", **({} if at is None else {"now": at})}
            remote.ask("PUT", "clock", query=query, body=body)
        if advance is not None:
            remote.ask("POST", "clock", "advance", query=query, body={"by": advance})
        found = remote.ask("GET", "clock", query=query)
    click.echo(f"{world}: {_clock_text(found)}")


# For people.


def _as_folder(side: str) -> Path | None:
    """Return the folder that a side of a comparison names, None for a world."""
    return Path(side) if "/" in side or (Path(side) / snapshot_files.MANIFEST).is_file() else None


def _records_in(snapshot: Mapping[str, Any]) -> int:
    resources = [parts for resources in snapshot["documents"].values() for parts in resources.values()]
    return sum(len(parts["records"]) for parts in resources)


def _clock_text(clock: Mapping[str, Any]) -> str:
    ahead = f", {clock['offset_seconds']:g} s ahead" if clock["offset_seconds"] else ""
    return f"{clock['now']} {clock['mode']}{ahead}"


def _write_json(value: Any) -> None:
    click.echo(jsontext.dumps(value, indent=True).decode())


def _write_table(rows: list[tuple[str, ...]]) -> None:
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    for row in rows:
        click.echo("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())


def _difference_lines(found: Mapping[str, Any]) -> Iterator[str]:
    """Yield what a difference says: `-` is only in the first, `+` only in the second, `~` in both, but changed."""
    if found["same"]:
        yield f"{found['first']} and {found['second']} hold the same"
        return
    yield f"--- {found['first']}"
    yield f"+++ {found['second']}"
    for item in found["resources"]:
        yield f"{item['document']} {item['resource']}"
        for record in item["removed"]:
            yield f"  - {record['id']}  {_short(record['data'])}"
        for record in item["added"]:
            yield f"  + {record['id']}  {_short(record['data'])}"
        for record in item["changed"]:
            yield f"  ~ {record['id']}"
            for change in record["changes"]:
                before, after = (_short(change[key]) if key in change else "-" for key in ("from", "to"))
                yield f"      {change['pointer'] or '/'}: {before} -> {after}"
    if found["clock"] is not None:
        yield f"clock: {_short(found['clock']['from'])} -> {_short(found['clock']['to'])}"
    for sign, key in (("-", "removed"), ("+", "added")):
        for stub in found["stubs"][key]:
            yield f"stub {sign} {_short({name: value for name, value in stub.items() if value not in (None, {})})}"


def _short(value: Any) -> str:
    text = jsontext.dumps(value).decode("utf-8", "replace")
    return text if len(text) <= _WIDTH else f"{text[:_WIDTH]}..."
