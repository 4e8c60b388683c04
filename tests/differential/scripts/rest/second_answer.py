#: GET /both
#: GET /parts
# A callback that answers twice, such as after a status without `return`.
import orthanc


def answer_again(output):
    try:
        output.AnswerBuffer('second', 'text/plain')
        print('nothing raised')
    except orthanc.OrthancException:
        print('raised')


def both(output, uri, **request):
    output.AnswerBuffer('first', 'text/plain')
    answer_again(output)


def parts(output, uri, **request):
    output.StartMultipartAnswer('mixed', 'text/plain')
    output.SendMultipartItem('one')
    answer_again(output)


orthanc.RegisterRestCallback('/both', both)
orthanc.RegisterRestCallback('/parts', parts)
