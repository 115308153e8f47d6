"""Several findings at one call: each that asks for another repair is said, one defect is said once."""

from __future__ import annotations

from textwrap import dedent

from session_lint import api

STORE = """
    import asyncpg

    pool: asyncpg.Pool


    async def user_of(number):
        row = await pool.fetchrow("SELECT * FROM users WHERE number = $1", number)
        if row is None:
            await pool.execute("INSERT INTO users (number) VALUES ($1) ON CONFLICT (number) DO NOTHING", number)
            row = await pool.fetchrow("SELECT * FROM users WHERE number = $1", number)
        return row
"""


def findings(text: str) -> list[tuple[str, str]]:
    """The code and the marked name of each finding's line."""
    files = {"store.py": dedent(STORE), "app.py": dedent(text)}
    lines = files["app.py"].splitlines()
    report = api.check_source(files)
    return [(one.code, lines[one.place.span.row - 1].partition("#")[2].strip()) for one in report.findings]


def test_a_loop_in_a_callee_and_the_record_of_its_caller_are_two() -> None:
    found = findings("""
        from store import user_of

        async def handle(mail):
            user = await user_of(mail.sender)
            print(user["name"])
            await parts(mail)

        async def parts(mail):
            for part in mail.parts:
                if part.hidden:
                    continue
                user = await user_of(mail.sender)  # here
                print(part, user)
    """)

    assert found == [("ONE103", "here"), ("ONE104", "here")]


def test_a_loop_over_calls_for_a_record_that_is_there_is_one() -> None:
    found = findings("""
        from store import user_of

        async def handle(mail):
            user = await user_of(mail.sender)
            print(user["name"])
            for part in mail.parts:
                await show(mail, part)

        async def show(mail, part):
            user = await user_of(mail.sender)  # here
            print(part, user)
    """)

    assert found == [("ONE103", "here")]


def test_a_loop_in_the_function_that_has_the_record_is_one() -> None:
    found = findings("""
        from store import user_of

        async def handle(mail):
            user = await user_of(mail.sender)
            for part in mail.parts:
                again = await user_of(mail.sender)  # here
                print(part, user, again)
    """)

    assert found == [("ONE101", "here")]


def test_what_fills_an_element_that_lacks_it_is_obtained_when_it_is_needed() -> None:
    found = findings("""
        from store import user_of

        async def handle(mail):
            for part in mail.parts:
                if not part.owner:
                    part.owner = await user_of(mail.sender)
    """)

    assert found == []


def test_a_loop_that_passes_over_elements_obtains_for_the_rest() -> None:
    found = findings("""
        from store import user_of

        async def handle(mail):
            for part in mail.parts:
                if not part.wanted:
                    user = await user_of(mail.sender)  # here
                    print(part, user)
    """)

    assert found == [("ONE104", "here")]
