"""People and conversations, as far as passing on a message needs them."""

import os
from datetime import datetime
from functools import partial

import asyncpg
from sqlalchemy import BigInteger, ForeignKey, func
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


class Base(DeclarativeBase):
    """All tables."""


class User(Base):
    """Somebody who uses the bot."""

    __tablename__ = "users"

    id: Mapped[int] = mapped_column(primary_key=True)
    tg_id: Mapped[int] = mapped_column(BigInteger, unique=True)
    banned: Mapped[bool] = mapped_column(default=False)


class ChatSession(Base):
    """One conversation."""

    __tablename__ = "chat_sessions"

    id: Mapped[int] = mapped_column(primary_key=True)
    user_a: Mapped[int] = mapped_column(ForeignKey("users.id"), index=True)
    user_b: Mapped[int] = mapped_column(ForeignKey("users.id"), index=True)
    msg_count_a: Mapped[int] = mapped_column(default=0)
    msg_count_b: Mapped[int] = mapped_column(default=0)
    started_at: Mapped[datetime] = mapped_column(server_default=func.now())
    ended_at: Mapped[datetime | None]


def engine() -> AsyncEngine:
    """Lasting connections to DATABASE_URL; like the product's own, a commit does not wait for the disk."""
    connect = partial(asyncpg.connect, os.environ["DATABASE_URL"], server_settings={"synchronous_commit": "off"})
    return create_async_engine("postgresql+asyncpg://", async_creator=connect, pool_size=10, max_overflow=0)
