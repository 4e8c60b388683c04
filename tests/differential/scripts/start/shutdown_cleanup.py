#: GET /count
#: GET /count
import atexit
import os
import orthanc

count = 0
STATE = os.path.join(os.getcwd(), 'state.txt')


def on_count(output, uri, **request):
    global count
    count += 1
    output.AnswerBuffer(str(count), 'text/plain')


def on_change(change, level, resource):
    if change == orthanc.ChangeType.ORTHANC_STARTED:
        print('started', orthanc.RestApiGet('/statistics') != b'')
    elif change == orthanc.ChangeType.ORTHANC_STOPPED:
        with open(STATE, 'w') as f:
            f.write('count %d' % count)
        print('saved', open(STATE).read())


def goodbye():
    print('goodbye at exit')


atexit.register(goodbye)
orthanc.RegisterRestCallback('/count', on_count)
orthanc.RegisterOnChangeCallback(on_change)
