"""DuckDB inside this process, which says nothing by itself."""

import duckdb


def embedded() -> duckdb.DuckDBPyConnection:
    """A database in memory for one piece of work.

    A query that takes seconds would else draw a bar on standard output, into the JSON of commands.
    """
    connection = duckdb.connect()
    # A notebook without ipywidgets shows no bar, and DuckDB then refuses to be told so.
    if connection.execute("SELECT current_setting('enable_progress_bar')").fetchall() == [(True,)]:
        connection.execute("SET enable_progress_bar = false")
    return connection
