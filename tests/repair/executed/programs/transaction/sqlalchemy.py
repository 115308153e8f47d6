from sqlalchemy import String, create_engine, delete, select
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column

engine = create_engine("sqlite://")


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


def replaced(db: Session, name, notes):
    db.execute(delete(Tag).where(Tag.name == name))
    db.commit()
    db.add_all([Tag(name=name, note=note) for note in notes])
    db.commit()


def in_a_loop(db: Session, name, notes):
    db.query(Tag).filter(Tag.name == name).delete()
    db.commit()
    for note in notes:
        db.add(Tag(name=name, note=note))
    db.add(Log(text=name))
    db.commit()
    return len(notes)


def one_by_one(db: Session, name, notes):
    for tag in db.scalars(select(Tag).where(Tag.name == name)).all():
        db.delete(tag)
    db.commit()
    for note in notes:
        db.add(Tag(name=name, note=note))
    db.commit()


def in_two_sessions(db: Session, name, notes):
    with Session(db.bind) as other:
        other.execute(delete(Tag).where(Tag.name == name))
        other.commit()
    with Session(db.bind) as other:
        for note in notes:
            other.add(Tag(name=name, note=note))
        other.add(Log(text=name))
        other.commit()


def deleted_in_two_sessions(db: Session, name, notes):
    with Session(db.bind) as other:
        for tag in other.scalars(select(Tag).where(Tag.name == name)).all():
            other.delete(tag)
        other.commit()
    with Session(db.bind) as other:
        for note in notes:
            other.add(Tag(name=name, note=note))
        other.commit()
