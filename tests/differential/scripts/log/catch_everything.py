#: GET /tries
# The exceptions that scripts catch, and how they show them.
import traceback
import orthanc


def tries(output, uri, **request):
    lines = []
    for call in [lambda: orthanc.RestApiGet('/nowhere'), lambda: orthanc.RestApiGet(12), lambda: orthanc.RestApiGet(),
                 lambda: orthanc.LookupPatient(None), lambda: orthanc.GetDicomForInstance('x'), lambda: orthanc.ReadFile('/none'),
                 lambda: orthanc.CreateDicom('not json', None, 0), lambda: orthanc.UncompressImage(b'x', orthanc.ImageFormat.PNG),
                 lambda: orthanc.TranscodeDicomInstance(b'x', '1.2.840.10008.1.2'), lambda: output.AnswerBuffer(5, 'text/plain'),
                 lambda: orthanc.DicomInstanceToJson('x', orthanc.DicomToJsonFormat.FULL, 0, 0), lambda: orthanc.NoSuchFunction()]:
        try:
            call()
            lines.append('no error')
        except orthanc.OrthancException as e:
            lines.append('Orthanc: %s %s %s' % (e.args[0], e.args[1], isinstance(e, Exception)))
        except (TypeError, ValueError, AttributeError) as e:
            lines.append(type(e).__name__)
            assert 'Traceback' in traceback.format_exc()
    output.AnswerBuffer('\n'.join(lines), 'text/plain')


orthanc.RegisterRestCallback('/tries', tries)
