#: SINCE 5.0
#: PRINTED third
import threading
import orthanc


def work():
    orthanc.SetCurrentThreadName('MY-WORKER')
    orthanc.LogWarning('logged by the worker')
    for text in ('first', 'second', 'third'):
        print(text, orthanc.GetDatabaseServerIdentifier() is not None)


def on_change(change, level, resource):
    if change == orthanc.ChangeType.ORTHANC_STARTED:
        thread.start()
    elif change == orthanc.ChangeType.ORTHANC_STOPPED:
        thread.join()


thread = threading.Thread(target=work)
orthanc.RegisterOnChangeCallback(on_change)
