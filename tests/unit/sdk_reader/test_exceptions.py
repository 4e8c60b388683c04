# SPDX-License-Identifier: GPL-3.0-or-later
"""The table of exceptions names real functions, and each with a reason."""

from __future__ import annotations

from collections.abc import Mapping

from orthanc_sdk.binding import exceptions
from orthanc_sdk.binding.rules import bind
from orthanc_sdk.header.model import Header
from orthanc_sdk.names import short_name

# Which SDK brought the functions that Debian 12's lacks, for machines that have no newer header. A misspelt name is in none.
SINCE = {
    **{name: tuple(map(int, since.split("."))) for name, since in exceptions.SINCE.items()},
    "KeysValuesIteratorNext": (1, 12, 8),
    "RegisterAuditLogHandler": (1, 12, 9),
    "RegisterFindCallback2": (1, 12, 10),
    "RegisterHttpAuthentication": (1, 12, 9),
    "RegisterMoveCallback2": (1, 12, 10),
    "RegisterStorageArea3": (1, 12, 8),
    "RegisterStorageCommitmentScpCallback2": (1, 12, 10),
    "RegisterWorklistCallback2": (1, 12, 10),
    "SetStableStatus": (1, 12, 9),
}
TABLES: tuple[Mapping[str, object], ...] = (
    exceptions.NOT_FOR_SCRIPTS,
    exceptions.HAND_WRITTEN,
    exceptions.OPTIONAL_FROM,
    exceptions.CODE_IN_RESULT,
    exceptions.FREE_TEXTS,
    exceptions.LOG_LINES,
    exceptions.NEEDS_OF_DATABASE,
    exceptions.LOG_TEXTS,
    exceptions.SINCE,
    exceptions.QUICK,
    exceptions.NO_ANSWER,
    exceptions.SLOW,
    exceptions.RESULT_DOCUMENTATION,
)


def test_entries_are_functions(all_headers: list[Header]) -> None:
    known = {short_name(function.name) for header in all_headers for function in header.functions}
    newest = max(tuple(map(int, header.version.split("."))) for header in all_headers)
    newer = {name for name, since in SINCE.items() if since > newest}
    for table in TABLES:
        assert set(table) - known - newer == set()


def test_texts_are_parameters(all_headers: list[Header]) -> None:
    functions = {short_name(function.name): function for header in all_headers for function in header.functions}
    for table in (exceptions.FREE_TEXTS, exceptions.LOG_LINES, exceptions.LOG_TEXTS):
        for name, texts in table.items():
            if name in functions:
                assert set(texts) <= {parameter.name for parameter in functions[name].parameters}


def test_each_header_tells_when_functions_came(all_headers: list[Header]) -> None:
    """As far as the SDK at hand does not, the table does: what Debian 12's SDK lacks must not pass for being always there."""
    dated = {function.name: function.since for function in bind(all_headers[-1]).header.functions}
    for header in all_headers:
        for function in bind(header).header.functions:
            since = dated.get(function.name, "")
            if since and tuple(map(int, since.split("."))) > (1, 10, 1):
                assert function.since == since


def test_additions_are_not_functions(all_headers: list[Header]) -> None:
    known = {short_name(function.name) for header in all_headers for function in header.functions}
    renamed = {name for name, entry in exceptions.HAND_WRITTEN.items() if entry.python}
    assert not (known - renamed) & set(exceptions.ADDITIONS)
    assert {addition.needs for addition in exceptions.ADDITIONS.values()} <= known


def test_open_enumerations_exist(all_headers: list[Header]) -> None:
    known = {short_name(enumeration.name) for header in all_headers for enumeration in header.enumerations}
    assert set(exceptions.OPEN_ENUMERATIONS) <= known


def test_an_entry_stands_once() -> None:
    tables: list[Mapping[str, object]] = [
        exceptions.NOT_FOR_SCRIPTS,
        exceptions.HAND_WRITTEN,
    ]
    names = [name for table in tables for name in table]
    assert len(names) == len(set(names))


def test_entries_have_reasons() -> None:
    reasons = [reason for table in TABLES for reason in table.values()]
    assert all(reasons)
    for entry in (*exceptions.HAND_WRITTEN.values(), *exceptions.ADDITIONS.values()):
        assert entry.reason
        assert entry.documentation
        assert entry.file.endswith(".cpp")
