from sqlalchemy import String, delete
from sqlalchemy.ext.asyncio import AsyncSession, create_async_engine
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

engine = create_async_engine("sqlite+aiosqlite://")


class Base(DeclarativeBase):
    pass


class Tag(Base):
    __tablename__ = "tag"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String)
    note: Mapped[str] = mapped_column(String, default="")


class Log(Base):
    __tablename__ = "log"
    id: Mapped[int] = mapped_column(primary_key=True)
    text: Mapped[str] = mapped_column(String)


async def replaced(db: AsyncSession, name, notes):
    await db.execute(delete(Tag).where(Tag.name == name))
    await db.commit()
    db.add_all([Tag(name=name, note=note) for note in notes])
    await db.commit()


async def in_a_loop(db: AsyncSession, name, notes):
    await db.execute(delete(Tag).where(Tag.name == name))
    await db.commit()
    for note in notes:
        db.add(Tag(name=name, note=note))
    db.add(Log(text=name))
    await db.commit()
    return len(notes)
