#: GET /system
# A route that is not a regular expression.
import orthanc


def answer(output, uri, **request):
    output.AnswerBuffer('answered', 'text/plain')


try:
    orthanc.RegisterRestCallback('/wrong(', answer)
except Exception as error:
    print('refused', type(error).__name__)
