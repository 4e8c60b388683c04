#: UPLOAD CT
#: PRINTED attachment has changed
#: GET /instances/{instance}/attachments/1025/data
#: GET /instances/{instance}/metadata/1025
#: DELETE /instances/{instance}/attachments/1025
#: UNORDERED
import hashlib
import json
import orthanc

KIND = '1025'


def OnStored(dicom, instanceId):
    print('stored', instanceId, [name for name in ('ReceptionDate', 'Origin', 'RemoteIP', 'Unknown') if dicom.HasInstanceMetadata(name)],
          dicom.GetInstanceMetadata('Origin'))


def OnChange(changeType, level, resource):
    if changeType == orthanc.ChangeType.NEW_INSTANCE:
        data = orthanc.RestApiGet('/instances/%s/file' % resource)
        orthanc.RestApiPut('/instances/%s/metadata/%s' % (resource, KIND), hashlib.md5(data).hexdigest())
        orthanc.RestApiPut('/instances/%s/attachments/%s' % (resource, KIND), json.dumps({'size': len(data)}))
    elif changeType == orthanc.ChangeType.UPDATED_METADATA:
        print('metadata has changed', level)
    elif changeType == orthanc.ChangeType.UPDATED_ATTACHMENT:
        print('attachment has changed', level)


orthanc.RegisterOnStoredInstanceCallback(OnStored)
orthanc.RegisterOnChangeCallback(OnChange)
