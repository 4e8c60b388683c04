#: GET /typed/abc?limit=3
#: GET /typed/abc
#: UPLOAD CT
#: FIND STUDY PatientName=
#: WORKLIST PatientName=
#: UNORDERED
from __future__ import annotations

import dataclasses
import enum
import sys
import typing

import orthanc


def say(*values: object) -> None:
    # In one piece: callbacks say something at the same time.
    sys.stdout.write(' '.join(map(str, values)) + '\n')


class Kind(enum.IntEnum):
    INSTANCE = orthanc.ChangeType.NEW_INSTANCE
    STUDY = orthanc.ChangeType.NEW_STUDY


@dataclasses.dataclass
class Request:
    method: str
    groups: typing.Tuple[str, ...]
    headers: typing.Dict[str, str]
    get: typing.Dict[str, str] = dataclasses.field(default_factory=dict)
    body: bytes = b''

    @property
    def limit(self) -> int:
        return int(self.get.get('limit', '10'))


def answer(output: orthanc.RestOutput, uri: str, **request: typing.Any) -> None:
    parsed = Request(**request)
    output.AnswerBuffer('%s %s %d %s' % (uri, parsed.groups[0], parsed.limit, sorted(parsed.headers)[0]), 'text/plain')


def on_change(change: int, level: int, resource: str) -> None:
    try:
        say(Kind(change).name, orthanc.ResourceType.STUDY == level)
    except ValueError:
        pass


def on_stored(dicom: orthanc.DicomInstance, instance: str) -> None:
    image: orthanc.Image = dicom.GetInstanceDecodedFrame(0)
    say(isinstance(dicom, orthanc.DicomInstance), isinstance(image, orthanc.Image), isinstance(image, orthanc.FindMatcher))


def on_find(answers: orthanc.FindAnswers, query: orthanc.FindQuery, issuer: str, called: str) -> None:
    say(isinstance(answers, orthanc.FindAnswers), isinstance(query, orthanc.FindQuery))


def on_worklist(answers: orthanc.WorklistAnswers, query: orthanc.WorklistQuery, issuer: str, called: str) -> None:
    say(isinstance(answers, orthanc.WorklistAnswers), isinstance(query, orthanc.WorklistQuery))


say(isinstance(orthanc.GetPeers(), orthanc.Peers), issubclass(orthanc.OrthancException, Exception))
say(typing.get_type_hints(answer)['output'] is orthanc.RestOutput)
orthanc.RegisterRestCallback('/typed/(.*)', answer)
orthanc.RegisterOnChangeCallback(on_change)
orthanc.RegisterOnStoredInstanceCallback(on_stored)
orthanc.RegisterFindCallback(on_find)
orthanc.RegisterWorklistCallback(on_worklist)
