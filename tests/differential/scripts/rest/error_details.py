#: CONFIG {"HttpDescribeErrors": true}
#: GET /invoice/1
#: GET /invoice/2
#: GET /invoice/x
import orthanc


def invoice(output, uri, **request):
    key = request['groups'][0]
    if key == '1':
        output.AnswerBuffer('paid', 'text/plain')
    elif key.isdigit():
        output.SetHttpErrorDetails('There is no invoice ' + key, True)
        output.SendHttpStatusCode(404)
    else:
        output.SetHttpErrorDetails('The number of an invoice has digits only', False)
        raise orthanc.OrthancException(orthanc.ErrorCode.BAD_PARAMETER_TYPE, 'not a number')


orthanc.RegisterRestCallback('/invoice/(.*)', invoice)
