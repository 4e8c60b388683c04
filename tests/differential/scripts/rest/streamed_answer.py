#: SINCE 5.0
#: GET /export.ndjson
#: GET /empty
#: GET /file/{instance}
#: UPLOAD CT
#: GET /export.ndjson
#: GET /file/{instance}
import json
import orthanc


def export(output, uri, **request):
    output.SetHttpHeader('X-Format', 'ndjson')
    output.StartStreamAnswer('application/x-ndjson')
    for instance in json.loads(orthanc.RestApiGet('/instances')):
        tags = json.loads(orthanc.RestApiGet('/instances/%s/simplified-tags' % instance))
        line = json.dumps({'id': instance, 'patient': tags['PatientID']}) + '\n'
        output.SendStreamChunk(line.encode())


def empty(output, uri, **request):
    output.StartStreamAnswer('text/plain')


def file(output, uri, **request):
    try:
        data = orthanc.GetDicomForInstance(request['groups'][0])
    except orthanc.OrthancException:
        output.SendHttpStatusCode(404)
        return
    output.StartStreamAnswer('application/dicom')
    for i in range(0, len(data), 10000):
        output.SendStreamChunk(data[i:i + 10000])


orthanc.RegisterRestCallback('/export.ndjson', export)
orthanc.RegisterRestCallback('/empty', empty)
orthanc.RegisterRestCallback('/file/(.*)', file)
