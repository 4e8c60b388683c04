# SPDX-License-Identifier: GPL-3.0-or-later
"""The bill of materials of a release, in CycloneDX: each file, and what is in it."""

from __future__ import annotations

import datetime
import json
import uuid
from pathlib import Path

from cyclonedx.contrib.license.factories import LicenseFactory
from cyclonedx.model import HashAlgorithm, HashType, Property
from cyclonedx.model.bom import Bom, BomMetaData
from cyclonedx.model.component import Component, ComponentScope, ComponentType
from cyclonedx.output.json import JsonV1Dot6
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator
from packageurl import PackageURL

from orthanc_release.artifacts import Artifact, Manifest
from orthanc_release.describe.json_text import json_text
from orthanc_release.materials import Material, materials_of
from orthanc_release.targets import ROOT


def bill_of_materials(manifest: Manifest, sources: Path = ROOT) -> str:
    """Return the JSON text. `sources` are those of the release.

    Raises:
        ValueError: it is not as CycloneDX's schema asks.
    """
    made = f"{manifest.version} {manifest.commit} {[file.sha256 for file in manifest.files]}"
    project = Component(
        name="orthanc-python",
        type=ComponentType.APPLICATION,
        bom_ref="orthanc-python",
        version=manifest.version,
        licenses=[LicenseFactory().make_from_string("GPL-3.0-or-later")],
        purl=PackageURL("pypi", name="orthanc-python", version=manifest.version),
    )
    # Neither a date nor a number of this run: the same release has the same bill.
    date = datetime.datetime.fromisoformat(f"{manifest.date}T00:00:00+00:00")
    bom = Bom(metadata=BomMetaData(component=project, timestamp=date), serial_number=uuid.uuid5(uuid.NAMESPACE_OID, made))
    parts: dict[Material, Component] = {}
    for artifact in manifest.files:
        inside = [parts.setdefault(material, _part(material)) for material in materials_of(artifact, sources)]
        file = _file(artifact)
        bom.components.add(file)
        bom.register_dependency(file, inside)
        bom.register_dependency(project, [file])
    bom.components.update(parts.values())
    text = JsonV1Dot6(bom).output_as_string()
    if (error := JsonStrictValidator(SchemaVersion.V1_6).validate_str(text)) is not None:
        raise ValueError(f"the bill of materials is not valid: {error}")
    return json_text(json.loads(text), sort_keys=True)


def _file(artifact: Artifact) -> Component:
    facts = {"kind": artifact.kind, "target": artifact.target, "minimum": artifact.minimum, "compiler": artifact.compiler}
    facts["pythons"] = " ".join(artifact.pythons) or None
    return Component(
        name=artifact.name,
        type=ComponentType.FILE,
        bom_ref=artifact.name,
        hashes=[HashType(alg=HashAlgorithm.SHA_256, content=artifact.sha256)],
        properties=[Property(name=f"orthanc-python:{name}", value=value) for name, value in facts.items() if value],
    )


def _part(material: Material) -> Component:
    name = material.name.replace(" ", "-")
    purl = None
    if material.package is not None:
        namespace, _, last = material.package[1].rpartition("/")
        purl = PackageURL(material.package[0], namespace=namespace or None, name=last, version=material.version)
    return Component(
        name=material.name,
        type=ComponentType.LIBRARY,
        bom_ref=f"{name}@{material.version}" if material.version else name,
        version=material.version,
        scope=ComponentScope.REQUIRED,
        licenses=[LicenseFactory().make_from_string(material.licence)] if material.licence else [],
        hashes=[HashType(alg=HashAlgorithm.SHA_256, content=material.sha256)] if material.sha256 else [],
        purl=purl,
        properties=[Property(name="orthanc-python:requirement", value=material.requirement)] if material.requirement else [],
    )
