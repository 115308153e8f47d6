from sqlalchemy import String, create_engine, delete, insert
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column

engine = create_engine("sqlite://")


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


def replaced(db: Session, name, note):
    db.execute(delete(Tag).where(Tag.name == name))
    db.commit()
    db.execute(insert(Tag).values(name=name, note=note))
    db.commit()


def with_an_object(db: Session, name, note):
    db.query(Tag).filter(Tag.name == name).delete()
    db.commit()
    db.add(Tag(name=name, note=note))
    db.add(Log(text=note))
    db.commit()
    return note


def _dropped(db: Session, name):
    db.execute(delete(Tag).where(Tag.name == name))
    db.commit()


def in_a_helper(db: Session, name, note):
    _dropped(db, name)
    db.execute(insert(Tag).values(name=name, note=note))
    db.commit()
    return name
