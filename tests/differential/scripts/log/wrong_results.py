#: GET /system
#: GET /none
#: GET /text
#: STORE CT
#: STORE MR
#: GET /statistics
# Callbacks that return something of the wrong type.
import json
import orthanc


def on_http(uri, **request):
    return {'/none': None, '/text': 'yes'}.get(uri, True)


def on_cstore(dicom):
    return None if json.loads(dicom.GetInstanceSimplifiedJson())['Modality'] == 'CT' else 'refused'


def answer(output, uri, **request):
    output.AnswerBuffer('answered', 'text/plain')
    return 'ignored'


orthanc.RegisterIncomingHttpRequestFilter(on_http)
orthanc.RegisterIncomingCStoreInstanceFilter(on_cstore)
orthanc.RegisterRestCallback('/(none|text)', answer)
