"""A series is split into batches that use each seed once."""

from itertools import pairwise

from coinfrs_pipelines.rehearsal import worlds
from coinfrs_pipelines.rehearsal.series import BATCH_SEEDS_MAX, Batch, split


def seeds_of(batch: Batch) -> range:
    return range(batch.first_seed, batch.first_seed + worlds.count(batch.seeds))


def test_batches_are_even_and_their_seeds_follow_each_other() -> None:
    batches = split(seeds=100, days=7, first_seed=5000, processes=2)
    assert [batch.seeds for batch in batches] == [BATCH_SEEDS_MAX] * 10
    assert seeds_of(batches[0]).start == 5000
    assert all(seeds_of(one).stop == seeds_of(next_).start for one, next_ in pairwise(batches))


def test_a_small_series_uses_every_process() -> None:
    assert [batch.seeds for batch in split(seeds=5, days=1, first_seed=1, processes=2)] == [3, 2]
    assert [batch.seeds for batch in split(seeds=1, days=1, first_seed=1, processes=8)] == [1]
