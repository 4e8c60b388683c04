#: GET /odd/a%20b
#: GET /odd/%c3%a9
#: GET /odd/%01
# Paths that are not plain ASCII.
import orthanc


def answer(output, uri, **request):
    output.AnswerBuffer(repr((uri, request['groups'])), 'text/plain')


orthanc.RegisterRestCallback('/odd/(.*)', answer)
