#: UPLOAD CT
#: PRINTED stored
#: POST /studies/{study}/archive -d '{"Asynchronous": true}'
#: PRINTED job success
import orthanc

names = {getattr(orthanc.ChangeType, name): name for name in dir(orthanc.ChangeType) if name[0] != '_'}


def on_change(change, level, resource):
    name = names[change]
    if name.startswith('JOB_'):
        print('job', name[4:].lower(), len(resource))
    elif name == 'NEW_CHILD_INSTANCE' and level == orthanc.ResourceType.PATIENT:
        print('stored')  # the last event of the upload: those of the job do not come between


orthanc.RegisterOnChangeCallback(on_change)
