#: GET /notes
#: POST /notes -d 'first'
#: POST /notes -d 'second line'
#: GET /notes
#: DELETE /notes
import os
import orthanc

PATH = os.path.join(os.path.dirname(__file__), 'notes.txt')


def notes(output, uri, **request):
    if request['method'] == 'POST':
        try:
            before = orthanc.ReadFile(PATH)
        except orthanc.OrthancException as e:
            print('no notes yet:', e.args)
            before = b''
        orthanc.WriteFile(PATH, before + request['body'] + b'\n')
        output.AnswerBuffer('saved', 'text/plain')
    elif request['method'] == 'GET':
        if not os.path.exists(PATH):
            output.SendHttpStatusCode(404)
            return
        output.AnswerBuffer(orthanc.ReadFile(PATH), 'text/plain')
    elif request['method'] == 'DELETE':
        orthanc.WriteFile(PATH, b'')
        os.unlink(PATH)
        output.AnswerBuffer('{}', 'application/json')


orthanc.RegisterRestCallback('/notes', notes)
