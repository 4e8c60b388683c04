#: RESET
#: GET /alive
import orthanc

names = {getattr(orthanc.ChangeType, name): name for name in dir(orthanc.ChangeType) if name[0] != '_'}
print('script starts')


def alive(output, uri, **request):
    output.AnswerBuffer('alive', 'text/plain')


def on_change(change, level, resource):
    print(names[change], repr(resource))


orthanc.RegisterOnChangeCallback(on_change)
orthanc.RegisterRestCallback('/alive', alive)
