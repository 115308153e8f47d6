from __future__ import annotations

from session_lint.rule_doc import REQUIRED_HEADINGS, CodeBlock, RuleDoc, code_blocks


class Sample:
    """The same record obtained again.

    ## What it does
    Flags a second call.

    ## Example
    Two files:

    ```python
    # app/service.py
    ## not a heading
    def f(): ...
    ```

    ```toml
    x = 1
    ```

    ~~~py
    text = '''
    ```
    '''
    ~~~

    ## Fix safety ##
    Safe.
    """


def test_summary_and_sections_in_source_order() -> None:
    doc = RuleDoc.of(Sample)
    assert doc.summary == "The same record obtained again."
    assert [heading for heading, _ in doc.sections] == ["What it does", "Example", "Fix safety"]
    assert doc.section("What it does") == "Flags a second call."
    assert RuleDoc.of(Sample()) == doc


def test_missing_headings_are_told_in_their_order() -> None:
    assert RuleDoc.of(Sample).missing() == ("Why is this bad?", "Use instead", "Known limitations")
    assert RuleDoc.parse("").missing() == REQUIRED_HEADINGS
    assert RuleDoc.parse("x\n\n## Example\n\n## Use instead\ny").section("Example") == ""


def test_python_blocks_with_the_file_they_name() -> None:
    blocks = code_blocks(RuleDoc.of(Sample).section("Example"))
    assert blocks == (
        CodeBlock("app/service.py", "# app/service.py\n## not a heading\ndef f(): ...\n"),
        CodeBlock("", "text = '''\n```\n'''\n"),
    )


def test_a_block_left_open_is_not_code() -> None:
    assert code_blocks("```python\nx = 1\n") == ()


def test_an_ordinary_comment_names_no_file() -> None:
    (block,) = code_blocks("```python\n# obtain it once\nx = 1\n```")
    assert block.path == ""
