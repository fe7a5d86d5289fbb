"""The workspace's vault, opened with the master key of the environment."""

import os
from collections.abc import Mapping

from goodcall import Workspace
from governance import Vault, master_key, open_vault


def vault_of(place: Workspace, environment: Mapping[str, str] = os.environ) -> Vault:
    """The vault of a workspace; LostKey or WeakSecret where there is no master key to trust."""
    return open_vault(place.vault, master_key(environment, demo=place.demo.exists()))
