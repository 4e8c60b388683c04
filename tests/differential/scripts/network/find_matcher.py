#: UPLOAD CT
#: GET /match?name=Comp*
#: GET /match?name=Other
import json
import orthanc


def match(output, uri, **request):
    query = orthanc.CreateDicom(json.dumps({'PatientName': request['get']['name'], 'QueryRetrieveLevel': 'STUDY'}), None,
                                orthanc.CreateDicomFlags.NONE)
    matcher = orthanc.CreateFindMatcher(query)
    instance = json.loads(orthanc.RestApiGet('/instances'))[0]
    dicom = orthanc.RestApiGet('/instances/%s/file' % instance)
    is_match = matcher.FindMatcherIsMatch if hasattr(matcher, 'FindMatcherIsMatch') else matcher.IsMatch
    output.AnswerBuffer(str(is_match(dicom)), 'text/plain')


orthanc.RegisterRestCallback('/match', match)
