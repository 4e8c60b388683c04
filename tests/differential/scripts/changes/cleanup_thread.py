#: UPLOAD CT
#: UPLOAD MR
#: UPLOAD RTPLAN
#: WAIT /statistics '"CountPatients" : 1'
#: PRINTED deleted 2
#: UNORDERED
"""Keeps the last patient only: a thread looks every fraction of a second."""
import json
import threading
import orthanc

KEPT = 1
stop = threading.Event()
deleted = 0


def clean():
    global deleted
    while not stop.wait(0.1):
        patients = json.loads(orthanc.RestApiGet('/patients?expand'))
        if len(patients) < 3 and deleted == 0:
            continue
        patients.sort(key=lambda patient: patient['MainDicomTags']['PatientID'])
        for patient in patients[:-KEPT]:
            orthanc.RestApiDelete('/patients/' + patient['ID'])
            deleted += 1
            print('deleted', deleted, patient['MainDicomTags']['PatientID'])
    print('cleanup ends')


thread = threading.Thread(target=clean)


def OnChange(changeType, level, resourceId):
    if changeType == orthanc.ChangeType.ORTHANC_STARTED:
        thread.start()
    elif changeType == orthanc.ChangeType.ORTHANC_STOPPED:
        stop.set()
        thread.join()


orthanc.RegisterOnChangeCallback(OnChange)
