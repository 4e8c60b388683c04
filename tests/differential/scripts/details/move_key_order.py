# The order in which the values of a C-MOVE request come.
#: PEER
#: UPLOAD CT
#: MOVE STUDY PEER StudyInstanceUID=1.3.6.1.4.1.5962.1.2.1.20040119072730.12322
import orthanc


def OnMove(**request):
    print(list(request))


orthanc.RegisterMoveCallback(OnMove)
