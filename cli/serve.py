"""`goodcall serve`: the scoring endpoint on a workspace."""

from typing import Annotated

import typer

from cli.options import Home, workspace
from serving.run import serve


def serve_command(
    host: Annotated[
        str, typer.Option(help="A loopback address: access is not controlled yet.")
    ] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=1, max=65535, help="The port.")] = 3000,
    home: Home = None,
) -> None:
    """Answer apps over HTTP until interrupted: scores, reasons, next best offers.

    The documentation page is at /docs. A model that is promoted or a plan that is made while the
    service runs is picked up by itself.
    """
    serve(workspace(home), host=host, port=port)
