"""What an outcome is: labels as definitions, read from TOML."""
