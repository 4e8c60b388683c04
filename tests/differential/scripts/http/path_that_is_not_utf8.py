#: GET /odd/%ff
# A path that is not UTF-8, as any client can send it.
import orthanc


def answer(output, uri, **request):
    output.AnswerBuffer(repr((uri, request['groups'])), 'text/plain')


orthanc.RegisterRestCallback('/odd/(.*)', answer)
