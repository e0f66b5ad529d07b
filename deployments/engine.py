"""Runs one flow for the worker, and ends with the worker however that ends.

Otherwise a flow would go on behind a killed factory, beside the run that the next start resumes. A killed
flow loses nothing: what it had finished is written down.
"""

from __future__ import annotations

import runpy
import signal

from core.log import redact_every_record
from core.settings import get_settings
from deployments.children import die_with_parent

if __name__ == "__main__":
    die_with_parent(signal.SIGKILL)
    redact_every_record(get_settings())  # Prefect sends our lines to its server
    runpy.run_module("prefect.engine", run_name="__main__")
