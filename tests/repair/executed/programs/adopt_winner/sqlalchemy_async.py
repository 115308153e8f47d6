from sqlalchemy import String, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


class Base(DeclarativeBase):
    pass


class Tag(Base):
    __tablename__ = "tag"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String, unique=True)
    note: Mapped[str] = mapped_column(String, default="")


class Log(Base):
    __tablename__ = "log"
    id: Mapped[int] = mapped_column(primary_key=True)
    text: Mapped[str] = mapped_column(String)


async def found_or_made(db: AsyncSession, name):
    stmt = select(Tag).where(Tag.name == name)
    result = await db.execute(stmt)
    tag = result.scalar_one_or_none()
    if tag is None:
        tag = Tag(name=name, note="new")
        db.add(tag)
        await db.flush()
    return tag.name, tag.note


async def refused(db: AsyncSession, name):
    if await db.scalar(select(Tag).where(Tag.name == name)):
        raise ValueError(f"{name} is taken")
    tag = Tag(name=name, note="new")
    db.add(tag)
    await db.commit()


async def _named(db: AsyncSession, name):
    stmt = select(Tag).where(Tag.name == name)
    return (await db.execute(stmt)).scalar_one_or_none()


async def by_a_helper(db: AsyncSession, name):
    tag = await _named(db, name)
    if tag is None:
        tag = Tag(name=name, note="new")
        db.add(tag)
        await db.commit()
    return name
