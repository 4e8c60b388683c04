# SPDX-License-Identifier: GPL-3.0-or-later
"""Prints what the build has to know of the interpreter that runs this, as key=value lines for find_interpreter.cmake.

Runs on any Python 3 (hence no f-strings, and os.path), so that one that is too old can be refused by its version.
"""

import os
import struct
import sys
import sysconfig

get = sysconfig.get_config_var
threaded = "t" if get("Py_GIL_DISABLED") else ""
if len(sys.argv) > 1:  # PYTHON_LIBRARY_NAME
    named, plain = [], sys.argv[1]
else:  # conda names its static library, and has the shared one too
    named = [name for name in (get("INSTSONAME"), get("LDLIBRARY")) if name and not name.endswith(".a")]
    plain = "python%d.%d%s" % (sys.version_info[0], sys.version_info[1], threaded)
usual = ["lib%s%s" % (plain, suffix) for suffix in (".so", ".so.1.0", ".dylib")]
prefix = getattr(sys, "base_prefix", sys.prefix)
folders = [get("LIBDIR"), os.path.join(prefix, "lib"), get("PYTHONFRAMEWORKPREFIX")]
libraries = [os.path.join(folder, name) for names in (named, usual) for folder in folders if folder for name in names]

print("version=%d.%d%s" % (sys.version_info[0], sys.version_info[1], threaded))
print("release=%d.%d.%d" % sys.version_info[:3])
print("executable=%s" % os.path.realpath(sys.executable))
print("include=%s" % sysconfig.get_path("include"))
print("library=%s" % next((path for path in libraries if os.path.isfile(path)), ""))
print("bits=%d" % (struct.calcsize("P") * 8))
