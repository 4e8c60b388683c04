#: FIND STUDY PatientName=Smith* PatientID= StudyInstanceUID=
#: FIND SERIES StudyInstanceUID=1.2.3 Modality=CT
# Answers C-FIND with what was asked for, and prints the query.
import json

import orthanc


def OnFind(answers, query, issuerAet, calledAet):
    print("Find from %s to %s" % (issuerAet, calledAet))
    tags = {}
    for i in range(query.GetFindQuerySize()):
        group, element = query.GetFindQueryTagGroup(i), query.GetFindQueryTagElement(i)
        print("%04x,%04x %s = [%s]" % (group, element, query.GetFindQueryTagName(i), query.GetFindQueryValue(i)))
        tags["%04x,%04x" % (group, element)] = query.GetFindQueryValue(i)
    tags["0010,0010"] = "Smith^John"
    dicom = orthanc.CreateDicom(json.dumps(tags), None, orthanc.CreateDicomFlags.NONE)
    answers.FindAddAnswer(dicom)


orthanc.RegisterFindCallback(OnFind)
