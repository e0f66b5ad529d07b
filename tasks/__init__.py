"""Thin Prefect tasks: open what is needed, call one thing, write the outcome down. Only here anything is retried."""
