#: GET /system
#: GET /instances
#: GET /system?x=1 -H "X-User: ada"
#: POST /tools/find -d '{}'
#: DELETE /patients/none
#: PUT /tools/log-level -d 'default'
import orthanc


def filter(uri, **request):
    shown = {k: (sorted(v.items()) if isinstance(v, dict) else v) for k, v in request.items() if k != 'headers'}
    print('request', uri, sorted(shown.items()))
    if request['method'] == orthanc.HttpMethod.GET and uri.startswith('/instances'):
        return False
    if request['headers'].get('x-user') == 'ada':
        return True
    return request['method'] == orthanc.HttpMethod.GET


orthanc.RegisterIncomingHttpRequestFilter(filter)
