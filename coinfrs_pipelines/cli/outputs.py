"""Where a command writes what it found: refused before the work, and not with a traceback after it.

Left out: a disk that fills up meanwhile, which nobody can know before.
"""

import os
from pathlib import Path

from coinfrs_pipelines.cli.errors import RefusedError


def refuse_unwritable(file: Path | None) -> None:
    """Refuse a file that cannot be written, or whose directory is not there.

    Raises:
        RefusedError: saying what is in the way.

    """
    if file is None:
        return
    directory = file.absolute().parent
    if not directory.is_dir():
        raise RefusedError(f"{file} cannot be written: there is no directory {directory}.")
    if file.is_dir():
        raise RefusedError(f"{file} cannot be written: it is a directory.")
    # An existing file is overwritten in place, a new one is an entry of its directory.
    if not os.access(file if file.exists() else directory, os.W_OK):
        raise RefusedError(f"{file} cannot be written: permission denied.")
