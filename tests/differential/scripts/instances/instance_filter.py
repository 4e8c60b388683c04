#: UPLOAD CT
#: UPLOAD MR
#: STORE MR
import json
import orthanc


def Filter(receivedDicom):
    modality = json.loads(receivedDicom.GetInstanceSimplifiedJson())['Modality']
    print('modality', modality)
    return modality == 'CT'


orthanc.RegisterIncomingHttpRequestFilter(lambda uri, **request: True)
orthanc.RegisterIncomingCStoreInstanceFilter(lambda dicom: 0 if Filter(dicom) else 0xC001)
