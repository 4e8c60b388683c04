#: POST /items -d 'one'
#: GET /through
#: GET /items
import orthanc

items = []


def on_items(output, uri, **request):
    method = request['method']
    if method in ('POST', 'PUT'):
        items.append('%s %s' % (method, request['body'].decode()))
    elif method == 'DELETE':
        items.clear()
    output.AnswerBuffer('%s: %d' % (method, len(items)), 'text/plain')


def through(output, uri, **request):
    lines = []
    for call in [lambda: orthanc.RestApiPostAfterPlugins('/items', b'two'), lambda: orthanc.RestApiPutAfterPlugins('/items', 'three'),
                 lambda: orthanc.RestApiGetAfterPlugins('/items'), lambda: orthanc.RestApiDeleteAfterPlugins('/items'),
                 lambda: orthanc.RestApiPost('/items', b'x'), lambda: orthanc.RestApiDelete('/items'),
                 lambda: orthanc.RestApiPutAfterPlugins('/none', b''), lambda: orthanc.RestApiDeleteAfterPlugins('/patients/none'),
                 lambda: orthanc.RestApiPostAfterPlugins('/tools/find', '{"Level": "Patient", "Query": {}}')]:
        try:
            lines.append(repr(call()))
        except orthanc.OrthancException as e:
            lines.append('%s %r' % (type(e).__name__, e.args))
    output.AnswerBuffer('\n'.join(lines), 'text/plain')


orthanc.RegisterRestCallback('/items', on_items)
orthanc.RegisterRestCallback('/through', through)
