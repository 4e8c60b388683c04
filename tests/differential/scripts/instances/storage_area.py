#: CONFIG {"StorageCompression": false}
#: UPLOAD CT
#: GET /instances/{instance}/file
#: GET /instances/{instance}/tags
#: DELETE /instances/{instance}
#: GET /statistics
import os
import orthanc

root = os.path.join(os.getcwd(), 'my-storage')


def path(uuid, contentType):
    return os.path.join(root, '%s-%d' % (uuid, contentType))


def OnCreate(uuid, contentType, data):
    os.makedirs(root, exist_ok=True)
    print('create', contentType, contentType == orthanc.ContentType.DICOM)
    with open(path(uuid, contentType), 'wb') as f:
        f.write(data)


def OnRead(uuid, contentType):
    with open(path(uuid, contentType), 'rb') as f:
        return f.read()


def OnRemove(uuid, contentType):
    print('remove', contentType)
    os.remove(path(uuid, contentType))


orthanc.RegisterStorageArea(OnCreate, OnRead, OnRemove)
