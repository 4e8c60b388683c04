#: PEER
#: CONFIG {"StableAge": 1, "AutoRouting": [{"Modality": "CT", "Target": "peer"}, {"Modality": "US", "Target": "nobody"}]}
#: UPLOAD CT
#: UPLOAD MR
#: PRINTED Routed CT
#: PRINTED No rule for MR
#: UNORDERED
"""Sends each stable series to the modalities that the configuration names for it."""
import json
import orthanc

RULES = json.loads(orthanc.GetConfiguration()).get('AutoRouting', [])
orthanc.LogWarning('Auto routing: %d rules' % len(RULES))


def get_modality(series):
    return json.loads(orthanc.RestApiGet('/series/' + series))['MainDicomTags'].get('Modality', 'OT')


def OnChange(changeType, level, resourceId):
    if changeType != orthanc.ChangeType.STABLE_SERIES:
        return
    modality = get_modality(resourceId)
    targets = [rule['Target'] for rule in RULES if rule['Modality'] == modality]
    if not targets:
        print('No rule for ' + modality)
    for target in targets:
        try:
            answer = json.loads(orthanc.RestApiPost('/modalities/%s/store' % target, json.dumps(
                {'Resources': [resourceId], 'Synchronous': True})))
            print('Routed %s to %s: %d failed' % (modality, target, answer['FailedInstancesCount']))
        except orthanc.OrthancException as e:
            orthanc.LogError('Cannot send %s to %s: %s' % (resourceId, target, str(e)))


orthanc.RegisterOnChangeCallback(OnChange)
