"""Puts the champions into BentoML's model store; a process of its own, see serving.bento."""

import shutil
import sys
from pathlib import Path

import bentoml

from models.champion import CHAMPIONS, read_champions

MODEL = "goodcall-champion"
# The name under which a Bento knows the very version that it was built with.
ALIAS = "champion"


def pack(models_folder: Path) -> str:
    """The tag under which BENTOML_HOME's store now holds the champions and the file naming them."""
    champions = read_champions(models_folder)
    versions = {label: each.content_hash[:12] for label, each in sorted(champions.items())}
    with bentoml.models.create(MODEL, metadata=versions) as packed:
        inside = Path(packed.path)
        for champion in champions.values():
            shutil.copytree(models_folder / champion.folder, inside / champion.folder)
        shutil.copy2(models_folder / CHAMPIONS, inside / CHAMPIONS)
    return str(packed.tag)


if __name__ == "__main__":
    sys.stdout.write(pack(Path(sys.argv[1])))
