# SPDX-License-Identifier: GPL-3.0-or-later
"""Orthanc's events for a script, except REST requests. A test fires them, and gets the answers of the callbacks.

What a callback raises reaches the test. Callbacks written as `async def` run to their end, all on one event loop. Tasks that
they start go on for up to 50 ms after each callback.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from types import ModuleType
from typing import Any

from orthanc_python.testing import objects, recorder, results
from orthanc_python.testing.callbacks import Callbacks
from orthanc_python.testing.handle import Handle, lent
from orthanc_python.testing.objects import Tag
from orthanc_python.testing.recorder import Call, content
from orthanc_python.testing.shown import shown


@dataclass(frozen=True)
class Storage:
    """The functions of RegisterStorageArea."""

    create: Callable[[str, int, bytes], object]
    read: Callable[[str, int], bytes]
    remove: Callable[[str, int], object]


class Events(Callbacks):
    """Fires Orthanc's events."""

    module: ModuleType

    def registered(self, *names: str) -> Iterator[Call]:
        """The registrations of these functions so far, in order."""
        return iter([call for call in recorder.current.calls if call.name in names])

    def instance(
        self,
        data: bytes = b"",
        tags: Mapping[str, Any] | None = None,
        *,
        origin: int | None = None,
        remote_aet: str = "",
        metadata: Mapping[str, str] | None = None,
    ) -> Handle:
        """Make a DicomInstance.

        Args:
            data: the DICOM file.
            tags: what GetInstanceSimplifiedJson gives.
            origin: an InstanceOrigin, by default REST_API.
            remote_aet: the sender, for DICOM_PROTOCOL.
            metadata: the metadata by name.
        """
        origin = self.module.InstanceOrigin.REST_API if origin is None else origin
        return objects.dicom_instance(
            self.module, data, tags or {}, origin=origin, remote_aet=remote_aet, metadata=metadata or {}
        )

    def change(self, change_type: int, level: int | None = None, resource_id: str = "") -> None:
        """Tell all listeners of a change, such as `orthanc.ChangeType.STABLE_STUDY`. Raise TypeError for a name of it."""
        for name, value in (("ChangeType", change_type), ("ResourceType", level)):
            if isinstance(value, str):
                raise TypeError(f"a listener gets a number, such as orthanc.{name}.{value}, not {value!r}")
        level = self.module.ResourceType.NONE if level is None else level
        self._tell("RegisterOnChangeCallback", change_type, level, resource_id)

    def stored(self, instance: Handle, instance_id: str = "instance") -> None:
        """Tell all listeners of a stored instance."""
        self._tell("RegisterOnStoredInstanceCallback", instance, instance_id)

    def received(self, dicom: bytes, origin: int | None = None) -> bytes | None:
        """Have an instance go through all callbacks of received instances.

        Returns:
            The DICOM file that is stored, or None if a callback discards it.

        Raises:
            TypeError, ValueError: for a result with which Orthanc would refuse the instance or ignore the callback.
        """
        origin = self.module.InstanceOrigin.REST_API if origin is None else origin
        actions = self.module.ReceivedInstanceAction
        for callback in self._callbacks("RegisterReceivedInstanceCallback"):
            action, data = results.action(self.run(callback, dicom, origin), actions)
            if action == actions.DISCARD:
                return None
            if action == actions.MODIFY:
                dicom = results.new_content(data)
        return dicom

    def accepts(self, instance: Handle) -> bool:
        """Return whether all filters of instances accept one. Raise TypeError for a result that Orthanc would refuse."""
        for callback in self._callbacks("RegisterIncomingDicomInstanceFilter"):
            accepted = self.run(callback, lent(instance))
            if not isinstance(accepted, bool):
                raise TypeError(
                    f"an instance filter must return True or False, not {shown(accepted)}: Orthanc refuses the instance"
                )
            if not accepted:
                return False
        return True

    def c_store(self, instance: Handle) -> int:
        """Return the DICOM status of the filters of C-STORE: 0 if all accept. Raise TypeError if a result is not a status."""
        for callback in self._callbacks("RegisterIncomingCStoreInstanceFilter"):
            status = self.run(callback, lent(instance))
            if status is True or not isinstance(status, int) or not 0 <= status <= 0xFFFF:
                raise TypeError(
                    f"a C-STORE filter must return 0 or a DIMSE status, not {shown(status)}: Orthanc refuses the instance"
                )
            if status:
                return status
        return 0

    def allows(
        self,
        uri: str,
        method: int | None = None,
        *,
        ip: str = "127.0.0.1",
        headers: Mapping[str, str] | None = None,
        get: Mapping[str, str] | None = None,
    ) -> bool:
        """Return whether all HTTP filters allow a request. `method` is an HttpMethod, by default GET."""
        methods = self.module.HttpMethod
        method = methods.GET if method is None else method
        request: dict[str, Any] = {"method": method, "ip": ip, "headers": objects.http_headers(headers)}
        request |= {"get": dict(get or {})} if method == methods.GET else {}
        names = ("RegisterIncomingHttpRequestFilter", "RegisterIncomingHttpRequestFilter2")
        return all(self.run(callback, uri, **request) is True for callback in self._callbacks(*names))

    def find(
        self,
        query: Mapping[Tag, str],
        *,
        issuer_aet: str = "CLIENT",
        called_aet: str = "ORTHANC",
        dictionary: Mapping[str, tuple[int, int]] | None = None,
    ) -> list[bytes]:
        """Ask by C-FIND, and return the DICOM files of the answers.

        Args:
            query: values by the tag's name or (group, element): {"PatientID": "*"}.
            issuer_aet: who asks.
            called_aet: the title by which Orthanc is called.
            dictionary: (group, element) of further names of tags.
        """
        known = {**objects.tag_dictionary([tag for tag in query if isinstance(tag, str)]), **(dictionary or {})}
        answers = self.module.FindAnswers()
        handle = objects.find_query(self.module, query, known)
        self._ask("RegisterFindCallback", lent(answers), handle, issuer_aet, called_aet)
        return _answers(answers)

    def worklist(
        self,
        query: bytes = b"",
        matches: bool | Callable[[bytes], bool] = True,
        *,
        issuer_aet: str = "CLIENT",
        called_aet: str = "ORTHANC",
    ) -> list[bytes]:
        """Ask for a worklist, and return the DICOM files of the answers.

        Args:
            query: the DICOM file of the query.
            matches: what WorklistIsMatch answers: for all, or by the DICOM file.
            issuer_aet: who asks.
            called_aet: the title by which Orthanc is called.
        """
        answers = self.module.WorklistAnswers()
        handle = objects.worklist_query(self.module, query, matches)
        self._ask("RegisterWorklistCallback", lent(answers), handle, issuer_aet, called_aet)
        return _answers(answers)

    def move(self, level: str = "STUDY", **request: Any) -> int:
        """Ask for a C-MOVE: move("STUDY", StudyInstanceUID="1.2", TargetAET="TARGET"). Return the number of sub-operations."""
        names = ("PatientID", "AccessionNumber", "StudyInstanceUID", "SeriesInstanceUID", "SOPInstanceUID", "TargetAET")
        whole = {"Level": level, **dict.fromkeys((*names, "OriginatorAET", "SourceAET"), ""), "OriginatorID": 0, **request}
        call = self._only("RegisterMoveCallback", "RegisterMoveCallback2", "RegisterMoveCallback3")
        create, *others = call.arguments.values()
        if not others:
            self.tell(create, **whole)
            return 1
        connections = []
        if call.name == "RegisterMoveCallback3":
            connections.append(objects.connection(self.module, whole.pop("OriginatorAET"), "127.0.0.1", whole.pop("SourceAET")))
        driver = self.run(create, *connections, **whole)
        size, apply, free = others
        try:
            count = results.move_size(self.run(size, driver))
            for _ in range(count):
                if code := results.code_of_move(self.tell(apply, driver)):
                    raise self.module.OrthancException(code, "a sub-operation of the C-MOVE failed")
            return count
        finally:
            self.tell(free, driver)

    def storage(self) -> Storage:
        """Return the functions of RegisterStorageArea, to create, read and remove files as Orthanc does."""
        custom = "RegisterStorageArea3"
        if any(call.name == custom for call in recorder.current.calls):
            raise AssertionError(
                f"the script has called {custom}, and storage() is for RegisterStorageArea: call its functions themselves, "
                f'they are the arguments of fake.calls_of("{custom}")'
            )
        create, read, remove = self._only("RegisterStorageArea").arguments.values()
        return Storage(
            partial(self.tell, create), lambda *file: results.file(self.run(read, *file)), partial(self.tell, remove)
        )

    def refresh_metrics(self) -> None:
        """Ask for Orthanc's metrics."""
        self._tell("RegisterRefreshMetricsCallback")

    def commit(self, instances: Mapping[str, str], *, remote_aet: str = "CLIENT", called_aet: str = "ORTHANC") -> list[int]:
        """Ask for a storage commitment, and return the failure reason of each instance.

        Args:
            instances: the SOP class by the SOP instance.
            remote_aet: who asks.
            called_aet: the title by which Orthanc is called.
        """
        name = "RegisterStorageCommitmentScpCallback"
        call = self._only(name, f"{name}2")
        scp, lookup = call.arguments.values()
        who: list[Any] = [remote_aet, called_aet]
        if call.name != name:
            who = [objects.connection(self.module, remote_aet, "127.0.0.1", called_aet)]
        data = self.run(scp, "job", "transaction", list(instances.values()), list(instances), *who)
        reasons = self.module.StorageCommitmentFailureReason
        found = [self.run(lookup, sop_class, sop_instance, data) for sop_instance, sop_class in instances.items()]
        return [results.member(reason, reasons, "the lookup must return a") for reason in found]

    def _ask(self, name: str, answers: Handle, query: Handle, issuer_aet: str, called_aet: str) -> None:
        call = self._only(name, f"{name}2")
        (callback,) = call.arguments.values()
        if call.name == name:
            self.tell(callback, answers, query, issuer_aet, called_aet)
        else:
            self.tell(callback, answers, query, objects.connection(self.module, issuer_aet, "127.0.0.1", called_aet))

    def _callbacks(self, *names: str) -> list[Callable[..., Any]]:
        return [next(iter(call.arguments.values())) for call in self.registered(*names)]

    def _tell(self, name: str, *arguments: Any) -> None:
        callbacks = self._callbacks(name)
        if not callbacks:
            raise AssertionError(f"the script has not called {name}")
        for callback in callbacks:
            self.tell(callback, *(lent(each) if isinstance(each, Handle) else each for each in arguments))

    def _only(self, *names: str) -> Call:
        found = list(self.registered(*names))
        if len(found) != 1:
            raise AssertionError(f"the script has called {' or '.join(names)} {len(found)} times, not once")
        return found[0]


def _answers(handle: Handle) -> list[bytes]:
    """Return the DICOM files of FindAddAnswer or WorklistAddAnswer."""
    calls = [call for call in recorder.current.calls if call.handle is handle and call.name.endswith("AddAnswer")]
    return [content(call.arguments["dicom"]) for call in calls]
