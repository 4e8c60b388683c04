#: UPLOAD CT
#: GET /convert
import json
import orthanc


def convert(output, uri, **request):
    instance = json.loads(orthanc.RestApiGet('/instances'))[0]
    dicom = orthanc.GetDicomForInstance(instance)
    full = json.loads(orthanc.DicomBufferToJson(dicom, orthanc.DicomToJsonFormat.FULL, orthanc.DicomToJsonFlags.NONE, 0))
    human = json.loads(orthanc.DicomInstanceToJson(instance, orthanc.DicomToJsonFormat.HUMAN, orthanc.DicomToJsonFlags.NONE, 10))
    made = orthanc.CreateDicom(json.dumps({'PatientName': 'New', 'StudyDescription': 'x'}), None, orthanc.CreateDicomFlags.GENERATE_IDENTIFIERS)
    name = json.loads(orthanc.DicomBufferToJson(made, orthanc.DicomToJsonFormat.HUMAN, orthanc.DicomToJsonFlags.NONE, 0))['PatientName']
    loaded = orthanc.CreateDicomInstance(dicom)
    transcoded = orthanc.TranscodeDicomInstance(dicom, '1.2.840.10008.1.2')
    xml = orthanc.DicomWebConvert if hasattr(orthanc, 'DicomWebConvert') else None
    web = json.loads(orthanc.EncodeDicomWebJson(dicom, lambda *arguments: None)) if False else None
    answer = [len(dicom), full['0010,0010'], human['PatientName'], name, loaded.GetInstanceSize(),
              transcoded.GetInstanceTransferSyntaxUid(), loaded.GetInstanceTransferSyntaxUid()]
    output.AnswerBuffer(json.dumps(answer), 'application/json')


orthanc.RegisterRestCallback('/convert', convert)
