#: PEER
#: UPLOAD CT
#: MOVE STUDY PEER StudyInstanceUID=1.3.6.1.4.1.5962.1.2.1.20040119072730.12322
#: MOVE PATIENT NOBODY PatientID=1CT1
import orthanc


def OnMove(**request):
    for key in sorted(request):
        print(key, type(request[key]).__name__, repr(request[key]) if key != 'OriginatorID' else 'id')


orthanc.RegisterMoveCallback(OnMove)
