from __future__ import annotations

from typing import Self


class Query:
    def where(self) -> Query:
        return self

    def limit(self) -> Self:
        return self

    def fetch(self) -> list[int]:
        return []


def main():
    return Query().where().limit().fetch()


main()
