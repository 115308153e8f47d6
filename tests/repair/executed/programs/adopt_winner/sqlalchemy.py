from sqlalchemy import String, insert, select
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column


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


def found_or_made(db: Session, name):
    tag = db.query(Tag).filter(Tag.name == name).first()
    if not tag:
        tag = Tag(name=name, note="new")
        db.add(tag)
        db.flush()
        db.add(Log(text=f"made {name}"))
    return tag.name, tag.note


def by_statement(db: Session, name):
    stmt = select(Tag).where(Tag.name == name)
    result = db.execute(stmt)
    tag = result.scalar_one_or_none()
    if tag is None:
        db.execute(insert(Tag).values(name=name, note="new"))
        db.commit()


def refused(db: Session, name):
    if db.scalar(select(Tag).where(Tag.name == name)) is not None:
        raise ValueError(f"{name} is taken")
    tag = Tag(name=name)
    tag.note = "new"
    db.add(tag)
    db.commit()
    return tag.name


def noted_again(db: Session, name):
    tag = db.scalars(select(Tag).where(Tag.name == name)).first()
    if tag:
        tag.note = "again"
    else:
        db.add(Tag(name=name, note="new"))
    db.commit()


def _named(db: Session, name):
    stmt = select(Tag).where(Tag.name == name)
    return db.execute(stmt).scalar_one_or_none()


def by_a_helper(db: Session, name):
    tag = _named(db, name)
    if tag is None:
        tag = Tag(name=name, note="new")
        db.add(tag)
        db.commit()
    return tag.name


def _is_taken(db: Session, name):
    return db.query(Tag).filter(Tag.name == name).count() > 0


def refused_by_a_helper(db: Session, name):
    if _is_taken(db, name):
        raise ValueError(f"{name} is taken")
    db.add(Tag(name=name, note="new"))
    db.commit()
    return name


def stored_and_saved(db: Session, name):
    tag = db.scalar(select(Tag).where(Tag.name == name))
    if tag is None:
        tag = Tag(name=name)
        db.add(tag)
    tag.note = "new"
    db.commit()
    return tag.name, tag.note
