#: SINCE 7.1
#: UPLOAD CT
#: UPLOAD MR
#: PRINTED handled 2
#: GET /queue
#: UNORDERED
# Instances wait in a queue of Orthanc's database until a thread has handled them.
import json
import threading
import orthanc

QUEUE = 'instances'
stop = threading.Event()
handled = 0


def work():
    global handled
    while not stop.wait(0.05):
        value, identifier = orthanc.ReserveQueueValue(QUEUE, orthanc.QueueOrigin.FRONT, 30)
        if value is None:
            continue
        entry = json.loads(value)
        orthanc.AcknowledgeQueueValue(QUEUE, identifier)
        handled += 1
        print('handled', handled, entry['modality'])


def on_stored(dicom, instance):
    modality = json.loads(dicom.GetInstanceSimplifiedJson())['Modality']
    orthanc.EnqueueValue(QUEUE, json.dumps({'id': instance, 'modality': modality}).encode())


def queue(output, uri, **request):
    orthanc.EnqueueValue('other', 'one')
    orthanc.EnqueueValue('other', b'two')
    answer = [orthanc.GetQueueSize('other'), repr(orthanc.DequeueValue('other', orthanc.QueueOrigin.BACK)),
              repr(orthanc.DequeueValue('other', orthanc.QueueOrigin.FRONT)), repr(orthanc.DequeueValue('other', orthanc.QueueOrigin.FRONT)),
              orthanc.GetQueueSize(QUEUE)]
    output.AnswerBuffer(json.dumps(answer), 'application/json')


def on_change(change, level, resource):
    if change == orthanc.ChangeType.ORTHANC_STARTED:
        thread.start()
    elif change == orthanc.ChangeType.ORTHANC_STOPPED:
        stop.set()
        thread.join()


thread = threading.Thread(target=work)
orthanc.RegisterOnStoredInstanceCallback(on_stored)
orthanc.RegisterOnChangeCallback(on_change)
orthanc.RegisterRestCallback('/queue', queue)
