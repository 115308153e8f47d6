"""The baseline: findings that are known, in a file. They are recognised by rule, call path, subject and key, so that neither a moved
line nor a renamed file or variable makes an old finding a new one; and they are counted, so that a second one like it is new."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from session_lint.errors import ConfigError
from session_lint.facts.chain import ChainStep
from session_lint.facts.finding import Finding
from session_lint.facts.known import Known
from session_lint.facts.repair import Change
from session_lint.known.identity import call_path, key, local_name, local_path, subject
from session_lint.known.keys import Keys
from session_lint.runtime import all_or_none

DEFAULT_FILE = "session-lint-baseline.json"
_VERSION = 1
_TEXTS = ("code", "name", "path")


@dataclass(frozen=True, slots=True)
class Matched:
    """Findings told apart by a baseline, and the entries that none of them is."""

    new: tuple[Finding, ...]
    known: tuple[Finding, ...]
    missing: tuple[Known, ...]


def entries(findings: Iterable[Finding]) -> tuple[Known, ...]:
    """What a baseline of these findings holds, sorted."""
    return merged(Known(one.place.path, one.code, tuple(map(_step, one.chain)), subject(one), one.name, 1, key(one)) for one in findings)


def merged(known: Iterable[Known]) -> tuple[Known, ...]:
    """The same entries sorted, each once, with its count."""
    counts: Counter[Known] = Counter()
    for entry in known:
        counts[replace(entry, count=1)] += entry.count
    return tuple(replace(entry, count=count) for entry, count in sorted(counts.items()))


def match(known: Sequence[Known], findings: Sequence[Finding], modules: Collection[str], text_of: Callable[[str], str]) -> Matched:
    """Which of the findings are known. The exact call path counts first; then one without modules, where the modules that differ are
    no longer among the `modules` of the project: a file that was renamed, not the same mistake made again in another. `text_of` gives
    the text of a file, by its path: it tells a key under another name from another key."""
    left = {entry: entry.count for entry in sorted(known)}
    renamed_keys = Keys(text_of)
    exact: dict[tuple[str, tuple[str, ...]], list[Known]] = {}
    local: dict[tuple[str, tuple[str, ...]], list[Known]] = {}
    for entry in left:
        exact.setdefault((entry.code, entry.full_path), []).append(entry)
        local.setdefault((entry.code, entry.local_path), []).append(entry)

    def take(finding: Finding, candidates: Sequence[Known], *, anywhere: bool) -> bool:
        like = [entry for entry in candidates if left[entry] and entry.subject in ("", subject(finding))]
        ordered = sorted(like, key=lambda entry: (entry.key != key(finding), not entry.subject, entry.path != finding.place.path))
        same = (entry for entry in ordered if anywhere or _renamed(entry, finding, modules))
        found = next((entry for entry in same if not renamed_keys.another(entry.key, finding)), None)
        if found is not None:
            left[found] -= 1
        return found is not None

    # those whose key an entry has come first: the others are left with the entries of keys that are gone, or renamed
    keys = {(entry.code, entry.subject, entry.key) for entry in left}
    ordered = sorted(findings, key=lambda one: one.sort_key)
    asked = sorted(ordered, key=lambda one: (one.code, subject(one), key(one)) not in keys)
    rest = [one for one in asked if not take(one, exact.get((one.code, call_path(one)), ()), anywhere=True)]
    strange = {id(one) for one in rest if not take(one, local.get((one.code, local_path(one)), ()), anywhere=False)}
    new = tuple(one for one in ordered if id(one) in strange)
    missing = tuple(replace(entry, count=count) for entry, count in left.items() if count)
    return Matched(new, tuple(one for one in ordered if id(one) not in strange), missing)


def read(file: Path) -> tuple[Known, ...]:
    """The entries of a baseline file. Raises ConfigError when there is none, or it is not what `text` writes."""
    try:
        data = json.loads(file.read_bytes().decode("utf-8"))
    except FileNotFoundError:
        raise ConfigError(f"{file}: there is no such baseline; `session-lint baseline write` makes one") from None
    except OSError as error:
        raise ConfigError(f"{file}: the baseline cannot be read: {error.strerror or error}") from None
    except UnicodeDecodeError as error:
        raise ConfigError(f"{file}: the baseline is not UTF-8 at byte {error.start}; restore it from version control") from None
    except (json.JSONDecodeError, RecursionError) as error:
        line = f":{error.lineno}" if isinstance(error, json.JSONDecodeError) else ""
        raise ConfigError(f"{file}{line}: the baseline is broken JSON: {error}; restore it from version control") from None
    version = data.get("version") if isinstance(data, dict) else None
    if isinstance(version, int) and version > _VERSION:
        raise ConfigError(f"{file}: the baseline has version {version}, this session-lint reads {_VERSION}; install a newer one")
    if version != _VERSION or not isinstance(data.get("findings"), list):
        raise ConfigError(f'{file}: is no baseline: it needs "version": {_VERSION} and a list "findings"')
    return merged(_entry(file, number, record) for number, record in enumerate(data["findings"], 1))


def add(file: Path, finding: Finding) -> None:
    """Adds one finding to a baseline file, which is made if need be. Raises SessionLintError when it cannot be read or written."""
    before = file.read_bytes() if file.exists() else None
    known = read(file) if before is not None else ()
    after = text((*known, *entries([finding]))).encode("utf-8", "backslashreplace")
    all_or_none.write(file.parent, [Change(file.name, before, after)])


def text(known: Iterable[Known]) -> str:
    """The file's text: JSON, sorted, an entry in a few lines, so that a change can be read and merged."""
    records = [
        {
            "code": entry.code,
            "name": entry.name,
            "path": entry.path,
            "chain": list(entry.chain),
            "subject": entry.subject,
            "count": entry.count,
            **({"key": entry.key} if entry.key else {}),
        }
        for entry in merged(known)
    ]
    return json.dumps({"version": _VERSION, "findings": records}, indent=2, ensure_ascii=False) + "\n"


def _step(step: ChainStep) -> str:
    own = local_name(step)
    module = step.function[: -len(own)].removesuffix(".")
    return f"{module}:{own}" if module else own


def _renamed(entry: Known, finding: Finding, modules: Collection[str]) -> bool:
    """Whether every module that the entry names and the finding does not is gone from the project."""
    pairs = zip(entry.chain, (_step(step) for step in finding.chain), strict=True)
    return all(was == now or was.rpartition(":")[0] not in modules for was, now in pairs)


def _entry(file: Path, number: int, record: object) -> Known:
    where = f"{file}: entry {number} of the baseline"
    if not isinstance(record, dict):
        raise ConfigError(f"{where} is not an object")
    for text_key in _TEXTS:
        if not isinstance(record.get(text_key), str) or not record[text_key]:
            raise ConfigError(f'{where}: "{text_key}" must be a non-empty string')
    chain, about, by, count = record.get("chain"), record.get("subject", ""), record.get("key", ""), record.get("count", 1)
    if not isinstance(chain, list) or not all(isinstance(step, str) for step in chain):
        raise ConfigError(f'{where}: "chain" must be a list of strings')
    if not isinstance(about, str) or not isinstance(by, str):
        raise ConfigError(f'{where}: "{"subject" if not isinstance(about, str) else "key"}" must be a string')
    if not isinstance(count, int) or isinstance(count, bool) or count < 1:
        raise ConfigError(f'{where}: "count" must be a positive number')
    return Known(record["path"], record["code"], tuple(chain), about, record["name"], count, by)
