#: GET /grey.png
#: GET /rgb.png
#: GET /photo.jpg
import orthanc


def grey(output, uri, **request):
    output.CompressAndAnswerPngImage(orthanc.PixelFormat.GRAYSCALE8, 4, 2, 4, bytes(range(8)))


def rgb(output, uri, **request):
    output.CompressAndAnswerPngImage(orthanc.PixelFormat.RGB24, 2, 2, 6, bytes(range(12)))


def photo(output, uri, **request):
    output.CompressAndAnswerJpegImage(orthanc.PixelFormat.GRAYSCALE8, 8, 8, 8, bytes(range(64)), 90)


orthanc.RegisterRestCallback('/grey.png', grey)
orthanc.RegisterRestCallback('/rgb.png', rgb)
orthanc.RegisterRestCallback('/photo.jpg', photo)
