# SPDX-License-Identifier: GPL-3.0-or-later
"""The plugin. Name this module in the setting "Modules" of the section "Python"."""

from __future__ import annotations

import logging
import warnings
from importlib.metadata import version

import orthanc

from dicom_deidentifier.audit import Audit
from dicom_deidentifier.deidentify import Deidentifier, Refused
from dicom_deidentifier.profile import EDITION, Profile
from dicom_deidentifier.settings import Settings
from orthanc_python.inside import read_section

ORTHANC_REQUIRES = {"plugin": ">=0.1", "sdk": ">=1.10.1", "orthanc": ">=1.10.1"}

# The texts of pydicom's warnings have values of the file.
warnings.filterwarnings("ignore", module=r"pydicom\b")
logging.getLogger("pydicom").setLevel(logging.CRITICAL)

settings = read_section("Deidentifier", Settings)
deidentifier = Deidentifier(settings.key(), Profile(settings.keep), store_burned_in=settings.store_burned_in)
audit = Audit(settings.audit_file)
SOFTWARE = {"profile": f"PS3.15 {EDITION}", "dicom-anonymizer": version("dicom-anonymizer")}


def on_received(dicom: bytes, origin: int) -> tuple[int, bytes | None]:
    """Store the de-identified file, or nothing: an error must not let the original through.

    MODIFY without a file: Orthanc stores nothing, and the sender gets an error. After DISCARD it gets success.
    """
    try:
        sender = orthanc.InstanceOrigin(origin).name
        try:
            result = deidentifier.run(dicom)
        except Exception as error:
            # The text of another error may have values of the file: not into the log, and not into the audit trail.
            reason = str(error) if isinstance(error, Refused) else type(error).__name__
            source = deidentifier.digest("file", dicom).hex()
            audit.write(outcome="refused", origin=sender, source=source, reason=reason)
            orthanc.LogError(f"deidentifier: refused an instance: {reason}; the audit trail has it as source {source[:16]}")
            return orthanc.ReceivedInstanceAction.MODIFY, None
        audit.write(
            outcome="deidentified",
            origin=sender,
            patient=result.patient,
            study=result.study,
            instance=result.instance,
            counts=result.counts,
            kept=settings.keep,
            **SOFTWARE,
        )
        return orthanc.ReceivedInstanceAction.MODIFY, result.dicom
    except Exception as error:
        orthanc.LogError(
            f"deidentifier: refused an instance, because the audit trail cannot be written: {type(error).__name__}"
        )
        return orthanc.ReceivedInstanceAction.MODIFY, None


orthanc.RegisterReceivedInstanceCallback(on_received)
