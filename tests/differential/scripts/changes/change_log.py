#: UPLOAD CT
#: UPLOAD MR
#: PRINTED change 4 level 0 resource {patient}
#: DELETE /instances/{instance}
import orthanc


def OnChange(changeType, level, resource):
    print("change " + str(changeType) + " level " + str(level) + " resource " + resource)
    if changeType == orthanc.ChangeType.NEW_INSTANCE:
        print(orthanc.RestApiGet("/instances/%s/metadata/IndexInSeries" % resource))


orthanc.RegisterOnChangeCallback(OnChange)
