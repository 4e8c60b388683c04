#: PEER
#: CONFIG {"StableAge": 1}
#: UPLOAD CT
#: PRINTED stable
#: UNORDERED
import json
import orthanc


def OnChange(changeType, level, resourceId):
    if changeType == orthanc.ChangeType.STABLE_SERIES:
        orthanc.RestApiPost('/modalities/peer/store', json.dumps({'Resources': [resourceId], 'Synchronous': True}))
        print('stable', level == orthanc.ResourceType.SERIES)


orthanc.RegisterOnChangeCallback(OnChange)
