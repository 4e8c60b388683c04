#: WORKLIST PatientName= PatientID=
#: WORKLIST PatientName=Smith*
import json
import orthanc

ITEMS = [{'PatientID': 'P%d' % i, 'PatientName': name, 'AccessionNumber': str(i),
          'ScheduledProcedureStepSequence': [{'Modality': 'CT', 'ScheduledStationAETitle': 'CT1',
                                              'ScheduledProcedureStepStartDate': '20240102'}]}
         for i, name in enumerate(['Smith^A', 'Jones^B'])]


def OnWorklist(answers, query, issuerAet, calledAet):
    print('worklist from', issuerAet, 'to', calledAet)
    dicom = query.WorklistGetDicomQuery()
    tags = json.loads(orthanc.DicomBufferToJson(dicom, orthanc.DicomToJsonFormat.SHORT, orthanc.DicomToJsonFlags.NONE, 0))
    print(sorted(tags))
    for item in ITEMS:
        answer = orthanc.CreateDicom(json.dumps(item), None, orthanc.CreateDicomFlags.NONE)
        if query.WorklistIsMatch(answer):
            answers.WorklistAddAnswer(query, answer)


orthanc.RegisterWorklistCallback(OnWorklist)
