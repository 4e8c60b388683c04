#: UPLOAD CT SpecificCharacterSet=ISO_IR\ 192 PatientName=Grüße^Ünal PatientID=ж1
#: GET /patient/%D0%B61
#: GET /who?name=Gr%C3%BC%C3%9Fe
#: POST /who -d 'Zoë ☃ 𝄞'
import json
import orthanc


def patient(output, uri, **request):
    print(uri, request['groups'])
    found = json.loads(orthanc.RestApiPost('/tools/find', json.dumps(
        {'Level': 'Patient', 'Query': {'PatientName': 'Grüße*'}, 'Expand': True}, ensure_ascii=False)))
    names = [each['MainDicomTags']['PatientName'] for each in found]
    print(names)
    output.SetHttpHeader('X-Count', str(len(names)))
    output.AnswerBuffer(json.dumps(names, ensure_ascii=False), 'application/json; charset=utf-8')


def who(output, uri, **request):
    text = request['body'].decode('utf-8') if request['method'] == 'POST' else request['get']['name']
    orthanc.LogWarning('who: ' + text)
    print('who:', text)
    output.AnswerBuffer('Hello ' + text, 'text/plain; charset=utf-8')


orthanc.RegisterRestCallback('/patient/(.*)', patient)
orthanc.RegisterRestCallback('/who', who)
