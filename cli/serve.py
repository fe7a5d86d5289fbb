"""`goodcall serve` and `goodcall bento`: the scoring endpoint, here or shipped elsewhere."""

from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from cli.options import Home, Json, Lang, Online, show, workspace
from goodcall import Text
from serving.bento import build_bento
from serving.run import serve


def serve_command(
    host: Annotated[
        str, typer.Option(help="A loopback address: access is not controlled yet.")
    ] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=1, max=65535, help="The port.")] = 3000,
    max_age: Annotated[
        int | None,
        typer.Option(
            "--max-age",
            min=0,
            metavar="DAYS",
            help="How old a snapshot may be. Default: GOODCALL_MAX_AGE, else 35.",
        ),
    ] = None,
    online: Online = None,
    home: Home = None,
) -> None:
    """Answer apps over HTTP until interrupted: scores, reasons, next best offers.

    The documentation page is at /docs. A model that is promoted or a plan that is made while the
    service runs is picked up by itself. Events posted to /v1/events count in the next answer.
    """
    place = workspace(home)
    place = replace(place, online_at=online or place.online_at)
    serve(place, host=host, port=port, max_age_days=max_age)


def bento_command(
    project: Annotated[
        Path, typer.Argument(metavar="[PROJECT]", help="The folder of Goodcall's source.")
    ] = Path(),
    home: Home = None,
    lang: Lang = None,
    as_json: Json = False,
) -> None:
    """Build a Bento: this code, its pinned requirements and the workspace's champions.

    `bentoml serve FOLDER` runs it on a machine that has only requirements/serving.txt installed.
    """
    speak = show(lang, as_json=as_json)
    with speak.progress(Text("building the Bento", "构建Bento")):
        built = build_bento(workspace(home), project.resolve())
    speak.say(f"{built.tag}: {built.path}")
    speak.hand_over({"tag": built.tag, "path": built.path})
