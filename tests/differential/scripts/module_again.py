#: PLAIN
#: GET /again
#: GET /fails
#: GET /catches
# A script that cleans sys.modules, as hot reloaders do, and reloads.
import importlib
import json
import sys

import orthanc

print(importlib.reload(orthanc) is orthanc, orthanc.RestOutput.__name__)
OrthancException = orthanc.OrthancException
output_class = orthanc.RestOutput


def again(output, uri, **request):
    import orthanc
    text = json.dumps([orthanc.ChangeType.NEW_STUDY, isinstance(output, orthanc.RestOutput), orthanc.RestOutput is output_class])
    output.AnswerBuffer(text, 'application/json')


def fails(output, uri, **request):
    raise KeyError('nothing')


def catches(output, uri, **request):
    import orthanc
    try:
        orthanc.RestApiGet('/instances/nothing')
    except OrthancException as error:
        print(type(error).__name__, error.args, vars(error), str(error), repr(error))
        output.AnswerBuffer('caught', 'text/plain')


def on_change(change, level, resource):
    import orthanc
    print('change', change == orthanc.ChangeType.ORTHANC_STARTED)


for name in ('again', 'fails', 'catches'):
    orthanc.RegisterRestCallback('/' + name, globals()[name])
orthanc.RegisterOnChangeCallback(on_change)
del sys.modules['orthanc']
import orthanc
del sys.modules['orthanc']
