# SPDX-License-Identifier: GPL-3.0-or-later
"""Functions that the SDK does not have: bound by hand, and worth their names beside the SDK's."""

from __future__ import annotations

from orthanc_sdk.binding.hand_written import DRIVEN, ONCE, PIXEL_ARGUMENTS, PIXEL_DOCUMENTATION, HandWritten

# Methods by their class and name.
ADDITIONS = {
    "HasFunction": HandWritten(
        "bindings/availability.cpp",
        "the plugin may be built with a newer SDK than Orthanc's: its version decides",
        "name: str",
        "bool",
        documentation="Whether this Orthanc has a function of this module.\n\nname is that of a function (SetStableStatus) "
        "or of a method (DicomInstance.GetInstanceJson). Where Orthanc lacks it, a call raises OrthancException. False for "
        "names that are not in this module either.",
        needs="CheckVersionAdvanced",
    ),
    "DicomInstance.GetInstanceDataRange": HandWritten(
        "bindings/instances.cpp",
        "a part of GetInstanceData",
        "offset: int, size: int",
        "bytes",
        documentation="Get a part of the DICOM file.\n\nA copy of size bytes from offset on; of fewer at the end of the file.",
        needs="GetInstanceData",
        integer="uint64_t",
    ),
    "DicomInstance.GetInstanceDataView": HandWritten(
        "bindings/instances.cpp",
        "GetInstanceData without a copy",
        "",
        "memoryview",
        documentation="See the DICOM file without copying it.\n\nThe read-only memoryview, and what NumPy makes of it, keep "
        "the instance. An instance that Orthanc lends to a callback is copied once, since it cannot be kept: "
        "OpenInstanceData and GetInstanceDataRange read parts of it.",
        needs="GetInstanceData",
    ),
    "DicomInstance.OpenInstanceData": HandWritten(
        "bindings/instances.cpp",
        "GetInstanceData as a file",
        "",
        "BinaryIO",
        documentation="Read the DICOM file in parts.\n\nA binary file, as for pydicom.dcmread, that copies what it is asked "
        "for. It raises RuntimeError once the instance is no longer valid.",
        needs="GetInstanceData",
    ),
    "Image.GetImageBufferView": HandWritten(
        "bindings/images.cpp",
        "GetImageBuffer without a copy",
        "",
        "memoryview",
        documentation="Read and write the pixels where they are.\n\nA memoryview for numpy.asarray: its shape is (height, "
        "width), or (height, width, channels) for colours; its items are those of the pixel format, such as 16-bit integers; "
        "its rows are GetImagePitch bytes apart. It keeps the image.",
        needs="GetImageBuffer",
    ),
    "CreateImageFromBuffer": HandWritten(
        "bindings/images.cpp",
        "stands for CreateImageAccessor: the image owns a copy of the pixels",
        PIXEL_ARGUMENTS,
        "Image",
        documentation=f"Create an image and copy pixels into it.\n\n{PIXEL_DOCUMENTATION}",
        needs="CreateImage",
    ),
    "RegisterMoveCallback2": HandWritten(
        "callbacks/dicom/move.cpp",
        "the SDK's RegisterMoveCallback with its driver in Python",
        f"create: _MoveCallback[_Driver], {DRIVEN}",
        documentation="Carry out C-MOVE requests in sub-operations.\n\ncreate(**request) makes a driver, size(driver) is the "
        "number of sub-operations, apply(driver) carries out the next one and fails by raising or by returning a non-zero "
        f"ErrorCode, free(driver) comes last.{ONCE}",
        needs="RegisterMoveCallback",
    ),
    "FindQuery.GetFindQueryTagGroup": HandWritten(
        "bindings/established.cpp",
        "the first half of GetFindQueryTag",
        "index: int",
        "int",
        documentation="Get the group of a tag of the query.\n\nindex counts the tags from 0.",
        needs="GetFindQueryTag",
    ),
    "FindQuery.GetFindQueryTagElement": HandWritten(
        "bindings/established.cpp",
        "the second half of GetFindQueryTag",
        "index: int",
        "int",
        documentation="Get the element of a tag of the query.\n\nindex counts the tags from 0.",
        needs="GetFindQueryTag",
    ),
    "FindMatcher.FindMatcherIsMatch": HandWritten(
        "bindings/established.cpp",
        "the name of IsMatch in older scripts",
        "dicom: _Bytes",
        "int",
        documentation="The same as IsMatch.",
        needs="FindMatcherIsMatch",
    ),
    "StorageArea.StorageAreaCreate": HandWritten(
        "bindings/established.cpp",
        "the name of Create in older scripts",
        "uuid: str, content: _Bytes, type: ContentType | int",
        "None",
        documentation="The same as Create.",
        needs="StorageAreaCreate",
    ),
    "StorageArea.StorageAreaRead": HandWritten(
        "bindings/established.cpp",
        "the name of Read in older scripts",
        "uuid: str, type: ContentType | int",
        "bytes",
        documentation="The same as Read.",
        needs="StorageAreaRead",
    ),
    "StorageArea.StorageAreaRemove": HandWritten(
        "bindings/established.cpp",
        "the name of Remove in older scripts",
        "uuid: str, type: ContentType | int",
        "None",
        documentation="The same as Remove.",
        needs="StorageAreaRemove",
    ),
}
