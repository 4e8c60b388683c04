#: CONFIG {"StableAge": 1}
#: UPLOAD CT
#: PRINTED anonymized
#: GET /patients?expand
#: UNORDERED
import json
import orthanc

REQUEST = {
    'Replace': {'PatientName': 'Anonymous', 'PatientID': '0', 'StudyInstanceUID': '1.2.3', 'SeriesInstanceUID': '1.2.4',
                'SOPInstanceUID': '1.2.5'},
    'Remove': ['InstitutionName', 'ReferringPhysicianName', 'FrameOfReferenceUID'],
    'RemovePrivateTags': True,
    'Force': True,
}


def on_change(change, level, resource):
    if change != orthanc.ChangeType.STABLE_SERIES:
        return
    series = json.loads(orthanc.RestApiGet('/series/' + resource))
    if series['MainDicomTags']['SeriesInstanceUID'] == '1.2.4':
        return
    for instance in series['Instances']:
        dicom = orthanc.RestApiPost('/instances/%s/modify' % instance, json.dumps(REQUEST))
        answer = json.loads(orthanc.RestApiPost('/instances', dicom))
        print('anonymized', instance, 'to', answer['ID'])
    orthanc.RestApiDelete('/series/' + resource)


orthanc.RegisterOnChangeCallback(on_change)
