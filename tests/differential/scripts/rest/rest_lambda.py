#: PLAIN
#: GET /hello
import orthanc

orthanc.RegisterRestCallback('/hello', lambda output, uri, **request: output.AnswerBuffer('hello', 'text/plain'))
