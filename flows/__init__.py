"""One file per workflow. Each reads as the business process; anything that can fail lives in `tasks/`."""
