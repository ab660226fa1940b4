"""What the service knows of the person who is signed in."""

from datetime import datetime
from uuid import UUID

from fastapi import APIRouter
from pydantic import BaseModel

from auth_service.services import SignedIn

router = APIRouter(prefix="/users", tags=["users"])


class Me(BaseModel):
    """A person who has signed in at least once."""

    id: UUID
    email: str
    created_at: datetime


@router.get("/me")
def me(user: SignedIn) -> Me:
    """Show who is signed in."""
    return Me(id=user.id, email=user.email, created_at=user.created_at)
