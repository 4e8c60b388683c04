#: GET /redirect
#: GET /unauthorized
#: GET /method
#: GET /code?code=204
#: GET /code?code=503
#: GET /status?text=oops
#: GET /header
#: GET /cookie
#: GET /binary
#: GET /nothing
#: GET /raises
#: GET /orthanc-error
#: GET /compressed -H "Accept-Encoding: gzip"
import orthanc


def redirect(output, uri, **request):
    output.Redirect('/elsewhere')


def unauthorized(output, uri, **request):
    output.SendUnauthorized('my realm')


def method(output, uri, **request):
    output.SendMethodNotAllowed('PUT')


def code(output, uri, **request):
    output.SendHttpStatusCode(int(request['get']['code']))


def status(output, uri, **request):
    text = request['get']['text']
    output.SendHttpStatus(418, text, len(text))


def header(output, uri, **request):
    output.SetHttpHeader('X-Version', '1.0')
    output.SetHttpHeader('Cache-Control', 'no-store')
    output.AnswerBuffer('with header', 'text/plain')


def cookie(output, uri, **request):
    output.SetCookie('session', 'abc')
    output.AnswerBuffer('with cookie', 'text/html')


def binary(output, uri, **request):
    output.AnswerBuffer(bytes(range(256)), 'application/octet-stream')


def nothing(output, uri, **request):
    pass


def raises(output, uri, **request):
    raise ValueError('no')


def orthanc_error(output, uri, **request):
    orthanc.RestApiGet('/nowhere')


def compressed(output, uri, **request):
    output.AnswerBuffer('a' * 5000, 'text/plain')


for name, function in [('redirect', redirect), ('unauthorized', unauthorized), ('method', method), ('code', code), ('status', status),
                       ('header', header), ('cookie', cookie), ('binary', binary), ('nothing', nothing), ('raises', raises),
                       ('orthanc-error', orthanc_error), ('compressed', compressed)]:
    orthanc.RegisterRestCallback('/' + name, function)
