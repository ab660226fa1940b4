"""A series is split into batches that use each seed once, and is told as it was."""

from itertools import pairwise
from multiprocessing import Pipe

import pytest

from coinfrs_pipelines.rehearsal import documents, series, world_kinds
from coinfrs_pipelines.rehearsal.documents import Made, Result
from coinfrs_pipelines.rehearsal.series import (
    BATCH_SEEDS_MAX,
    BATCH_WORLDS_MAX,
    Batch,
    NoSuchSeriesError,
    split,
)


def test_batches_are_even_and_their_seeds_follow_each_other() -> None:
    batches = split(Batch(seeds=100, days=7, first_seed=5000), processes=2)
    assert [batch.seeds for batch in batches] == [BATCH_SEEDS_MAX] * 10
    assert batches[0].seeds_of_worlds.start == 5000
    assert all(
        one.seeds_of_worlds.stop == other.seeds_of_worlds.start for one, other in pairwise(batches)
    )


def test_a_small_series_uses_every_process() -> None:
    def shares(seeds: int, processes: int) -> list[int]:
        return [batch.seeds for batch in split(Batch(seeds, 1, 1), processes)]

    assert shares(5, 2) == [3, 2]
    assert shares(1, 8) == [1]


def test_a_series_of_one_kind_has_as_many_worlds_as_seeds_and_fills_its_batches() -> None:
    batches = split(Batch(60, 3, 1, only=world_kinds.BAD_DAYS), processes=2)
    assert [len(batch.seeds_of_worlds) for batch in batches] == [BATCH_WORLDS_MAX] * 2
    assert world_kinds.plan(3, only=world_kinds.BAD_DAYS) == [world_kinds.BAD_DAYS] * 3


def test_a_kind_that_the_venue_does_not_have_is_refused() -> None:
    with pytest.raises(world_kinds.NoSuchKindError, match="whole, hidden, bad-days, late"):
        world_kinds.plan(1, venue="fireblocks", only=world_kinds.GONE)


@pytest.mark.parametrize(("seeds", "days"), [(0, 1), (1, 0)])
def test_a_series_of_nothing_is_refused(seeds: int, days: int) -> None:
    with pytest.raises(NoSuchSeriesError):
        series.run(seeds=seeds, days=days, first_seed=1, processes=1, document=None)


def test_every_world_of_a_batch_that_fails_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(_: Batch) -> list[Result]:
        raise OSError("No space is left on the device")

    monkeypatch.setattr(series, "carry_out", fail)
    batch = Batch(2, 1, 40)
    receiver, sender = Pipe(duplex=False)
    series.send(batch, sender)
    found = receiver.recv()
    assert [result.seed for result in found] == list(batch.seeds_of_worlds)
    assert all("No space" in result.wrong[0] for result in found)
    [(kind, worlds, *_, differ)] = documents.by_kind(found)
    assert (kind, worlds, differ) == ("could not be simulated", len(found), len(found))


RESULTS = [
    *(Result(seed, "is whole", "nothing", 10, 5) for seed in (1, 2, 5)),
    *(Result(seed, "has bad days", "has bad days", 10, 5, felt={"http_429": 2}) for seed in (3, 6)),
    Result(4, "hides a record", "hides: it", 9, 5, falsely_complete=1, wrong=("it is complete",)),
]


def test_the_document_tells_of_the_kinds_that_there_were_with_their_seeds() -> None:
    text = documents.of_series(Made("coinfrs simulate", 3, 2, "fireblocks", 90), RESULTS)
    assert "| is whole | 3 | 1-2, 5 | 30 | 15 | 0 | 0 |" in text
    assert "| hides a record | 1 | 4 | 9 | 5 | 1 | 1 |" in text
    assert "Falsely complete: 1." in text
    assert "Faults felt in bad days: http_429 4." in text
    assert [line.partition(":")[0] for line in text.splitlines() if line.startswith("- ")] == [
        "- is whole",
        "- has bad days",
        "- hides a record",
    ]
    assert max(map(len, text.splitlines())) <= 110


def test_the_document_names_the_streams_that_no_world_lacks() -> None:
    gone = Result(7, documents.GONE, "lacks the endpoint of deposits", verdicts=3)
    text = documents.of_series(Made("coinfrs simulate", 3, 2, "", 90), [gone])
    never = text.partition("never taken away")[2]
    assert "`universal_transfers`" in never
    assert "`custody_transfers`" in never
    assert "`deposits`" not in never
