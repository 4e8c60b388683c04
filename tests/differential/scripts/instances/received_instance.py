#: UPLOAD CT
#: UPLOAD MR
#: STORE RTPLAN
#: GET /statistics
import io
import orthanc
import pydicom


def on_received(data, origin):
    dataset = pydicom.dcmread(io.BytesIO(data))
    print(origin, origin == orthanc.InstanceOrigin.REST_API, len(data), dataset.Modality)
    if dataset.Modality == 'MR':
        return orthanc.ReceivedInstanceAction.DISCARD, None
    if dataset.Modality == 'CT':
        dataset.PatientName = 'Changed^Name'
        dataset.InstitutionName = 'Hospital'
        out = io.BytesIO()
        dataset.save_as(out)
        return orthanc.ReceivedInstanceAction.MODIFY, out.getvalue()
    return orthanc.ReceivedInstanceAction.KEEP_AS_IS, None


orthanc.RegisterReceivedInstanceCallback(on_received)
