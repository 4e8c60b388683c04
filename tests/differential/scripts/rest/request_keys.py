#: PLAIN
#: GET /keys/a/b?x=1&y=2
#: POST /keys/a/b -d text
#: PUT /keys/a/b -d text
#: DELETE /keys/a/b
# The order of the keys: people print them.
import json

import orthanc


def show(output, uri, **request):
    keys = list(request)
    request['headers'] = sorted(request['headers'])
    request['body'] = request.get('body', b'').decode()
    print(keys)
    output.AnswerBuffer(json.dumps(request), 'application/json')


def allow(uri, **request):
    print(list(request))
    return True


orthanc.RegisterRestCallback('/keys/(.*)/(.*)', show)
orthanc.RegisterIncomingHttpRequestFilter(allow)
