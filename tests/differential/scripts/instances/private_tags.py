#: SINCE 5.0
#: CONFIG {"Dictionary": {"0099,1001": ["LO", "MyTag", 1, 1, "ACME"]}}
#: POST /report -d '{"text": "fine"}'
#: POST /report -d '{"text": "fine", "image": true}'
import json
import orthanc

FLAGS = orthanc.DicomToJsonFlags.INCLUDE_PRIVATE_TAGS | orthanc.DicomToJsonFlags.INCLUDE_UNKNOWN_TAGS


def report(output, uri, **request):
    asked = json.loads(request['body'])
    image = orthanc.CreateImageFromBuffer(orthanc.PixelFormat.GRAYSCALE8, 4, 4, 4, bytes(range(16))) if asked.get('image') else None
    tags = {'PatientID': 'R1', 'StudyDescription': 'Report', 'SOPClassUID': '1.2.840.10008.5.1.4.1.1.7', '0099,1001': asked['text']}
    dicom = orthanc.CreateDicom2(json.dumps(tags), image, orthanc.CreateDicomFlags.GENERATE_IDENTIFIERS, 'ACME')
    shown = json.loads(orthanc.DicomBufferToJson(dicom, orthanc.DicomToJsonFormat.FULL, FLAGS, 0))
    print({tag: value['Value'] for tag, value in sorted(shown.items()) if tag.startswith('0099')})
    output.AnswerBuffer(json.dumps(shown['0008,1030']), 'application/json')


orthanc.RegisterRestCallback('/report', report)
