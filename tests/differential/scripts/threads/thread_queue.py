#: UPLOAD CT
#: UPLOAD MR
#: PRINTED done 2
#: UNORDERED
# A thread of the script's own does the slow work, so that the change callback returns at once.
import json
import queue
import threading
import orthanc

tasks = queue.Queue()
done = 0


def worker():
    global done
    while True:
        instance = tasks.get()
        if instance is None:
            print('worker ends')
            return
        tags = json.loads(orthanc.RestApiGet('/instances/%s/simplified-tags' % instance))
        orthanc.RestApiPut('/instances/%s/metadata/2000' % instance, tags['Modality'].lower())
        done += 1
        print('done', done, tags['PatientID'])
        tasks.task_done()


def on_change(change, level, resource):
    if change == orthanc.ChangeType.ORTHANC_STARTED:
        thread.start()
    elif change == orthanc.ChangeType.ORTHANC_STOPPED:
        tasks.put(None)
        thread.join()
    elif change == orthanc.ChangeType.NEW_INSTANCE:
        tasks.put(resource)


thread = threading.Thread(target=worker, daemon=True, name='worker')
orthanc.RegisterOnChangeCallback(on_change)
