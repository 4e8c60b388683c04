#: GET /show?a=1&b=%20x&a=2&empty=
#: GET /show -H "X-Custom: Value With Case" -H "Accept: text/*"
#: POST /show?ignored=1 -d 'body text'
#: PUT /show -d ''
#: DELETE /show?x=1
#: GET /show/caf%C3%A9
#: POST /show -d '{"key": "välue"}'
import orthanc


def show(output, uri, **request):
    lines = [uri]
    for key in sorted(request):
        value = request[key]
        if key == 'headers':
            value = {k: v for k, v in sorted(value.items()) if k != 'host'}
        lines.append('%s: %s %r' % (key, type(value).__name__, value))
    print('\n'.join(lines))
    output.AnswerBuffer('\n'.join(lines), 'text/plain')


orthanc.RegisterRestCallback('/show.*', show)
