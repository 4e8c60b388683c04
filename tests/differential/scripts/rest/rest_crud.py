#: GET /todo
#: POST /todo -d '{"title": "read"}'
#: POST /todo -d 'not json'
#: PUT /todo/1 -d '{"title": "write"}'
#: GET /todo/1
#: DELETE /todo/1
#: GET /todo/1
#: GET /todo/9
#: HEAD /todo
import json
import orthanc

items = {}


def collection(output, uri, **request):
    if request['method'] == 'GET':
        output.AnswerBuffer(json.dumps(items), 'application/json')
    elif request['method'] == 'POST':
        try:
            item = json.loads(request['body'])
        except ValueError as e:
            output.SendHttpStatus(400, 'no JSON', 7)
            return
        key = str(len(items) + 1)
        items[key] = item
        output.AnswerBuffer(json.dumps({'id': key}), 'application/json')
    else:
        output.SendMethodNotAllowed('GET,POST')


def element(output, uri, **request):
    key = request['groups'][0]
    if key not in items and request['method'] != 'PUT':
        output.SendHttpStatusCode(404)
    elif request['method'] == 'GET':
        output.AnswerBuffer(json.dumps(items[key]), 'application/json')
    elif request['method'] == 'PUT':
        items[key] = json.loads(request['body'])
        output.AnswerBuffer('', 'text/plain')
    elif request['method'] == 'DELETE':
        del items[key]
        output.AnswerBuffer('{}', 'application/json')


orthanc.RegisterRestCallback('/todo', collection)
orthanc.RegisterRestCallback('/todo/([0-9]+)', element)
