"""Makes a Prefect server ready for the factory; safe to run at every start.

1. The work pool exists.
2. Everything in prefect.yaml is deployed.
3. Runs that a killed factory left "running" are started again, a few times at most.
"""

from __future__ import annotations

import logging
import subprocess
import sys

from prefect.client.orchestration import SyncPrefectClient, get_client
from prefect.client.schemas.actions import WorkPoolCreate
from prefect.client.schemas.filters import FlowRunFilter, FlowRunFilterState, FlowRunFilterStateType, FlowRunFilterTags
from prefect.client.schemas.objects import StateType
from prefect.exceptions import ObjectAlreadyExists
from prefect.states import Crashed, Scheduled

from core.errors import ConfigError
from core.log import set_up_logging
from core.settings import ROOT, get_settings
from deployments.stack import WORK_POOL, prefect_command

logger = logging.getLogger(__name__)

RESUMABLE_TAG = "resumable"
MAX_RUNS = 3
"""How often a run is begun before it counts as crashed for good."""


def main(arguments: list[str]) -> None:
    """Run all steps."""
    with get_client(sync_client=True) as client:
        create_pool(client)
        deploy_all()
        if "--resume" in arguments:
            resume_left_behind(client)


def create_pool(client: SyncPrefectClient) -> None:
    """Create the process work pool unless it exists."""
    try:
        client.create_work_pool(WorkPoolCreate(name=WORK_POOL, type="process"))
    except ObjectAlreadyExists:
        logger.info("work pool %s exists", WORK_POOL)


def deploy_all() -> None:
    """Deploy every flow of prefect.yaml; raises ConfigError with Prefect's own words."""
    done = subprocess.run(
        prefect_command("--no-prompt", "deploy", "--all"), cwd=ROOT, capture_output=True, text=True, check=False
    )
    if done.returncode != 0:
        raise ConfigError(f"prefect.yaml could not be deployed: {(done.stdout + done.stderr)[-1500:]}")


def resume_left_behind(client: SyncPrefectClient) -> int:
    """Start runs again whose worker was killed, and return how many.

    Only for the stack on one machine, which calls this before it starts its one worker: a run that is still
    "running" or "pending" then has nobody working on it.
    """
    states = FlowRunFilterStateType(any_=[StateType.RUNNING, StateType.PENDING])
    runs = client.read_flow_runs(
        flow_run_filter=FlowRunFilter(
            state=FlowRunFilterState(type=states), tags=FlowRunFilterTags(all_=[RESUMABLE_TAG])
        )
    )
    resumed = 0
    for run in runs:
        if run.run_count < MAX_RUNS:
            message = f"the factory was killed; begun again ({run.run_count} of {MAX_RUNS})"
            client.set_flow_run_state(run.id, Scheduled(name="AwaitingRetry", message=message), force=True)
            resumed += 1
        else:
            client.set_flow_run_state(run.id, Crashed(message=f"killed {run.run_count} times"), force=True)
    return resumed


if __name__ == "__main__":
    set_up_logging(get_settings())
    try:
        main(sys.argv[1:])
    except ConfigError as error:
        sys.exit(str(error))
