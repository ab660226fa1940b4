"""The table of contents of the code location: every asset, check, job, schedule and sensor.

In the order in which data moves. Nothing is loaded by itself: what is not named here is not there.
Importing it makes the database ready (the embedded server is started if no `PG*` is set) and
exports where it is, because dbt and the run processes ask the environment.
"""

import os

import dagster as dg

from coinfrs_pipelines import runs
from coinfrs_pipelines.automation import automate
from coinfrs_pipelines.core import database, redaction
from coinfrs_pipelines.core.settings import settings
from coinfrs_pipelines.extract import binance, fireblocks
from coinfrs_pipelines.extract.permissions import permission_proofs
from coinfrs_pipelines.resources import INSTALLATION
from coinfrs_pipelines.transform import dbt
from coinfrs_pipelines.verify import completeness, retention

# A range run writes an event per asset and day; one at a time they cost four times as much.
os.environ.setdefault("DAGSTER_EVENT_BATCH_SIZE", "500")
redaction.redact_logs()
# A service without its keys is refused at its start. `dagster dev` opens all the same, to look
# around; an extraction then fails and names the variable.
if "DAGSTER_IS_DEV_CLI" not in os.environ:
    settings().require_secrets()
database.ensure_ready()
database.export()

extracted = [permission_proofs, *binance.assets, *fireblocks.assets]
transformed = [dbt.project_assets()]
verified = [completeness.daily_close]
checked = [retention.nothing_is_about_to_be_forgotten]

extract = dg.define_asset_job(
    "extract",
    selection=dg.AssetSelection.assets(*extracted),
    description="Stage 1: prove every key, capture every position and read every stream.",
    tags={runs.STAGE_TAG: "extract"},
)
close = dg.define_asset_job(
    "close",
    selection=dg.AssetSelection.assets(*transformed, *verified),
    description="Stages 2 and 3: build every model with dbt, then record and check the verdicts.",
    tags={runs.STAGE_TAG: "close"},
)
schedules, sensors = automate(extract, close)

defs = dg.Definitions(
    assets=[*extracted, *transformed, *verified],
    asset_checks=checked,
    jobs=[extract, close],
    schedules=schedules,
    sensors=sensors,
    resources=INSTALLATION,
    executor=runs.living_executor,
    loggers={"console": runs.console},
)
