# SPDX-License-Identifier: GPL-3.0-or-later
"""Print what an interpreter says of itself, as JSON.

The loader has this file embedded. It and `orthanc-python doctor` run the file in the interpreter: `python -I -S -X utf8 -c`.
It must run in any Python 3, however old, and import no other module of the package.
"""

import json
import os
import struct
import sys
import sysconfig

get = sysconfig.get_config_var
threaded = "t" if get("Py_GIL_DISABLED") else ""
plain = "libpython%d.%d%s" % (sys.version_info[0], sys.version_info[1], threaded)
names = [name for name in (get("INSTSONAME"), get("LDLIBRARY")) if name and not name.endswith(".a")]
usual = [plain + suffix for suffix in (".so.1.0", ".so", ".dylib")]  # conda has it beside the static one that it names
if os.name == "nt":
    names, usual = ["python%d%d%s.dll" % (sys.version_info[0], sys.version_info[1], threaded)], []
# Where the build says, or beside an installation that was moved.
folders = [get("LIBDIR"), os.path.join(sys.base_prefix, "lib"), get("PYTHONFRAMEWORKPREFIX"), sys.base_prefix]
found = [os.path.join(folder, name) for group in (names, usual) for folder in folders if folder for name in group]
print(
    json.dumps(
        {
            "version": "%d.%d%s" % (sys.version_info[0], sys.version_info[1], threaded),
            "release": "%d.%d.%d" % sys.version_info[:3],
            "platform": sysconfig.get_platform(),
            "bits": struct.calcsize("P") * 8,
            "executable": sys.executable or "",
            "prefix": sys.prefix,
            "library": next((path for path in found if os.path.isfile(path)), ""),
        }
    )
)
