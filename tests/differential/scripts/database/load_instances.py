#: SINCE 5.0
#: UPLOAD CT
#: UPLOAD RTPLAN
#: GET /headers
import json
import orthanc

MODES = [orthanc.LoadDicomInstanceMode.WHOLE_DICOM, orthanc.LoadDicomInstanceMode.UNTIL_PIXEL_DATA, orthanc.LoadDicomInstanceMode.EMPTY_PIXEL_DATA]


def headers(output, uri, **request):
    lines = []
    for instance in sorted(json.loads(orthanc.RestApiGet('/instances'))):
        for mode in MODES:
            dicom = orthanc.LoadDicomInstance(instance, mode)
            tags = json.loads(dicom.GetInstanceSimplifiedJson())
            lines.append('%d %s %s %d' % (mode, tags['PatientID'], dicom.HasInstancePixelData(), len(dicom.SerializeDicomInstance())))
    try:
        orthanc.LoadDicomInstance('none', MODES[0])
    except orthanc.OrthancException as e:
        lines.append('none: %s' % type(e).__name__)
    output.AnswerBuffer('\n'.join(lines), 'text/plain')


orthanc.RegisterRestCallback('/headers', headers)
