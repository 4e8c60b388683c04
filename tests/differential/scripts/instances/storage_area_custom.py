#: SINCE 7.1
#: CONFIG {"MaximumStorageCacheSize": 0}
#: UPLOAD CT
#: GET /instances/{instance}/file
#: GET /instances/{instance}/content/PatientName
#: GET /label/{instance}
#: PUT /label/{instance} -d 'archive'
#: GET /label/{instance}
#: DELETE /instances/{instance}
import json
import os
import orthanc

ROOT = os.path.join(os.getcwd(), 'files')
os.makedirs(ROOT, exist_ok=True)


def path(uuid):
    return os.path.join(ROOT, uuid)


def create(uuid, content_type, compression_type, content, dicom_instance):
    with open(path(uuid), 'wb') as f:
        f.write(content)
    print('create', content_type, compression_type, dicom_instance is not None)
    return orthanc.ErrorCode.SUCCESS, b'new'


def read_range(uuid, content_type, start, size, custom_data):
    with open(path(uuid), 'rb') as f:
        f.seek(start)
        return orthanc.ErrorCode.SUCCESS, f.read(size)


def remove(uuid, content_type, custom_data):
    print('remove', content_type, custom_data)
    os.remove(path(uuid))
    return orthanc.ErrorCode.SUCCESS


def label(output, uri, **request):
    instance = request['groups'][0]
    attachment = json.loads(orthanc.RestApiGet('/instances/%s/attachments/dicom/info' % instance))['Uuid']
    if request['method'] == 'PUT':
        orthanc.SetAttachmentCustomData(attachment, request['body'])
    output.AnswerBuffer(orthanc.GetAttachmentCustomData(attachment), 'text/plain')


orthanc.RegisterStorageArea3(create, read_range, remove)
orthanc.RegisterRestCallback('/label/(.*)', label)
