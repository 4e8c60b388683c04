#: PEER
#: GET /status-of-modalities
#: PUT /modalities/new -d '{"AET": "NEW", "Host": "127.0.0.1", "Port": 1}'
#: PRINTED modalities have changed
#: GET /status-of-modalities
import json
import orthanc


def status(output, uri, **request):
    found = {}
    for name in json.loads(orthanc.RestApiGet('/modalities')):
        try:
            orthanc.RestApiPost('/modalities/%s/echo' % name, '{"Timeout": 15}')
            found[name] = 'up'
        except orthanc.OrthancException as e:
            found[name] = 'down (%d)' % e.args[0]
    output.AnswerBuffer(json.dumps(found, indent=4, sort_keys=True), 'application/json')


def on_change(change, level, resource):
    if change == orthanc.ChangeType.UPDATED_MODALITIES:
        print('modalities have changed')


orthanc.RegisterRestCallback('/status-of-modalities', status)
orthanc.RegisterOnChangeCallback(on_change)
