"""The codemod as LibCST's own tool runs it: on one file."""

from __future__ import annotations

from libcst.codemod import CodemodTest
from session_lint.codemods.hoist import Hoist

_GETTER = """
    import psycopg


    def load_customer(conn: psycopg.Connection, phone: str):
        row = conn.execute("SELECT * FROM customers WHERE phone = %s", (phone,)).fetchone()
        if row is None:
            row = conn.execute("INSERT INTO customers (phone) VALUES (%s) RETURNING *", (phone,)).fetchone()
        return row


"""


class TestHoist(CodemodTest):
    """One file, and nothing else is known of the project."""

    TRANSFORM = Hoist

    def test_the_assignment_moves_before_the_loop(self) -> None:
        before = f"""{_GETTER}
    def order(conn: psycopg.Connection, phone: str, items):
        for item in items:
            # who pays
            customer = load_customer(conn, phone)
            print(customer[0], item)
"""
        after = f"""{_GETTER}
    def order(conn: psycopg.Connection, phone: str, items):
        # who pays
        customer = load_customer(conn, phone)
        for item in items:
            print(customer[0], item)
"""
        self.assertCodemod(before, after)

    def test_a_call_in_an_expression_gets_a_name(self) -> None:
        before = f"""{_GETTER}
    def order(conn: psycopg.Connection, phone: str, items):
        return [(item, load_customer(conn, phone)[0]) for item in items]
"""
        after = f"""{_GETTER}
    def order(conn: psycopg.Connection, phone: str, items):
        customer = load_customer(conn, phone)
        return [(item, customer[0]) for item in items]
"""
        self.assertCodemod(before, after)

    def test_a_key_of_the_loop_stays(self) -> None:
        text = f"""{_GETTER}
    def order(conn: psycopg.Connection, phones):
        return [load_customer(conn, phone) for phone in phones]
"""
        self.assertCodemod(text, text)
