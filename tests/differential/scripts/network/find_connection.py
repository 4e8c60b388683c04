#: SINCE 7.1
#: FIND STUDY PatientName=Smith* PatientID=
#: WORKLIST PatientName= PatientID=
import json
import orthanc


def describe(connection: orthanc.DicomConnection) -> str:
    return '%s (%s) calls %s' % (connection.GetConnectionRemoteAet(), connection.GetConnectionRemoteIp(), connection.GetConnectionCalledAet())


def on_find(answers, query, connection):
    print('C-FIND:', describe(connection))
    for i in range(query.GetFindQuerySize()):
        print('  %s = [%s]' % (query.GetFindQueryTagName(i), query.GetFindQueryValue(i)))
    answers.FindAddAnswer(orthanc.CreateDicom(json.dumps({'PatientName': 'Smith^A', 'PatientID': '1'}), None, orthanc.CreateDicomFlags.NONE))


def on_worklist(answers, query, connection):
    print('worklist:', describe(connection))
    answer = orthanc.CreateDicom(json.dumps({'PatientName': 'Smith^B', 'PatientID': '2', 'ScheduledProcedureStepSequence': [
        {'Modality': 'CT', 'ScheduledStationAETitle': 'CT1', 'ScheduledProcedureStepStartDate': '20240102'}]}), None, orthanc.CreateDicomFlags.NONE)
    if query.WorklistIsMatch(answer):
        answers.WorklistAddAnswer(query, answer)


orthanc.RegisterFindCallback2(on_find)
orthanc.RegisterWorklistCallback2(on_worklist)
