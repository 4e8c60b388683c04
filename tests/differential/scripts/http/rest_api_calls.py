#: UPLOAD CT
#: GET /proxy
#: GET /missing
#: GET /after
import json
import orthanc


def proxy(output, uri, **request):
    system = json.loads(orthanc.RestApiGet('/system'))
    instances = json.loads(orthanc.RestApiGet('/instances'))
    tags = json.loads(orthanc.RestApiGet('/instances/%s/simplified-tags' % instances[0]))
    found = json.loads(orthanc.RestApiPost('/tools/find', json.dumps({'Level': 'Study', 'Query': {}, 'Expand': True})))
    orthanc.RestApiPut('/instances/%s/metadata/1024' % instances[0], b'hello')
    metadata = orthanc.RestApiGet('/instances/%s/metadata/1024' % instances[0])
    orthanc.RestApiDelete('/instances/%s/metadata/1024' % instances[0])
    answer = {'name': system['Name'], 'patient': tags['PatientName'], 'studies': len(found), 'metadata': metadata.decode()}
    output.AnswerBuffer(json.dumps(answer, indent=2), 'application/json')


def missing(output, uri, **request):
    lines = []
    for call in [lambda: orthanc.RestApiGet('/nothing'), lambda: orthanc.RestApiPost('/instances', b'no DICOM'),
                 lambda: orthanc.RestApiDelete('/patients/none'), lambda: orthanc.RestApiPut('/tools', b'')]:
        try:
            lines.append(repr(call()))
        except orthanc.OrthancException as e:
            lines.append('%s %s %r' % (type(e).__name__, e.args, str(e)))
    output.AnswerBuffer('\n'.join(lines), 'text/plain')


def after(output, uri, **request):
    output.AnswerBuffer(orthanc.RestApiGetAfterPlugins('/after-too'), 'text/plain')


def after_too(output, uri, **request):
    output.AnswerBuffer('from the plugin', 'text/plain')


orthanc.RegisterRestCallback('/proxy', proxy)
orthanc.RegisterRestCallback('/missing', missing)
orthanc.RegisterRestCallback('/after', after)
orthanc.RegisterRestCallback('/after-too', after_too)
