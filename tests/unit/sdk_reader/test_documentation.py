# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from orthanc_sdk.header.documentation import parse_documentation
from orthanc_sdk.output.docstrings import python_text


def test_function_comment() -> None:
    documentation = parse_documentation(
        """/**
   * @brief Fetch a thing.
   *
   * Fetches the thing
   * that is asked for.
   *
   * - by name
   * - by number
   *
   * @param context The context.
   * @param name The name (can be <tt>NULL</tt>
   *   for all).
   * @return 0 if success.
   * @note Slow.
   * @ingroup Toolbox
   * @deprecated Use another.
   **/"""
    )
    assert documentation.brief == "Fetch a thing."
    assert documentation.details == "Fetches the thing that is asked for.\n- by name\n- by number\nNote: Slow."
    assert documentation.parameters == {"context": "The context.", "name": "The name (can be <tt>NULL</tt> for all)."}
    assert documentation.returns == "0 if success."
    assert documentation.deprecated == "Use another."


def test_trailing_comment() -> None:
    assert parse_documentation("/*!< Internal error */").brief == "Internal error"


def test_comment_without_commands() -> None:
    documentation = parse_documentation("/**\n * First\n * line.\n *\n * More.\n **/")
    assert (documentation.brief, documentation.details) == ("First line.", "More.")


def test_deprecated_without_a_reason() -> None:
    assert parse_documentation("/** @brief Old.\n * @deprecated\n **/").deprecated == "This is deprecated."


def test_no_comment() -> None:
    assert parse_documentation(None).brief == ""


def test_python_text() -> None:
    assert python_text("Is <tt>NULL</tt>, see ::OrthancPluginFooBar().") == "Is None, see FooBar()."
