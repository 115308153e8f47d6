"""The codemod as LibCST's own tool runs it: on one file."""

from __future__ import annotations

from libcst.codemod import CodemodTest
from session_lint.codemods.thread_parameter import ThreadParameter

_GETTER = """
    import psycopg


    def load_customer(conn: psycopg.Connection, phone: str) -> tuple:
        row = conn.execute("SELECT * FROM customers WHERE phone = %s", (phone,)).fetchone()
        if row is None:
            row = conn.execute("INSERT INTO customers (phone) VALUES (%s) RETURNING *", (phone,)).fetchone()
        return row


"""


class TestThreadParameter(CodemodTest):
    """One file, and nothing else is known of the project."""

    TRANSFORM = ThreadParameter

    def test_the_callee_takes_the_record(self) -> None:
        before = f"""{_GETTER}
    def add_line(conn: psycopg.Connection, phone: str, item: str) -> None:
        # one line for each item
        customer = load_customer(conn, phone)
        print(customer[0], item)


    def order(conn: psycopg.Connection, phone: str, item: str) -> str:
        customer = load_customer(conn, phone)
        add_line(conn, phone, item)
        return customer[1]
"""
        after = f"""{_GETTER}
    def add_line(conn: psycopg.Connection, phone: str, item: str, customer: tuple | None = None) -> None:
        # one line for each item
        if customer is None:
            customer = load_customer(conn, phone)
        print(customer[0], item)


    def order(conn: psycopg.Connection, phone: str, item: str) -> str:
        customer = load_customer(conn, phone)
        add_line(conn, phone, item, customer=customer)
        return customer[1]
"""
        self.assertCodemod(before, after)

    def test_an_endpoint_keeps_its_signature(self) -> None:
        text = f"""{_GETTER}
    @app.post("/lines")
    def add_line(conn: psycopg.Connection, phone: str, item: str):
        customer = load_customer(conn, phone)
        print(customer[0], item)


    def order(conn: psycopg.Connection, phone: str, item: str):
        customer = load_customer(conn, phone)
        add_line(conn, phone, item)
        return customer[1]
"""
        self.assertCodemod(text, text)
