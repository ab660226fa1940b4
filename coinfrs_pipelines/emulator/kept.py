"""What an emulator keeps between two starts, so that its accounts go on with the history they had.

A world follows from its seed, first day and number of days, but its API users' private keys are
made by chance. Somebody who starts the venues again on another day, with evidence of theirs stored,
must meet the same world. Left out: faults and later keys, which are for one sitting.
"""

import json
import os
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from coinfrs_pipelines.emulator.world import World

FILE = "world.json"


class NotKeptError(Exception):
    """The file that was kept is none; the message says which, and what to do."""


@dataclass(frozen=True)
class Drawn:
    """What every event of a world follows from."""

    seed: int
    start: date
    days: int


def recall(directory: Path, asked: Drawn) -> Drawn:
    """Return what was kept in the directory, or else what was asked for.

    Raises:
        NotKeptError: the file is not one that was written here.

    """
    file = directory / FILE
    if not file.exists():
        return asked
    try:
        kept = json.loads(file.read_text())
        return Drawn(int(kept["seed"]), date.fromisoformat(kept["start"]), int(kept["days"]))
    except (ValueError, KeyError, TypeError):
        raise NotKeptError(f"{file} is not a kept world: take it away to begin anew.") from None


def keep(directory: Path, world: World) -> None:
    """Give the world's API users the private keys that were kept, and keep all there are."""
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    file = directory / FILE
    kept: dict[str, Any] = json.loads(file.read_text()) if file.exists() else {}
    known: dict[str, str] = kept.get("private_keys", {})
    for user in world.fireblocks.users:
        if user.api_key in known:
            world.fireblocks.take_private_key(user.api_key, known[user.api_key])
    document = {
        "seed": world.seed,
        "start": world.start.date().isoformat(),
        "days": world.days,
        "private_keys": {user.api_key: user.private_key_pem for user in world.fireblocks.users},
    }
    draft = file.with_suffix(".draft")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as written:
        json.dump(document, written, indent=2)
    draft.replace(file)
