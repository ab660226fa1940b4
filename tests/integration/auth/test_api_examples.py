"""The examples of docs/api.md, run as they stand there, against an emulated venue."""

from __future__ import annotations

import json
import os
import re
import subprocess
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from coinfrs_pipelines.emulator.app import serve as serve_emulator
from coinfrs_pipelines.emulator.clock import VenueClock
from coinfrs_pipelines.emulator.emulation import Emulation

if TYPE_CHECKING:
    from tests.integration.auth.conftest import Serve

DOCUMENT = Path(__file__).parents[3] / "docs" / "api.md"
START = datetime(2026, 1, 5, tzinfo=UTC)


def blocks() -> list[str]:
    return re.findall(r"^```sh\n(.*?)^```$", DOCUMENT.read_text(), re.MULTILINE | re.DOTALL)


def test_every_example_of_the_api_runs_as_it_stands_there(serve: Serve, tmp_path: Path) -> None:
    ask, *others = blocks()
    assert len(others) > 5
    emulation = Emulation(VenueClock(START.replace(minute=5), held=True))
    world = emulation.add_world(5, START, 2)
    with serve_emulator(emulation, host="127.0.0.1", port=0) as running:
        door = serve(COINFRS_BINANCE_SPOT_URL=running.url)
        email = door.somebody()
        environment = {**os.environ, "API": f"{door.url}/api/v1", "EMAIL": email}

        def run(script: str, **variables: str) -> str:
            ended = subprocess.run(
                ("bash", "-euo", "pipefail", "-c", script),
                env={**environment, **variables},
                capture_output=True,
                text=True,
                timeout=60,
                check=False,
            )
            assert ended.returncode == 0, ended.stdout + ended.stderr
            return ended.stdout

        run(ask)
        credential = world.binance.credentials()[0]
        key = tmp_path / "key.json"
        key.write_text(json.dumps({name: credential[name] for name in ("api_key", "api_secret")}))
        said = run(
            "\n".join((ask.split("curl")[0], *others)),
            CODE=door.mailed(email, 1),
            KEY_FILE=str(key),
        )
    assert '"method":"average_cost"' in said
    assert "412\n" in said
    assert said.count('"name":"Once"') == 2
    assert credential["api_secret"] not in said
