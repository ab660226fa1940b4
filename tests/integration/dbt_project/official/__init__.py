"""What the venues' published samples must become, by family: exact legs, amounts and signs."""

from dataclasses import dataclass

from coinfrs_pipelines.connectors.streams import Stream

# wallet (at Fireblocks "vault/" and the vault account), asset, component, signed amount, type,
# status
Leg = tuple[str, str, str, str, str, str]


@dataclass(frozen=True)
class Sample:
    """One published answer of a stream's endpoint, and all legs of its records, in any order.

    `file` is in tests/samples/<venue>; `scope` is what the stream was read with. `record_at` is
    where a document that is no list holds its only record; at the top, if it is empty.
    """

    stream: Stream
    file: str
    legs: tuple[Leg, ...]
    scope: str = ""
    account_kind: str = "master"
    record_at: tuple[str, ...] | None = None
