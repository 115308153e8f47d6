from sqlalchemy import String, delete, insert
from sqlalchemy.ext.asyncio import AsyncSession, create_async_engine
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

engine = create_async_engine("sqlite+aiosqlite://")


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


async def replaced(db: AsyncSession, name, note):
    await db.execute(delete(Tag).where(Tag.name == name))
    await db.commit()
    await db.execute(insert(Tag).values(name=name, note=note))
    await db.commit()


async def with_an_object(db: AsyncSession, name, note):
    await db.execute(delete(Tag).where(Tag.name == name))
    await db.commit()
    tag = Tag(name=name, note=note)
    db.add(tag)
    await db.commit()
    return note
