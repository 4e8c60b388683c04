#: UPLOAD CT
#: POST /modalities/nobody/store -d '{"Resources": ["{study}"], "Asynchronous": true}'
#: PRINTED JOB_FAILURE
#: UNORDERED
import json
import orthanc

NAMES = {getattr(orthanc.ChangeType, name): name for name in dir(orthanc.ChangeType) if not name.startswith('_')}


def on_change(change, level, job):
    name = NAMES.get(change, 'UNKNOWN')
    if name in ('JOB_SUCCESS', 'JOB_FAILURE'):
        state = json.loads(orthanc.RestApiGet('/jobs/' + job))
        print(name, state['Type'], state['ErrorCode'], len(job), level == orthanc.ResourceType.NONE)


orthanc.RegisterOnChangeCallback(on_change)
