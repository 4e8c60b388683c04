# SPDX-License-Identifier: GPL-3.0-or-later
"""Goldens of the C++ that the templates give for each shape."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import pytest

from orthanc_sdk.binding.rules import Library
from orthanc_sdk.output.cpp import literal
from orthanc_sdk.output.render import render

Files = Callable[[str], dict[str, str]]


def function(files: dict[str, str], name: str, file: str = "functions.cpp") -> str:
    """The definition of that name."""
    text = files[file]
    start = text.index(f'define<"{name}"_routine>')
    return text[start : text.index("\n  });", start) + 6]


def test_bytes_in_and_out(files: Files) -> None:
    text = function(
        files(
            "FN OrthancPluginErrorCode OrthancPluginPost(CTX, OrthancPluginMemoryBuffer* target, const char* uri, "
            "const void* body, uint32_t bodySize);"
        ),
        "Post",
    )
    assert text == (
        'define<"Post"_routine>(module, [](text py_uri, buffer py_body) -> nb::object {\n'
        '    static constexpr service called{"Post", ""};\n'
        '    const char* c_uri = checked_line("uri", py_uri.c_str());\n'
        "    const buffer_view c_body(py_body);\n"
        "    const uint32_t c_bodySize = c_body.size<uint32_t>();\n"
        "    memory_buffer<OrthancPluginMemoryBuffer> out_target;\n"
        "    if (!try_call(called, [&] { return OrthancPluginPost(sdk(), out_target.out(), c_uri, c_body.data(), c_bodySize); "
        "})) {\n"
        "      return {};\n"
        "    }\n"
        "    out_target.own();\n"
        "    return out_target.bytes();\n"
        "  });"
    )


def test_needs_of_the_database(files: Files) -> None:
    text = files("FN OrthancPluginErrorCode OrthancPluginEnqueueValue(CTX, const char* queueId);")["functions.cpp"]
    assert 'static constexpr service called{"EnqueueValue", "", "queues"};' in text


@pytest.mark.parametrize(
    ("declaration", "expected"),
    [
        (
            "void OrthancPluginDo(CTX, const char* data, uint64_t size)",
            "static_cast<const char*>(c_data.data()), c_size",
        ),
        ("void OrthancPluginDo(CTX, float value)", "const float c_value = static_cast<float>(py_value);"),
        ("void OrthancPluginDo(CTX, uint8_t on)", "const uint8_t c_on = py_on.value();"),
        ("void OrthancPluginDo(CTX, OrthancPluginColor c)", "[](enumeration<OrthancPluginColor> py_c) -> nb::object {"),
        ("void OrthancPluginDo(CTX, OrthancPluginErrorCode c)", "[](number<int32_t> py_c) -> nb::object {"),
        (
            "void OrthancPluginDo(CTX, OrthancPluginErrorCode c)",
            "const OrthancPluginErrorCode c_c = static_cast<OrthancPluginErrorCode>(py_c.value());",
        ),
        (
            "void OrthancPluginDo(CTX, uint32_t hCount, const char* const* hKeys, const char* const* hValues)",
            "OrthancPluginDo(sdk(), c_h.count(), c_h.keys(), c_h.values());",
        ),
        ("void OrthancPluginDo(CTX, int32_t n, OrthancPluginBox* b)", "const handle_use<OrthancPluginBox> c_b(py_b);"),
        (
            "char* OrthancPluginDo(CTX)",
            "return owned_text(called, call(called, [&] { return OrthancPluginDo(sdk()); }));",
        ),
        (
            "const char* OrthancPluginDo(CTX)",
            "return borrowed_text(call(called, [&] { return OrthancPluginDo(sdk()); }));",
        ),
        (
            "OrthancPluginColor OrthancPluginDo(CTX)",
            "return member(call(called, [&] { return OrthancPluginDo(sdk()); }));",
        ),
        (
            "OrthancPluginBox* OrthancPluginDo(CTX)",
            "return owned(called, call(called, [&] { return OrthancPluginDo(sdk()); }));",
        ),
        ("int64_t OrthancPluginDo(CTX)", "[]() -> int64_t {"),
        ("char* OrthancPluginGenerateUuid(CTX)", "owned_text(called, call_quick(called,"),
        (
            "void OrthancPluginSetCookie(CTX, const char* cookie)",
            "return try_call_quick(called, [&] { return OrthancPluginSetCookie(sdk(), c_cookie); }) ? nb::none()",
        ),
        (
            "char* OrthancPluginComputeMd5(CTX, const void* buffer, uint32_t size)",
            "return owned_text(called, call_with_data(c_size, called, [&] {",
        ),
    ],
)
def test_shapes(files: Files, declaration: str, expected: str) -> None:
    assert expected in files(f"FN {declaration};")["functions.cpp"]


def test_tuple_in_the_order_of_c(files: Files) -> None:
    text = function(
        files(
            "FN OrthancPluginErrorCode OrthancPluginMany(CTX, OrthancPluginMemoryBuffer* answerHeaders, uint8_t* changed, "
            "uint16_t* status, OrthancPluginColor* color);"
        ),
        "Many",
    )
    expected = "nb::make_tuple(out_answerHeaders.json(), nb::bool_(out_changed != 0), nb::int_(out_status), member(out_color))"
    assert f"return {expected};" in text


def test_found_with_one_value_is_none(files: Files) -> None:
    declaration = "FN OrthancPluginErrorCode OrthancPluginGet(CTX, uint8_t* found, OrthancPluginMemoryBuffer* target);"
    text = function(files(declaration), "Get")
    assert (
        "    out_target.own();\n    if (out_found == 0) {\n      return nb::none();\n    }\n    return out_target.bytes();"
        in text
    )


def test_found_with_two_values_is_a_tuple_of_none(files: Files) -> None:
    declaration = "FN OrthancPluginErrorCode OrthancPluginGet(CTX, uint8_t* found, OrthancPluginMemoryBuffer* a, uint64_t* b);"
    text = function(files(declaration), "Get")
    assert "return nb::make_tuple(nb::none(), nb::none());" in text
    assert "return nb::make_tuple(out_a.bytes(), nb::int_(out_b));" in text


def test_found_alone_is_a_bool(files: Files) -> None:
    text = function(files("FN OrthancPluginErrorCode OrthancPluginHas(CTX, uint8_t* found);"), "Has")
    assert "return nb::bool_(out_found != 0);" in text


def test_code_in_the_result(files: Files) -> None:
    text = function(files("FN OrthancPluginErrorCode OrthancPluginSetStableStatus(CTX, uint8_t* changed);"), "SetStableStatus")
    assert "const OrthancPluginErrorCode code = call_unchecked(called, [&] {" in text
    assert "return nb::make_tuple(member(code), nb::int_(out_changed));" in text


def test_methods_and_destructor(files: Files) -> None:
    handles = files(
        """SINCE("9.3.0") FN uint32_t OrthancPluginBoxCount(CTX, const OrthancPluginBox* box);
           FN void OrthancPluginFreeBox(CTX, OrthancPluginBox* box);"""
    )["handles.cpp"]
    assert "  OrthancPluginFreeBox(sdk(), pointer);" in handles
    assert 'nb::class_<handle<OrthancPluginBox>>(module, "Box",' in handles
    assert (
        'define<"Box.Count"_routine>(module, [](handle<OrthancPluginBox>& py_self) -> uint32_t {\n'
        '    static constexpr service called{"Box.Count", "9.3.0"};\n'
        "    const handle_use<OrthancPluginBox> c_self(py_self);\n"
        "    return call_quick(called, [&] { return OrthancPluginBoxCount(sdk(), c_self.get()); });\n"
        "  });" in handles
    )


def test_handle_without_destructor(files: Files) -> None:
    handles = files("FN void OrthancPluginShut(CTX, OrthancPluginBox* box);")["handles.cpp"]
    assert "void handle_traits<OrthancPluginBox>::release(OrthancPluginBox*) noexcept {}" in handles


def test_parameter_names_cannot_hide_others(files: Files) -> None:
    rendered = files("FN void OrthancPluginDo(CTX, const char* called, const char* sdk, const char* lambda);")
    assert "OrthancPluginDo(sdk(), c_called, c_sdk, c_lambda)" in function(rendered, "Do")
    assert '  {"called"},\n  {"sdk"},\n  {"lambda_"},\n' in rendered["routines.cpp"]


def test_enumerations(files: Files) -> None:
    rendered = files("")
    assert '  {"DARK_RED", 3},\n  {"RGB24", 4},\n' in rendered["enumerations.cpp"]
    assert "INTERNAL" not in rendered["enumerations.cpp"]
    assert "enum class enumeration_id : int {\n  ErrorCode,\n  Color,\n  count\n};" in rendered["generated.h"]
    assert 'constexpr const char* sdk_version = "9.8.7";' in rendered["generated.h"]


def test_new_member(files: Files) -> None:
    rendered = files("typedef enum { OrthancPluginShape_Round = 1, OrthancPluginShape_FlatBox = 7 } OrthancPluginShape;")
    assert '{"FLAT_BOX", 7}' in rendered["enumerations.cpp"]
    assert "    FLAT_BOX: Final[Shape]  # 7\n" in rendered["orthanc.pyi"]


def test_literal_escapes() -> None:
    assert literal('a "b" \\ c\nd', indent=2) == '"a \\"b\\" \\\\ c\\n"\n  "d"'


def test_hand_written_functions_are_not_generated(sdk_files: Mapping[str, str]) -> None:
    text = sdk_files["functions.cpp"] + sdk_files["handles.cpp"]
    for name in ("GetImageBuffer", "LookupDictionary", "RegisterRestCallback", "CompressPngImage"):
        assert f"OrthancPlugin{name}(" not in text


def test_outputs_do_not_depend_on_the_machine(sdk: Library, sdk_files: Mapping[str, str]) -> None:
    first = render(sdk)
    assert first == sdk_files
    assert all("/home/" not in text and "/root/" not in text and "/usr/" not in text for text in first.values())
    assert all(text.endswith("\n") and " \n" not in text for text in first.values())


@pytest.mark.parametrize(
    ("declaration", "expected"),
    [
        ("FN void OrthancPluginLogError(CTX, const char* message);", "const log_lines c_message(py_message.c_str());"),
        ("FN void OrthancPluginLogError(CTX, const char* message);", "return log_in_worker(py_message);"),
        (
            "FN void OrthancPluginLogMessage(CTX, const char* message, const char* file);",
            "const std::string c_file = one_line(py_file.c_str());",
        ),
        (
            "FN void OrthancPluginFetch(CTX, const char* url);",
            'const char* c_url = checked_line("url", py_url.c_str());',
        ),
        (
            "FN void OrthancPluginDo(CTX, uint32_t hCount, const char* const* hKeys, const char* const* hValues);",
            'check_lines("h", c_h);',
        ),
        (
            "FN OrthancPluginErrorCode OrthancPluginStoreKeyValue(CTX, const char* storeId, const char* key);",
            'const char* c_storeId = checked_line("storeId", py_storeId.c_str());\n    const char* c_key = py_key.c_str();',
        ),
    ],
)
def test_control_characters_of_texts(files: Files, declaration: str, expected: str) -> None:
    assert expected in files(declaration)["functions.cpp"]
