"""Every key is proven read-only again, daily; one that may do more by then is read with no more."""

import threading
from typing import Any

import dagster as dg
import pytest

from coinfrs_pipelines import registration
from coinfrs_pipelines.core import data_sources
from coinfrs_pipelines.core.database import connect
from coinfrs_pipelines.core.encryption import Keyring
from coinfrs_pipelines.extract import fireblocks
from coinfrs_pipelines.extract.permissions import CHECK, permission_proofs

PROOFS = """
select name, is_read_only, proofs.evidence ->> 'reason' from registry.permission_proofs as proofs
join registry.data_sources on data_sources.id = data_source_id order by proofs.id
"""
DISABLED = """
select name, disabled_reason from registry.data_sources where disabled_at is not null
"""
KINDS = ("master", "workspace")


def _checked(pipeline: Any) -> tuple[bool, dg.AssetCheckSeverity]:
    result = pipeline.run(0, assets=[permission_proofs, fireblocks.streams_registered])
    [evaluation] = result.get_asset_check_evaluations()
    assert evaluation.check_name == CHECK
    return evaluation.passed, evaluation.severity


@pytest.fixture
def stale(pipeline: Any, tables: Any) -> Any:
    """Register keys without a proof of today, and grant them more by and by."""
    pipeline.register(*KINDS)
    tables.connection.execute(
        "update registry.permission_proofs set proven_at = now() - interval '1 day'"
    )
    tables.connection.commit()
    return pipeline


def test_a_key_is_proven_once_a_day_whatever_its_venue(stale: Any, tables: Any) -> None:
    before = len(tables.rows(PROOFS))
    for _ in range(2):
        passed, _severity = _checked(stale)
        assert passed
    added = tables.rows(PROOFS)[before:]
    assert len(added) == len(KINDS)
    assert all(is_read_only for _, is_read_only, _ in added)
    statuses = tables.one(
        "select evidence -> 'probes' from registry.permission_proofs"
        " where evidence ? 'probes' order by id desc limit 1"
    )
    assert [probe["status"] for probe in statuses] == [200, 200, 403, 403, 403, 403, 403, 200, 200]


def test_a_key_that_may_do_more_by_now_is_disabled_before_anything_is_read_with_it(
    stale: Any, tables: Any
) -> None:
    [user] = stale.world.fireblocks.users
    object.__setattr__(user, "role", "EDITOR")
    passed, severity = _checked(stale)
    assert (passed, severity) == (False, dg.AssetCheckSeverity.ERROR)
    [(name, reason)] = tables.rows(DISABLED)
    assert "Viewer" in reason
    assert tables.rows(PROOFS)[-2:].count((name, False, "may_write")) == 1
    assert tables.one("select count(*) from registry.credentials") == len(KINDS) - 1
    stale.run(0, assets=fireblocks.assets)
    assert tables.one("select count(*) from staging_fireblocks.raw_transactions") == 0


def test_what_is_unclear_disables_nothing_and_is_asked_again(stale: Any, tables: Any) -> None:
    stale.fault(kind="gone", path="/v1/gas_station", requests=1)
    passed, _severity = _checked(stale)
    assert not passed
    assert tables.rows(DISABLED) == []
    assert [is_read_only for _, is_read_only, _ in tables.rows(PROOFS)].count(False) == 1
    passed, _severity = _checked(stale)
    assert passed


def test_a_new_key_is_never_destroyed_by_the_refusal_of_the_old_one(
    register: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is swapped in between the comparison with the refused key and the end of the source."""
    source, keyring = register(), Keyring.from_settings()
    new = data_sources.Credential("n" * 64, "t" * 64)
    refusal = registration.RegistrationRefused(registration.MAY_WRITE, "It may trade.")
    told: list[str] = []
    keep_proof = data_sources.keep_proof

    def swap() -> None:
        with connect("coinfrs_registry") as connection:
            try:
                data_sources.rekey(
                    connection,
                    keyring,
                    source,
                    credential=new,
                    account_ref=source.account_ref,
                    evidence={},
                )
                told.append("swapped")
            except data_sources.NotRegistered:
                told.append("refused")

    swapping = threading.Thread(target=swap)

    def keep_and_swap(*args: Any, is_read_only: bool) -> None:
        if not is_read_only:
            swapping.start()
            swapping.join(1)
        keep_proof(*args, is_read_only=is_read_only)

    def refuse(*_: Any) -> Any:
        raise refusal

    monkeypatch.setattr(registration, "inspect", refuse)
    monkeypatch.setattr(data_sources, "keep_proof", keep_and_swap)
    with pytest.raises(registration.RegistrationRefused):
        registration.validate(lambda: connect("coinfrs_registry"), keyring, source)
    swapping.join()
    assert told == ["refused"]
    with (
        connect("coinfrs_registry") as connection,
        pytest.raises(data_sources.NotRegistered),
    ):
        data_sources.credential(connection, keyring, source)


def test_a_key_whose_account_is_of_another_kind_than_registered_is_not_proven(
    stale: Any, tables: Any
) -> None:
    """A master registered as a sub-account is not asked for what only a master is told."""
    tables.connection.execute(
        "update registry.data_sources set account_kind = 'sub_account' where venue = 'binance'"
    )
    passed, severity = _checked(stale)
    assert (passed, severity) == (False, dg.AssetCheckSeverity.ERROR)
    refused = [reason for _, is_read_only, reason in tables.rows(PROOFS) if not is_read_only]
    assert refused == ["other_account"]
    with connect("coinfrs_registry", autocommit=True) as connection:
        [source] = data_sources.active(connection, venue="binance")
        keyring = Keyring.from_settings()
        same = data_sources.credential(connection, keyring, source)
    with pytest.raises(registration.RegistrationRefused, match="register it again") as caught:
        registration.rekey(lambda: connect("coinfrs_registry"), keyring, source, same)
    assert caught.value.reason == "other_account"
