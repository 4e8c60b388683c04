#: GET /a/b
#: GET /a/c
#: GET /override
#: GET /system
#: GET /a
#: GET /a/b/c
import orthanc


def first(output, uri, **request):
    output.AnswerBuffer('first ' + uri + ' ' + str(request['groups']), 'text/plain')


def second(output, uri, **request):
    output.AnswerBuffer('second ' + uri + ' ' + str(request['groups']), 'text/plain')


def system(output, uri, **request):
    output.AnswerBuffer('my system', 'text/plain')


orthanc.RegisterRestCallback('/a/(b)', first)
orthanc.RegisterRestCallback('/a/(.*)', second)
orthanc.RegisterRestCallback('/system', system)
