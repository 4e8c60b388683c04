#: UPLOAD CT
#: UPLOAD MR
#: STORE RTPLAN
#: GET /statistics
# An anonymizer that forgets to give the new file.
import io

import orthanc
import pydicom


def on_received(data, origin):
    modality = pydicom.dcmread(io.BytesIO(data), stop_before_pixels=True).Modality
    print(modality)
    if modality == 'CT':
        return orthanc.ReceivedInstanceAction.MODIFY, None
    if modality == 'MR':
        return orthanc.ReceivedInstanceAction.MODIFY, b''
    return orthanc.ReceivedInstanceAction.MODIFY, io.BytesIO(b'').read()


orthanc.RegisterReceivedInstanceCallback(on_received)
