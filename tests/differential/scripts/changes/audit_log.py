#: SINCE 7.1
#: UPLOAD CT
#: GET /viewed/{study}
import orthanc


def viewed(output, uri, **request):
    study = request['groups'][0]
    orthanc.EmitAuditLog('viewer', 'ada', orthanc.ResourceType.STUDY, study, 'viewed', b'{"from": "script"}')
    orthanc.EmitAuditLog('viewer', 'ada', orthanc.ResourceType.STUDY, study, 'closed', None)
    output.AnswerBuffer('noted', 'text/plain')


orthanc.RegisterRestCallback('/viewed/(.*)', viewed)
