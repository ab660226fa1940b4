"""What the document of the measurement says is what was measured."""

from dataclasses import replace

from coinfrs_pipelines.rehearsal.scale import CALLS_MAX, Measured, Reading, written

WALLETS, WORKSPACE, RECEIPT = "/v1/vault/asset_wallets", "/v1/workspace", "/v1/transactions/a"
MEASURED = Measured(
    load=1.25,
    proof_calls=20,
    readings=(
        Reading({WALLETS: 100, WORKSPACE: 13}, 43.4),
        Reading({WALLETS: 90, WORKSPACE: 13, RECEIPT: 1}, 37.2),
    ),
    proven_seconds=52.0,
    vaults=5000,
    wallets=49974,
    verdicts={"complete": 49973},
    wallet_days={"complete": 5000},
)


def test_both_readings_and_the_proof_are_in_the_document() -> None:
    lines = written(MEASURED, 5000).splitlines()
    assert "a load average of 1.2 when it began." in lines[4]
    assert "| proof that the key may only read, and its accounts | 20 | |" in lines
    assert "| capture and streams, shortly after midnight | 113 (at most 130) | 43 |" in lines
    assert "| streams again two hours later, for what settles late | 104 | 37 |" in lines
    assert lines[-3:] == [
        f"| `{WALLETS}` | 100 | 90 |",
        f"| `{WORKSPACE}` | 13 | 13 |",
        f"| `{RECEIPT}` | 0 | 1 |",
    ]


def test_a_reading_that_would_not_fit_into_a_minute_is_not_as_it_must_be() -> None:
    assert MEASURED.is_as_it_must_be
    first, again = MEASURED.readings
    too_many = replace(first, calls={f"/{number}": 1 for number in range(CALLS_MAX + 1)})
    assert not replace(MEASURED, readings=(too_many, again)).is_as_it_must_be
    too_often = replace(again, calls={WALLETS: 101})
    assert not replace(MEASURED, readings=(first, too_often)).is_as_it_must_be
    broken = {"complete": 49972, "broken": 1}
    assert not replace(MEASURED, verdicts=broken).is_as_it_must_be
