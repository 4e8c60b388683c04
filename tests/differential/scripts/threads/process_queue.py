#: UPLOAD CT
#: UPLOAD MR
#: PRINTED result 2
# A process of its own that lives as long as Orthanc, fed by a queue.
import json
import multiprocessing
import threading
import orthanc

context = multiprocessing.get_context('fork')
tasks, results = context.Queue(), context.Queue()


def work(tasks, results):
    for name, size in iter(tasks.get, None):
        results.put('%s has %d bytes' % (name, size))
    results.put(None)


def collect():
    for number, text in enumerate(iter(results.get, None), 1):
        print('result', number, text, flush=True)


process = context.Process(target=work, args=(tasks, results), daemon=True)
process.start()
collector = threading.Thread(target=collect)
collector.start()


def on_stored(dicom, instance):
    tasks.put((json.loads(dicom.GetInstanceSimplifiedJson())['Modality'], dicom.GetInstanceSize()))


def on_change(change, level, resource):
    if change == orthanc.ChangeType.ORTHANC_STOPPED:
        tasks.put(None)
        collector.join()
        process.join()
        print('the process has ended with', process.exitcode)


orthanc.RegisterOnStoredInstanceCallback(on_stored)
orthanc.RegisterOnChangeCallback(on_change)
