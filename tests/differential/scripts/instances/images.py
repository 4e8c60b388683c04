#: UPLOAD CT
#: GET /image
import json
import orthanc

image = orthanc.CreateImage(orthanc.PixelFormat.GRAYSCALE8, 16, 8)
print(image.GetImageWidth(), image.GetImageHeight(), image.GetImagePixelFormat(), image.GetImagePitch() >= 16)
converted = image.ConvertPixelFormat(orthanc.PixelFormat.RGB24)
print(converted.GetImagePixelFormat(), converted.GetImagePixelFormat() == orthanc.PixelFormat.RGB24)
image.DrawText(0, 'x', 0, 0, 255, 255, 255)
png = orthanc.CompressPngImage(orthanc.PixelFormat.GRAYSCALE8, 2, 2, 2, b'abcd')
back = orthanc.UncompressImage(png, orthanc.ImageFormat.PNG)
print(len(png) > 20, back.GetImageWidth(), back.GetImageHeight(), back.GetImagePixelFormat())
jpeg = orthanc.CompressJpegImage(orthanc.PixelFormat.GRAYSCALE8, 8, 8, 8, bytes(64), 80)
print(jpeg[:3], orthanc.UncompressImage(jpeg, orthanc.ImageFormat.JPEG).GetImageWidth())
made = orthanc.CreateImageFromBuffer(orthanc.PixelFormat.RGB24, 2, 1, 6, b'abcdef')
print(made.GetImageWidth(), made.GetImageBuffer()[:6])


def answer(output, uri, **request):
    instance = json.loads(orthanc.RestApiGet('/instances'))[0]
    frame = orthanc.DecodeDicomImage(orthanc.RestApiGet('/instances/%s/file' % instance), 0)
    output.AnswerBuffer('%d %d %d' % (frame.GetImageWidth(), frame.GetImageHeight(), frame.GetImagePixelFormat()), 'text/plain')


orthanc.RegisterRestCallback('/image', answer)
