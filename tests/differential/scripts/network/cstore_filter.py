#: STORE CT
#: STORE MR
#: STORE RTPLAN
#: UPLOAD MR
import json
import orthanc


def on_filter(dicom):
    tags = json.loads(dicom.GetInstanceSimplifiedJson())
    print('filter', tags['Modality'], dicom.GetInstanceOrigin())
    if tags['Modality'] == 'MR':
        return 0xA700
    if tags['Modality'] == 'RTPLAN':
        return 0xC000
    return 0


orthanc.RegisterIncomingCStoreInstanceFilter(on_filter)
