"""Trouble on purpose, and the flood limits."""

from __future__ import annotations

from pydantic import BaseModel, Field
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from simulator.control.requests import telegram_of
from simulator.errors import PersonError
from simulator.limits import Rate
from simulator.trouble import Fault


class NewFault(BaseModel):
    """Trouble to come; see `simulator.trouble.Fault`."""

    method: str | None = None
    chat_id: int | None = None
    times: int | None = Field(default=1, gt=0)
    status: int | None = Field(default=None, ge=400, le=599)
    retry_after: int | None = Field(default=None, ge=0)
    drop_answer: bool = False
    latency_ms: int = Field(default=0, ge=0, le=600_000)
    probability: float = Field(default=1.0, gt=0, le=1)
    down: bool = False


class NewRate(BaseModel):
    """So many messages a second, and so many at once."""

    per_second: float = Field(gt=0, allow_inf_nan=False)
    burst: int = Field(gt=0)

    def rate(self) -> Rate:
        """Return it as the limits know it."""
        return Rate(self.per_second, self.burst)


class NewLimits(BaseModel):
    """Other flood limits; what is left out stays as it is."""

    enabled: bool | None = None
    per_chat: NewRate | None = None
    overall: NewRate | None = None


async def _faults(request: Request) -> Response:
    return JSONResponse([fault.described() for fault in telegram_of(request).faults])


async def _add_fault(request: Request) -> Response:
    wanted = NewFault.model_validate_json(await request.body())
    fault = telegram_of(request).faults.add(Fault(**wanted.model_dump()))
    return JSONResponse(fault.described(), status_code=201)


async def _lift_fault(request: Request) -> Response:
    if not telegram_of(request).faults.lift(request.path_params["fault_id"]):
        raise PersonError("there is no such trouble, or no longer")
    return await _faults(request)


async def _lift_all_faults(request: Request) -> Response:
    telegram_of(request).faults.clear()
    return JSONResponse([])


async def _end_outage(request: Request) -> Response:
    telegram_of(request).faults.end_outage()
    return await _faults(request)


async def _limits(request: Request) -> Response:
    return JSONResponse(telegram_of(request).limits.described())


async def _set_limits(request: Request) -> Response:
    wanted = NewLimits.model_validate_json(await request.body())
    telegram = telegram_of(request)
    limits = telegram.limits
    limits.set(
        enabled=limits.enabled if wanted.enabled is None else wanted.enabled,
        per_chat=wanted.per_chat.rate() if wanted.per_chat else limits.per_chat,
        overall=wanted.overall.rate() if wanted.overall else limits.overall,
    )
    telegram.limits_changed()
    return JSONResponse(limits.described())


ROUTES = [
    Route("/control/faults", _faults),
    Route("/control/faults", _add_fault, methods=["POST"]),
    Route("/control/faults", _lift_all_faults, methods=["DELETE"]),
    Route("/control/faults/{fault_id:int}", _lift_fault, methods=["DELETE"]),
    Route("/control/outage", _end_outage, methods=["DELETE"]),
    Route("/control/limits", _limits),
    Route("/control/limits", _set_limits, methods=["PUT"]),
]
