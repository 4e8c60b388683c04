#: UPLOAD CT
#: PRINTED replaced
#: GET /patients?expand
#: UNORDERED
import io
import json
import orthanc
from pydicom import dcmread


def deidentify(dicom):
    dataset = dcmread(io.BytesIO(dicom))
    dataset.PatientName, dataset.PatientID = 'ANON', 'ANON-1'
    dataset.remove_private_tags()
    for keyword in ('PatientBirthDate', 'OtherPatientIDs', 'InstitutionName'):
        if keyword in dataset:
            delattr(dataset, keyword)
    dataset.walk(lambda ds, element: setattr(element, 'value', '') if element.VR == 'PN' and element.value != 'ANON' else None)
    target = io.BytesIO()
    dataset.save_as(target)
    return target.getvalue()


def on_change(change, level, resource):
    if change != orthanc.ChangeType.NEW_INSTANCE:
        return
    if json.loads(orthanc.RestApiGet('/instances/%s/simplified-tags' % resource))['PatientName'] == 'ANON':
        return
    answer = json.loads(orthanc.RestApiPost('/instances', deidentify(orthanc.RestApiGet('/instances/%s/file' % resource))))
    orthanc.RestApiDelete('/instances/%s' % resource)
    print('replaced', resource, 'by', answer['ID'], answer['Status'])


orthanc.RegisterOnChangeCallback(on_change)
