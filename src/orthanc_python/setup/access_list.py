# SPDX-License-Identifier: GPL-3.0-or-later
"""The access control list of a file on Windows and macOS, for another file in its place. Linux has it in an attribute."""

from __future__ import annotations

import ctypes
import errno
import os
import struct
import sys
from contextlib import suppress
from pathlib import Path

from orthanc_python.failure import Failure

FIX = "change the file by hand, as orthanc-python config says"
OWNER, DACL = 0x1, 0x4  # OWNER_SECURITY_INFORMATION, DACL_SECURITY_INFORMATION
# A descriptor's control word. Windows sets SE_DACL_AUTO_INHERITED only together with SE_DACL_AUTO_INHERIT_REQ.
CONTROL, INHERITED, KEEP_INHERITED = 2, 0x0400, 0x0100
EXTENDED = 0x100  # ACL_TYPE_EXTENDED
NO_LIST = (errno.ENOENT, errno.ENOTSUP, errno.EOPNOTSUPP)


def copy_access_list(source: Path, target: Path) -> None:
    """Give a file the access control list of another one, and no other; on Windows also the owner, if this account may.

    Raises:
        Failure: the list cannot be copied.
    """
    try:
        if sys.platform == "win32":
            with suppress(OSError):
                _copy_security(source, target, OWNER)
            _copy_security(source, target, DACL)
        elif sys.platform == "darwin":
            _copy_extended(source, target)
    except OSError as error:
        raise Failure(f"cannot keep the access control list of {source}: {error.strerror}: {FIX}") from None


def _copy_security(source: Path, target: Path, kind: int) -> None:
    """Copy a part of the security descriptor."""
    if sys.platform != "win32":
        return
    library = ctypes.WinDLL("advapi32", use_last_error=True)
    size = ctypes.c_ulong()
    library.GetFileSecurityW(str(source), kind, None, 0, ctypes.byref(size))
    data = ctypes.create_string_buffer(size.value)
    if not library.GetFileSecurityW(str(source), kind, data, size.value, ctypes.byref(size)):
        raise ctypes.WinError(ctypes.get_last_error())
    (control,) = struct.unpack_from("<H", data, CONTROL)
    if control & INHERITED:
        struct.pack_into("<H", data, CONTROL, control | KEEP_INHERITED)
    if not library.SetFileSecurityW(str(target), kind, data):
        raise ctypes.WinError(ctypes.get_last_error())


def _copy_extended(source: Path, target: Path) -> None:
    """Copy the extended list. Unlike copyfile(3), keep no entry that the target has inherited."""
    library = ctypes.CDLL(None, use_errno=True)
    library.acl_get_file.restype = library.acl_init.restype = ctypes.c_void_p
    wanted = library.acl_get_file(os.fsencode(source), EXTENDED)
    if wanted is None:
        _raise_last_error(NO_LIST)
        present = library.acl_get_file(os.fsencode(target), EXTENDED)
        if present is None:
            return
        library.acl_free(ctypes.c_void_p(present))
        wanted = library.acl_init(0)
    try:
        if library.acl_set_file(os.fsencode(target), EXTENDED, ctypes.c_void_p(wanted)) != 0:
            _raise_last_error()
    finally:
        library.acl_free(ctypes.c_void_p(wanted))


def _raise_last_error(but: tuple[int, ...] = ()) -> None:
    number = ctypes.get_errno()
    if number not in but:
        raise OSError(number, os.strerror(number))
