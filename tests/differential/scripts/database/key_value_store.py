#: SINCE 7.1
#: PUT /settings/colour -d 'blue'
#: PUT /settings/size -d '10'
#: GET /settings/colour
#: GET /settings
#: DELETE /settings/colour
#: GET /settings/colour
import json
import orthanc

STORE = 'my-settings'


def setting(output, uri, **request):
    key = request['groups'][0]
    if request['method'] == 'PUT':
        orthanc.StoreKeyValue(STORE, key, request['body'])
        output.AnswerBuffer('stored', 'text/plain')
    elif request['method'] == 'DELETE':
        orthanc.DeleteKeyValue(STORE, key)
        output.AnswerBuffer('{}', 'application/json')
    else:
        value = orthanc.GetKeyValue(STORE, key)
        if value is None:
            output.SendHttpStatusCode(404)
        else:
            output.AnswerBuffer(value, 'text/plain')


def settings(output, uri, **request):
    found = {}
    iterator: orthanc.KeysValuesIterator = orthanc.CreateKeysValuesIterator(STORE)
    while iterator.Next():
        found[iterator.GetKey()] = iterator.GetValue().decode()
    output.AnswerBuffer(json.dumps(found, sort_keys=True), 'application/json')


orthanc.RegisterRestCallback('/settings/(.*)', setting)
orthanc.RegisterRestCallback('/settings', settings)
