#: GET /parts
import orthanc


def parts(output, uri, **request):
    output.StartMultipartAnswer('related', 'application/dicom')
    output.SendMultipartItem(b'first')
    output.SendMultipartItem(b'second')


orthanc.RegisterRestCallback('/parts', parts)
