#: PRINTED registered
#: UPLOAD CT
#: GET /query-myself?PatientName=Comp*
#: GET /query-myself?PatientName=Nobody
#: UNORDERED
# Queries another modality: this Orthanc itself.
import json
import orthanc


def on_change(change, level, resource):
    if change == orthanc.ChangeType.ORTHANC_STARTED:
        port = json.loads(orthanc.RestApiGet('/system'))['DicomPort']
        orthanc.RestApiPut('/modalities/myself', json.dumps({'AET': 'ORTHANC', 'Host': '127.0.0.1', 'Port': port}))
        print('registered')


def query(output, uri, **request):
    asked = dict(request['get'], StudyDescription='')
    made = json.loads(orthanc.RestApiPost('/modalities/myself/query', json.dumps({'Level': 'Study', 'Query': asked})))
    found = []
    for number in json.loads(orthanc.RestApiGet(made['Path'] + '/answers')):
        content = json.loads(orthanc.RestApiGet('%s/answers/%s/content?simplify' % (made['Path'], number)))
        found.append({name: content.get(name) for name in ('PatientName', 'StudyDescription', 'QueryRetrieveLevel')})
    orthanc.RestApiDelete(made['Path'])
    output.AnswerBuffer(json.dumps(found), 'application/json')


orthanc.RegisterOnChangeCallback(on_change)
orthanc.RegisterRestCallback('/query-myself', query)
