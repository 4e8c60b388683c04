#: UPLOAD CT
#: GET /preview/{instance}.png
#: GET /statistics/{instance}
#: GET /histogram/{instance}?bins=4
import io
import json
import numpy
import orthanc
import pydicom
from PIL import Image


def pixels(instance):
    dicom = pydicom.dcmread(io.BytesIO(orthanc.GetDicomForInstance(instance)))
    raw = numpy.frombuffer(dicom.PixelData, dtype=numpy.int16).reshape(dicom.Rows, dicom.Columns)
    return raw * float(dicom.RescaleSlope) + float(dicom.RescaleIntercept)


def preview(output, uri, **request):
    image = pixels(request['groups'][0])
    low, high = image.min(), image.max()
    grey = Image.fromarray(((image - low) / (high - low) * 255).astype(numpy.uint8)).resize((32, 32))
    with io.BytesIO() as png:
        grey.save(png, format='PNG')
        output.SetHttpHeader('Cache-Control', 'max-age=60')
        output.AnswerBuffer(png.getvalue(), 'image/png')


def statistics(output, uri, **request):
    image = pixels(request['groups'][0])
    answer = {'mean': round(float(image.mean()), 3), 'std': round(float(image.std()), 3), 'shape': list(image.shape)}
    output.AnswerBuffer(json.dumps(answer), 'application/json')


def histogram(output, uri, **request):
    counts, edges = numpy.histogram(pixels(request['groups'][0]), bins=int(request['get'].get('bins', '10')))
    output.AnswerBuffer(json.dumps([counts.tolist(), edges.tolist()]), 'application/json')


orthanc.RegisterRestCallback('/preview/(.*).png', preview)
orthanc.RegisterRestCallback('/statistics/(.*)', statistics)
orthanc.RegisterRestCallback('/histogram/(.*)', histogram)
