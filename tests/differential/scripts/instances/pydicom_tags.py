#: UPLOAD CT
#: UPLOAD JPEG
#: GET /pydicom/{instance}
#: POST /pydicom/none
import io
import orthanc
import pydicom


def OnPydicom(output, uri, **request):
    if request['method'] == 'GET':
        instance = request['groups'][0]
        f = orthanc.GetDicomForInstance(instance)
        dicom = pydicom.dcmread(io.BytesIO(f))
        lines = [str(element) for element in dicom if element.keyword != 'PixelData']
        output.SetHttpHeader('X-Transfer-Syntax', dicom.file_meta.TransferSyntaxUID.name)
        output.AnswerBuffer('\n'.join(lines), 'text/plain')
    else:
        output.SendMethodNotAllowed('GET')


orthanc.RegisterRestCallback('/pydicom/(.*)', OnPydicom)
