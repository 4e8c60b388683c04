#: GET /system
#: GET /value
#: GET /orthanc
#: GET /statistics
# A filter of HTTP requests that raises.
import orthanc


def on_http(uri, **request):
    if uri == '/value':
        raise ValueError('no')
    if uri == '/orthanc':
        raise orthanc.OrthancException(8, 'no')
    return True


orthanc.RegisterIncomingHttpRequestFilter(on_http)
