#: GET /gateway/echo
#: GET /gateway/status/404
#: GET /gateway/status/200
#: POST /gateway/echo -d '{"a": 1}'
import os
import httpx
import orthanc

client = httpx.Client(base_url=os.environ['WEB'], timeout=10.0, headers={'User-Agent': 'gateway'})


def gateway(output, uri, **request):
    path = '/' + request['groups'][0]
    if request['method'] == 'POST':
        answer = client.post(path, content=request['body'])
    else:
        answer = client.get(path)
    if answer.status_code != 200:
        output.SendHttpStatusCode(answer.status_code)
    elif answer.headers.get('content-type') == 'application/json':
        value = answer.json()
        output.AnswerBuffer('%s %s %s' % (value['method'], value['size'], value['headers']['User-Agent']), 'text/plain')
    else:
        output.AnswerBuffer(answer.content, 'text/plain')


orthanc.RegisterRestCallback('/gateway/(.*)', gateway)
