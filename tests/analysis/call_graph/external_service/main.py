import sqlalchemy as sa
from sqlalchemy import select


class Store:
    def __init__(self, engine: sa.Engine):
        self.engine = engine

    def find(self, key):
        with self.engine.begin() as connection:
            return connection.execute(self.query(key)).scalar()

    def query(self, key):
        return select(sa.text("1")).where(sa.text(key))


def main():
    return Store(sa.create_engine("sqlite://")).find("1")
