"""The ledger's history of shapes, oldest first; `Ledger.open` brings a database up to date."""
