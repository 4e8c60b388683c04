# SPDX-License-Identifier: GPL-3.0-or-later
"""The profile and the audit trail, without Orthanc."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pydicom
import pytest
from dicom_deidentifier.audit import Audit, faults, first_fault
from dicom_deidentifier.deidentify import Deidentifier, Refused
from dicom_deidentifier.profile import Profile
from dicom_deidentifier.settings import Settings
from patients import SECRETS, STUDY, found_in, make_file
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence

FILES = Path(pydicom.__file__).parent / "data" / "test_files"  # which pydicom brings
KEY = b"0123456789abcdef0123456789abcdef"


def read(dicom: bytes) -> Dataset:
    return pydicom.dcmread(io.BytesIO(dicom))


def test_nothing_of_the_patient_stays() -> None:
    original = make_file()
    assert sorted(found_in(original)) == sorted(SECRETS)
    result = Deidentifier(KEY, Profile()).run(original)
    assert found_in(result.dicom) == []
    dataset = read(result.dicom)
    assert dataset.PatientID == dataset.PatientName == result.patient
    assert (dataset.PatientBirthDate, dataset.StudyDate, dataset.ReferringPhysicianName) == ("", "", "")
    assert "PatientAddress" not in dataset and dataset.AcquisitionDateTime == "19000101000000"
    assert dataset.AnatomicRegionSequence[0].CodeValue == "69536005"
    assert dataset.PixelData == bytes(range(8)) and dataset.Modality == "CT"
    assert dataset.PatientIdentityRemoved == "YES" and dataset.DeidentificationMethodCodeSequence[0].CodeValue == "113100"
    assert dataset.file_meta.MediaStorageSOPInstanceUID == dataset.SOPInstanceUID == result.instance


def test_pseudonyms_agree_and_need_the_key() -> None:
    first, second = (Deidentifier(KEY, Profile()).run(make_file()) for _ in range(2))
    assert (first.patient, first.study) == (second.patient, second.study) and first.instance != second.instance
    reference = read(first.dicom).ReferencedImageSequence[0].ReferencedSOPInstanceUID
    assert reference == first.study  # as before: both were STUDY
    other = Deidentifier(KEY[::-1], Profile()).run(make_file())
    assert other.patient != first.patient and other.study != first.study
    assert STUDY not in (first.study, other.study)


def test_kept_attributes() -> None:
    dataset = read(Deidentifier(KEY, Profile(["PatientSex"])).run(make_file()).dicom)
    assert dataset.PatientSex == "F" and dataset.DeidentificationMethod[1:] == ["kept PatientSex"]
    assert dataset.LongitudinalTemporalInformationModified == "REMOVED"
    dataset = read(Deidentifier(KEY, Profile(["StudyDate"])).run(make_file()).dicom)
    assert dataset.StudyDate and dataset.LongitudinalTemporalInformationModified == "UNMODIFIED"
    with pytest.raises(ValueError, match='"PatientID" is always a pseudonym'):
        Settings(Path("key"), Path("audit"), keep=["PatientID"])
    with pytest.raises(ValueError, match='"PatientSecks" is not the keyword'):
        Settings(Path("key"), Path("audit"), keep=["PatientSecks"])


def test_patients_without_an_identifier() -> None:
    """They are not one patient, but the images of a study are."""
    deidentifier = Deidentifier(KEY, Profile())
    names = [deidentifier.run(make_file(PatientID="", StudyInstanceUID=study)).patient for study in ("1.2", "1.2", "1.3")]
    assert names[0] == names[1] != names[2]


def test_spaces_around_an_identifier() -> None:
    """They have no meaning, so that it is the same patient."""
    deidentifier = Deidentifier(KEY, Profile())
    assert len({deidentifier.run(make_file(PatientID=text)).patient for text in ("AL-4711", " AL-4711", "AL-4711 ")}) == 1


def test_attributes_of_other_groups() -> None:
    """A file header and a message name nodes. Within an item, nothing else would take their attributes away."""
    item = Dataset()
    item.add_new(0x00020016, "AE", "ST-JAMES")
    item.add_new(0x00000010, "LO", "Somerset")
    item.add_new(0x00041130, "CS", "ADA")
    item.CodeValue = "69536005"
    dicom = make_file(AnatomicRegionSequence=Sequence([item]))
    (cleaned,) = read(Deidentifier(KEY, Profile()).run(dicom).dicom).AnatomicRegionSequence
    assert [element.keyword for element in cleaned] == ["CodeValue"]


@pytest.mark.parametrize(
    "value", ["YES", " YES", "yes ", "YES\n", "YES\t", "\r\nYES\r\n", "YES\0", ["NO", "YES"], ["NO", "YES\n"]]
)
def test_text_in_the_pixels(value: Any) -> None:
    dicom = make_file(BurnedInAnnotation=value)
    with pytest.raises(Refused):
        Deidentifier(KEY, Profile()).run(dicom)
    assert Deidentifier(KEY, Profile(), store_burned_in=True).run(dicom).instance


@pytest.mark.parametrize("vr", [b"OB", b"UN"])
@pytest.mark.parametrize("value", [b"YES ", b"NO\\YES\n ", b"YES\\NO\0"])
def test_text_in_the_pixels_as_bytes(vr: bytes, value: bytes) -> None:
    """A file with explicit VRs may give the attribute another one."""
    dicom = make_file(BurnedInAnnotation="YES")
    length = len(value).to_bytes(4, "little")
    odd = dicom.replace(b"\x28\x00\x01\x03CS\x04\x00YES ", b"\x28\x00\x01\x03" + vr + bytes(2) + length + value)
    assert odd != dicom
    with pytest.raises(Refused):
        Deidentifier(KEY, Profile()).run(odd)


@pytest.mark.parametrize(
    "name", ["CT_small.dcm", "MR_small.dcm", "rtplan.dcm", "rtdose.dcm", "reportsi.dcm", "waveform_ecg.dcm"]
)
def test_files_of_all_kinds(name: str) -> None:
    file = FILES / name
    original = pydicom.dcmread(file)
    result = Deidentifier(KEY, Profile()).run(file.read_bytes())
    assert read(result.dicom).SOPClassUID == original.SOPClassUID
    assert str(original.PatientID).encode() not in result.dicom or not original.PatientID
    assert str(original.SOPInstanceUID).encode() not in result.dicom


def test_short_key(tmp_path: Path) -> None:
    (tmp_path / "key").write_bytes(b"short\n")
    with pytest.raises(ValueError, match="less than 32 bytes: make one by: head"):
        Settings(tmp_path / "key", tmp_path / "audit").key()


def test_audit_trail(tmp_path: Path) -> None:
    file = tmp_path / "audit.jsonl"
    for number in range(3):  # as after restarts
        Audit(file).write(outcome="deidentified", number=number)
    lines = file.read_text(encoding="utf-8").splitlines()
    assert [json.loads(line)["number"] for line in lines] == [0, 1, 2]
    assert first_fault(file) is None and file.stat().st_mode & 0o777 == 0o600
    file.write_text("\n".join([lines[0], lines[1].replace("deidentified", "refused"), lines[2]]) + "\n", encoding="utf-8")
    assert first_fault(file) == (file, 3)
    file.write_text(f"{lines[0]}\n{lines[2]}\n", encoding="utf-8")
    assert first_fault(file) == (file, 2)


def test_audit_trail_that_is_renamed_meanwhile(tmp_path: Path) -> None:
    """Continue in a new file, as after logrotate. Its first line follows from the last one of the file before."""
    file, old = tmp_path / "audit.jsonl", tmp_path / "audit.jsonl.1"
    audit = Audit(file)
    audit.write(number=0)
    audit.write(number=1)
    file.rename(old)
    audit.write(number=2)
    audit.write(number=3)
    assert first_fault(old, file) is None and file.stat().st_mode & 0o777 == 0o600
    assert first_fault(file) == (file, 1)
    old.write_text(old.read_text(encoding="utf-8").splitlines()[0] + "\n", encoding="utf-8")  # without its last line
    assert first_fault(old, file) == (file, 1)


def test_audit_trail_on_windows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Write bytes, not text. A former trail whose lines end by CR LF is not forged."""
    file, flags = tmp_path / "audit.jsonl", []
    open_file = os.open

    def open_as_windows(path: Path, flag: int, mode: int) -> int:
        flags.append(flag)
        return open_file(path, flag & ~binary, mode)

    for number in range(3):
        Audit(file).write(number=number)
    file.write_bytes(file.read_bytes().replace(b"\n", b"\r\n"))
    audit = Audit(file)
    with monkeypatch.context() as windows:
        binary = 1 << 40
        windows.setattr("os.O_BINARY", binary, raising=False)
        windows.setattr("dicom_deidentifier.audit._synchronize_folder", lambda folder: None)
        windows.setattr("os.open", open_as_windows)
        audit.write(number=3)
    assert first_fault(file) is None and len(flags) == 1 and flags[0] & binary


def test_audit_trail_that_is_large(tmp_path: Path) -> None:
    """Read no more than the end of the file at a start."""
    file = tmp_path / "audit.jsonl"
    audit = Audit(file)
    for number in range(3):
        audit.write(number=number, text="x" * 500_000)
    Audit(file).write(number=3)
    assert first_fault(file) is None


def test_audit_trail_on_a_full_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A part of a line is taken back, and the caller gets an error."""
    file = tmp_path / "audit.jsonl"
    audit = Audit(file)
    audit.write(number=0)
    write = os.write
    with monkeypatch.context() as full:
        full.setattr("os.write", lambda descriptor, data: write(descriptor, data[:5]))
        with pytest.raises(OSError, match="the disk is full"):
            audit.write(number=1)
    audit.write(number=2)
    assert [json.loads(line)["number"] for line in file.read_text(encoding="utf-8").splitlines()] == [0, 2]
    assert first_fault(file) is None


def test_audit_trail_after_a_loss_of_power(tmp_path: Path) -> None:
    file = tmp_path / "audit.jsonl"
    file.write_bytes(b'{"time": "20')
    Audit(file).write(number=1)
    assert [line[:9] for line in file.read_text(encoding="utf-8").splitlines()] == ['{"time": ', '{"time": ']
    with pytest.raises(OSError, match="nowhere"):
        Audit(tmp_path / "nowhere" / "audit.jsonl")


def test_audit_trail_that_was_changed_after_a_loss_of_power(tmp_path: Path) -> None:
    """The line that the loss has cut off does not hide a later change."""
    file = tmp_path / "audit.jsonl"
    Audit(file).write(number=0)
    with file.open("ab") as trail:
        trail.write(b'{"time": "20')
    for number in range(1, 4):
        Audit(file).write(number=number)
    assert list(faults(file)) == [(file, 2)]
    lines = file.read_text(encoding="utf-8").splitlines()
    del lines[3]
    file.write_text("\n".join(lines) + "\n", encoding="utf-8")
    assert list(faults(file)) == [(file, 2), (file, 4)]
    done = subprocess.run(
        [sys.executable, "-m", "dicom_deidentifier.audit", str(file)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    assert [line.partition(": ")[0] for line in done.stderr.splitlines()] == [f"{file}:2", f"{file}:4"]
