#: PLAIN
#: GET /again
# A script that cleans sys.modules, as hot reloaders do, and reloads.
import importlib
import json
import sys

import orthanc

print(importlib.reload(orthanc) is orthanc, orthanc.RestOutput.__name__)
output_class = orthanc.RestOutput


def again(output, uri, **request):
    import orthanc
    text = json.dumps([orthanc.ChangeType.NEW_STUDY, isinstance(output, orthanc.RestOutput), orthanc.RestOutput is output_class])
    output.AnswerBuffer(text, 'application/json')


def on_change(change, level, resource):
    import orthanc
    print('change', change == orthanc.ChangeType.ORTHANC_STARTED)


orthanc.RegisterRestCallback('/again', again)
orthanc.RegisterOnChangeCallback(on_change)
del sys.modules['orthanc']
import orthanc
del sys.modules['orthanc']
