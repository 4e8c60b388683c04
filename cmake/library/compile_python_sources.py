# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes the bytecode of Python files, for embed_python_sources.cmake: python -S -B compile_python_sources.py FOLDER FILE...

FOLDER gets `<stem>.bytecode` for each file: the code object, as `marshal` writes it. Prints the interpreter's magic number, as
PyImport_GetMagicNumber() gives it: a plugin uses the bytecode only with a CPython of the same number.
"""

import importlib.util
import marshal
import sys
from pathlib import Path

folder = Path(sys.argv[1])
folder.mkdir(parents=True, exist_ok=True)
for argument in sys.argv[2:]:
    file = Path(argument)
    code = compile(file.read_bytes(), f"<orthanc-python {file.name}>", "exec", dont_inherit=True, optimize=0)
    (folder / f"{file.stem}.bytecode").write_bytes(marshal.dumps(code))
print(int.from_bytes(importlib.util.MAGIC_NUMBER, "little"))
