#: GET /call
import orthanc


def call(output, uri, **request):
    lines = []
    for action in [lambda: orthanc.HttpGet('http://127.0.0.1:1/none', '', ''), lambda: orthanc.HttpGet('http://127.0.0.1:1/', '', ''),
                   lambda: orthanc.HttpPost('http://127.0.0.1:1/', b'x', '', ''), lambda: orthanc.HttpDelete('http://127.0.0.1:1/', '', '')]:
        try:
            lines.append(type(action()).__name__)
        except orthanc.OrthancException as e:
            lines.append('%s %r' % (type(e).__name__, e.args[0]))
    output.AnswerBuffer('\n'.join(lines), 'text/plain')


orthanc.RegisterRestCallback('/call', call)
