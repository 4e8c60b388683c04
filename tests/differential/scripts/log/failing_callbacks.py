#: PEER
#: UPLOAD CT
#: PRINTED change NEW_PATIENT
#: GET /fails
#: FIND STUDY PatientName=x
#: WORKLIST PatientName=
#: MOVE STUDY PEER StudyInstanceUID=1.2.3
#: STORE MR
#: GET /statistics
# A script in which everything raises: the server goes on.
import orthanc

NAMES = {getattr(orthanc.ChangeType, name): name for name in dir(orthanc.ChangeType) if not name.startswith('_')}


def on_change(change, level, resource):
    print('change', NAMES[change])
    raise KeyError('in the change callback')


def on_stored(dicom, instance):
    raise AttributeError('in the stored instance callback')


def on_received(data, origin):
    raise ValueError('in the received instance callback')


def on_filter(dicom):
    raise ZeroDivisionError('in the filter')


def on_request(output, uri, **request):
    raise IndexError('in the REST callback')


def on_find(answers, query, issuer, called):
    raise LookupError('in the find callback')


def on_worklist(answers, query, issuer, called):
    raise orthanc.OrthancException(orthanc.ErrorCode.DATABASE, 'in the worklist callback')


def on_move(**request):
    raise Exception('in the move callback')


orthanc.RegisterOnChangeCallback(on_change)
orthanc.RegisterOnStoredInstanceCallback(on_stored)
orthanc.RegisterReceivedInstanceCallback(on_received)
orthanc.RegisterIncomingCStoreInstanceFilter(on_filter)
orthanc.RegisterRestCallback('/fails', on_request)
orthanc.RegisterFindCallback(on_find)
orthanc.RegisterWorklistCallback(on_worklist)
orthanc.RegisterMoveCallback(on_move)
