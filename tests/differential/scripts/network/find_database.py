#: UPLOAD CT
#: UPLOAD MR
#: UPLOAD RTPLAN
#: FIND STUDY PatientName=* PatientID= StudyInstanceUID= StudyDate=
#: FIND PATIENT PatientName=CompressedSamples* PatientID=
#: FIND SERIES Modality=MR SeriesInstanceUID=
#: FIND STUDY PatientName=nobody
# Answers C-FIND from Orthanc's own database, two answers at most.
import json
import orthanc

LIMIT = 2


def OnFind(answers, query, issuerAet, calledAet):
    asked, level = {}, 'Study'
    for i in range(query.GetFindQuerySize()):
        name, value = query.GetFindQueryTagName(i), query.GetFindQueryValue(i)
        if name == 'QueryRetrieveLevel':
            level = value.capitalize()
        else:
            asked[name] = value
    found = json.loads(orthanc.RestApiPost('/tools/find', json.dumps({'Level': level, 'Query': asked, 'Expand': True})))
    print('%s asks for %s: %d' % (issuerAet, sorted(asked), len(found)))
    for count, resource in enumerate(sorted(found, key=lambda each: each['ID'])):
        if count == LIMIT:
            answers.FindMarkIncomplete()
            break
        tags = dict(resource['MainDicomTags'], **resource.get('PatientMainDicomTags', {}))
        answer = {name: tags.get(name, '') for name in asked}
        answer['QueryRetrieveLevel'] = level.upper()
        answers.FindAddAnswer(orthanc.CreateDicom(json.dumps(answer), None, orthanc.CreateDicomFlags.NONE))


orthanc.RegisterFindCallback(OnFind)
