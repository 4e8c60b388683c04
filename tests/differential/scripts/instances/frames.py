#: UPLOAD CT
#: UPLOAD FRAMES
#: UPLOAD COLOUR
#: UPLOAD RTPLAN
import hashlib
import orthanc


def on_stored(dicom, instance):
    print(instance, dicom.GetInstanceFramesCount() if dicom.HasInstancePixelData() else 'no pixels')
    print('serialized', len(dicom.SerializeDicomInstance()) > 1000, dicom.GetInstanceTransferSyntaxUid())
    for frame in (0, 1, 99):
        try:
            raw = dicom.GetInstanceRawFrame(frame)
            print('raw', frame, type(raw).__name__, len(raw), hashlib.md5(raw).hexdigest())
            image = dicom.GetInstanceDecodedFrame(frame)
            print('decoded', image.GetImageWidth(), image.GetImageHeight(), image.GetImagePixelFormat(),
                  hashlib.md5(image.GetImageBuffer()).hexdigest())
        except orthanc.OrthancException as e:
            print('frame', frame, type(e).__name__, e.args)


orthanc.RegisterOnStoredInstanceCallback(on_stored)
