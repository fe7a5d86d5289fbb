"""`goodcall serve` and `goodcall bento`: the scoring endpoint, here or shipped elsewhere."""

from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from cli.errors import BadOption
from cli.options import Home, Json, Lang, Online, show, workspace
from goodcall import Text
from serving.bento import build_bento
from serving.run import Listening, Tls, serve


def serve_command(
    host: Annotated[
        str, typer.Option(help="Beyond this machine it takes TLS, or --behind-proxy.")
    ] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=1, max=65535, help="The port.")] = 3000,
    tls_cert: Annotated[
        Path | None, typer.Option("--tls-cert", metavar="PEM", help="The certificate chain.")
    ] = None,
    tls_key: Annotated[
        Path | None, typer.Option("--tls-key", metavar="PEM", help="The certificate's key.")
    ] = None,
    behind_proxy: Annotated[
        str | None,
        typer.Option(
            metavar="ADDRESS",
            help="Where a proxy in front, which speaks TLS to the callers, asks from.",
        ),
    ] = None,
    max_age: Annotated[
        int | None,
        typer.Option(
            "--max-age",
            min=0,
            max=36_500,
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
    Every caller shows a key of `goodcall access key add`, or signs in.
    """
    place = workspace(home)
    place = replace(place, online_at=online or place.online_at)
    if (tls_cert is None) != (tls_key is None):
        raise BadOption("a certificate goes with its key; give both --tls-cert and --tls-key")
    tls = Tls(tls_cert, tls_key) if tls_cert and tls_key else None
    serve(place, Listening(host, port, tls, behind_proxy), max_age_days=max_age)


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
