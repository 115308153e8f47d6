"""The codemod as LibCST's own tool runs it: on one file."""

from __future__ import annotations

from libcst.codemod import CodemodTest
from session_lint.codemods.reuse_variable import ReuseVariable

_GETTER = """
    import psycopg


    def load_customer(conn: psycopg.Connection, phone: str):
        row = conn.execute("SELECT * FROM customers WHERE phone = %s", (phone,)).fetchone()
        if row is None:
            row = conn.execute("INSERT INTO customers (phone) VALUES (%s) RETURNING *", (phone,)).fetchone()
        return row


"""


class TestReuseVariable(CodemodTest):
    """One file, and nothing else is known of the project."""

    TRANSFORM = ReuseVariable

    def test_the_second_call_becomes_the_variable(self) -> None:
        before = f"""{_GETTER}
    def names(conn: psycopg.Connection, phone: str):
        customer = load_customer(conn, phone)  # looked up here
        return customer[0], load_customer(conn, phone)[1]
"""
        after = f"""{_GETTER}
    def names(conn: psycopg.Connection, phone: str):
        customer = load_customer(conn, phone)  # looked up here
        return customer[0], customer[1]
"""
        self.assertCodemod(before, after)

    def test_a_result_that_was_not_kept_gets_a_name(self) -> None:
        before = f"""{_GETTER}
    def names(conn: psycopg.Connection, phone: str):
        print(load_customer(conn, phone)[0])
        return load_customer(conn, phone)[1]
"""
        after = f"""{_GETTER}
    def names(conn: psycopg.Connection, phone: str):
        customer = load_customer(conn, phone)
        print(customer[0])
        return customer[1]
"""
        self.assertCodemod(before, after)

    def test_a_file_without_findings_stays_as_it_is(self) -> None:
        text = f"""{_GETTER}
    def names(conn: psycopg.Connection, one: str, other: str):
        return load_customer(conn, one), load_customer(conn, other)
"""
        self.assertCodemod(text, text)
