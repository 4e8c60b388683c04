#: GET /calls
import json
import os
import orthanc

WEB = os.environ['WEB']


def calls(output, uri, **request):
    lines = []
    for name, arguments in [('HttpGet', ('/echo', '', '')), ('HttpGet', ('/echo', 'user', 'secret')),
                            ('HttpPost', ('/echo', 'posted', '', '')), ('HttpPut', ('/echo', b'\x00\x01', '', '')),
                            ('HttpPut', ('/echo', 'put', 'user', 'secret')), ('HttpDelete', ('/echo', '', '')),
                            ('HttpGet', ('/status/404', '', '')), ('HttpPost', ('/status/500', b'', '', ''))]:
        try:
            answer = getattr(orthanc, name)(WEB + arguments[0], *arguments[1:])
            if answer is None:
                lines.append('%s: None' % name)
                continue
            value = json.loads(answer)
            lines.append('%s: %s %d bytes, %s' % (name, value['method'], value['size'], value['headers'].get('Authorization')))
        except orthanc.OrthancException as e:
            lines.append('%s: error %d' % (name, e.args[0]))
    output.AnswerBuffer('\n'.join(lines), 'text/plain')


orthanc.RegisterRestCallback('/calls', calls)
