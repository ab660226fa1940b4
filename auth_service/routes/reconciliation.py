"""The verdicts of one's own accounts and of those in one's portfolios: read only."""

from fastapi import APIRouter

from auth_service.description import refusals
from auth_service.registry import account_mappings, reconciliation
from auth_service.registry.pages import Page
from auth_service.registry.reconciliation import Asked, VerdictVersion
from auth_service.services import ServicesOf, SignedIn

router = APIRouter(prefix="/reconciliation", tags=["reconciliation"])


@router.get("/history", responses=refusals(404))
def verdict_history(user: SignedIn, services: ServicesOf, asked: Asked) -> Page[VerdictVersion]:
    """List what was decided of each cell and day, and every time that changed; newest first."""
    with services.registry.connect() as connection:
        shared = account_mappings.shared_with(connection, user, asked.location_group_id)
    with services.reader.connect() as reader:
        return reconciliation.history(reader, user, asked, shared)
