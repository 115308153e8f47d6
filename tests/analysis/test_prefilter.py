"""The byte search and the getter name shapes."""

from __future__ import annotations

import pytest

from session_lint.analysis.getter_names import getter_shape
from session_lint.analysis.prefilter import Prefilter


def test_finds_words_whatever_their_case() -> None:
    finder = Prefilter(["Execute", "insert into", "upsert"])
    assert finder.words == ("execute", "insert into", "upsert")
    assert finder.find(b"cur.EXECUTE('INSERT INTO t')") == {"execute", "insert into"}


def test_finds_nothing_in_other_text() -> None:
    assert Prefilter(["execute", ""]).find(b"print('hello')") == frozenset()


def test_lower_cases_letters_outside_ascii() -> None:
    assert Prefilter(["größe_holen"]).find("GRÖßE_holen()".encode()) == {"größe_holen"}


@pytest.mark.parametrize(
    "name",
    [
        "get_or_create",
        "aget_or_create",
        "get_or_create_session",
        "_get_or_create_user",
        "user_get_or_create",
        "getOrCreateSession",
        "GetOrCreate",
        "find_or_create_chat",
        "fetch_or_create",
        "read_or_create",
        "load_or_create",
        "get_or_insert",
        "get_or_init",
        "get_or_add_tag",
        "get_or_new",
        "get_or_make",
        "get_or_register_device",
        "get_default_or_create",
        "ensure_session",
        "ensureProfile",
        "aensure_user",
        "establish_context",
        "create_user_if_not_exists",
        "add_if_missing",
        "ensure_conversation_exists",
    ],
)
def test_getter_names(name: str) -> None:
    assert getter_shape(name)


@pytest.mark.parametrize(
    "name",
    [
        "get_user",
        "get_or_none",
        "get_or_404",
        "get_object_or_404",
        "update_or_create",
        "ensure",
        "ensured_total",
        "ensure_dir",
        "ensure_log_directory",
        "ensure_directory_exists",
        "ensure_future",
        "ensure_ascii",
        "ensure_index",
        "ensure_indexes",
        "ensure_list",
        "ensure_str",
        "ensure_bytes",
        "ensure_event_loop",
        "create_table_if_not_exists",
        "create_if_not_exists",
        "create_bucket_if_not_exists",
        "get_or_create_eventloop",
        "bulk_create",
        "color_create",
        "notify_if_new",
    ],
)
def test_other_names(name: str) -> None:
    assert not getter_shape(name)
