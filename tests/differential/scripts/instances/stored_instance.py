#: UPLOAD CT
#: UPLOAD CT
#: STORE MR
#: UPLOAD RTPLAN
import json
import orthanc


def OnStoredInstance(dicom, instanceId):
    print('Received instance %s of size %d (transfer syntax %s, SOP class UID %s)' % (
        instanceId, dicom.GetInstanceSize(),
        dicom.GetInstanceMetadata('TransferSyntax') if dicom.HasInstanceMetadata('TransferSyntax') else 'none',
        dicom.GetInstanceMetadata('SopClassUid') if dicom.HasInstanceMetadata('SopClassUid') else 'none'))
    print('Origin:', dicom.GetInstanceOrigin(), 'AET:', repr(dicom.GetInstanceRemoteAet()))
    tags = json.loads(dicom.GetInstanceSimplifiedJson())
    print(tags['PatientName'], tags.get('Modality'))
    print(sorted(json.loads(dicom.GetInstanceJson()))[:5])
    print(len(dicom.GetInstanceData()), dicom.GetInstanceFramesCount(), dicom.HasInstancePixelData())
    advanced = json.loads(dicom.GetInstanceAdvancedJson(orthanc.DicomToJsonFormat.SHORT, orthanc.DicomToJsonFlags.NONE, 0))
    print(advanced['0010,0010'])
    if dicom.GetInstanceOrigin() == orthanc.InstanceOrigin.REST_API:
        print('This instance was received through the REST API')


orthanc.RegisterOnStoredInstanceCallback(OnStoredInstance)
