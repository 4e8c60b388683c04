#: PRINTED tick 3
#: UNORDERED
import threading
import orthanc

count = 0


def tick():
    global count, timer
    count += 1
    if count <= 3:
        print('tick', count, len(orthanc.RestApiGet('/system')) > 10)
        timer = threading.Timer(0.1, tick)
        timer.start()


def on_change(change, level, resource):
    global timer
    if change == orthanc.ChangeType.ORTHANC_STARTED:
        timer = threading.Timer(0.1, tick)
        timer.start()
    elif change == orthanc.ChangeType.ORTHANC_STOPPED:
        timer.cancel()
        print('stopped')


orthanc.RegisterOnChangeCallback(on_change)
