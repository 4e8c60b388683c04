#: ENV API_TOKENS=alpha:GET,beta:GET:POST
#: CONFIG {"AuthenticationEnabled": false}
#: GET /system
#: GET /system -H "Authorization: Bearer alpha"
#: GET /system?token=alpha
#: POST /tools/find -H "Authorization: Bearer alpha" -d '{"Level": "Study", "Query": {}}'
#: POST /tools/find -H "Authorization: Bearer beta" -d '{"Level": "Study", "Query": {}}'
#: GET /system -H "Authorization: Basic YTpi"
import os
import orthanc

TOKENS = {}
for entry in os.environ.get('API_TOKENS', '').split(','):
    token, *methods = entry.split(':')
    TOKENS[token] = {getattr(orthanc.HttpMethod, method) for method in methods}


def Filter(uri, **request):
    token = request['get'].get('token') if request['method'] == orthanc.HttpMethod.GET else None
    header = request['headers'].get('authorization', '')
    if header.startswith('Bearer '):
        token = header[len('Bearer '):]
    allowed = TOKENS.get(token, ())
    print(uri, request['ip'], token, request['method'] in allowed)
    return request['method'] in allowed


orthanc.RegisterIncomingHttpRequestFilter(Filter)
