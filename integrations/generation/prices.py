"""What a call to a service costs, by tables with dates, for services that give no quote."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import ROUND_UP, Decimal
from typing import Literal

from pydantic import Field

from core.clock import now
from core.errors import ConfigError
from core.models import Capability, Value

Per = Literal["request", "second", "character", "token"]


class Price(Value):
    """What one piece of work costs from a day on, in the service's own units. An empty `model` means any."""

    capability: Capability
    model: str = ""
    since: date
    per: Per = "request"
    units: Decimal = Field(ge=0)


def cost(
    tables: Sequence[Sequence[Price]],
    service: str,
    capability: Capability,
    model: str,
    amounts: Mapping[Per, Decimal],
    on: date,
) -> Decimal:
    """Return the units of a call that takes these amounts (of requests, seconds, ...) on a day.

    The tables are looked through in order, the operator's before the built-in one. In a table a price for the model
    goes before one for any, and the newest that is in force counts; several with different `per` of one day add up.
    Raises ConfigError when there is none.
    """
    for table in tables:
        for wanted in (model, ""):
            named = [price for price in table if (price.capability, price.model) == (capability, wanted)]
            fitting = [price for price in named if price.since <= on and price.per in amounts]
            if fitting:
                return _total(fitting, amounts)
    raise ConfigError(
        f"No price is known for '{capability}' with the model '{model}' of {service}.",
        remedy=f"Add one to [[services.{service}.prices]] in the services file: capability, model, since, per, units.",
    )


def cost_today(
    tables: Sequence[Sequence[Price]], service: str, capability: Capability, model: str, amounts: Mapping[Per, Decimal]
) -> Decimal:
    """Return the units of one request of today that takes these amounts besides. Raises ConfigError like `cost`."""
    return cost(tables, service, capability, model, {"request": Decimal(1), **amounts}, now().date())


def _total(fitting: Sequence[Price], amounts: Mapping[Per, Decimal]) -> Decimal:
    newest = max(price.since for price in fitting)
    counted = {price.per: price.units for price in fitting if price.since == newest}
    total = sum((units * amounts[per] for per, units in counted.items()), Decimal(0))
    return total.quantize(Decimal("0.0001"), rounding=ROUND_UP)
