# SPDX-License-Identifier: GPL-3.0-or-later
"""The access control lists of Windows and macOS. Linux has them in attributes."""

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
# Protected from what its parent gives; full access for SYSTEM, Administrators and the owner, also to files in it.
CLOSED = "D:P(A;OICI;FA;;;SY)(A;OICI;FA;;;BA)(A;OICI;FA;;;OW)"
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


def close_folder(folder: Path) -> None:
    """Let nobody but its owner, root or administrators use a new folder, that has the mode 0700.

    On macOS it inherits entries of a list nevertheless, and on Windows only newer CPythons heed the mode.

    Raises:
        Failure: it cannot be closed.
    """
    try:
        if sys.platform == "win32":
            _set_closed(folder)
        elif sys.platform == "darwin":
            _clear_extended(_library_of_macos(), folder)
    except OSError as error:
        raise Failure(f"cannot close the folder {folder} to other accounts: {error.strerror}: {FIX}") from None


def _set_closed(folder: Path) -> None:
    if sys.platform != "win32":
        return
    library = ctypes.WinDLL("advapi32", use_last_error=True)
    descriptor = ctypes.c_void_p()
    if not library.ConvertStringSecurityDescriptorToSecurityDescriptorW(CLOSED, 1, ctypes.byref(descriptor), None):
        raise ctypes.WinError(ctypes.get_last_error())
    try:
        if not library.SetFileSecurityW(str(folder), DACL, descriptor):
            raise ctypes.WinError(ctypes.get_last_error())
    finally:
        ctypes.WinDLL("kernel32").LocalFree(descriptor)


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
    library = _library_of_macos()
    wanted = library.acl_get_file(os.fsencode(source), EXTENDED)
    if wanted is None:
        _raise_last_error(NO_LIST)
        _clear_extended(library, target)
    else:
        _set_extended(library, target, wanted)


def _clear_extended(library: ctypes.CDLL, target: Path) -> None:
    """Set an empty extended list, unless there is none: not all file systems have lists."""
    present = library.acl_get_file(os.fsencode(target), EXTENDED)
    if present is None:
        _raise_last_error(NO_LIST)
        return
    library.acl_free(ctypes.c_void_p(present))
    _set_extended(library, target, library.acl_init(0))


def _set_extended(library: ctypes.CDLL, target: Path, wanted: int) -> None:
    """Set an extended list, and free it."""
    try:
        if library.acl_set_file(os.fsencode(target), EXTENDED, ctypes.c_void_p(wanted)) != 0:
            _raise_last_error()
    finally:
        library.acl_free(ctypes.c_void_p(wanted))


def _library_of_macos() -> ctypes.CDLL:
    library = ctypes.CDLL(None, use_errno=True)
    library.acl_get_file.restype = library.acl_init.restype = ctypes.c_void_p
    return library


def _raise_last_error(but: tuple[int, ...] = ()) -> None:
    number = ctypes.get_errno()
    if number not in but:
        raise OSError(number, os.strerror(number))
