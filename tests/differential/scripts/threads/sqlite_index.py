#: UPLOAD CT
#: UPLOAD MR
#: GET /index
#: GET /index?modality=MR
#: DELETE /instances/{instance}
#: PRINTED forgotten
#: GET /index
# Keeps an index of its own in SQLite, written by the change thread and read by the threads of HTTP.
import json
import os
import sqlite3
import threading
import orthanc

database = sqlite3.connect(os.path.join(os.getcwd(), 'index.db'), check_same_thread=False)
database.execute('CREATE TABLE IF NOT EXISTS instances (id TEXT PRIMARY KEY, modality TEXT, patient TEXT)')
lock = threading.Lock()


def on_stored(dicom, instance):
    tags = json.loads(dicom.GetInstanceSimplifiedJson())
    with lock, database:
        database.execute('INSERT OR REPLACE INTO instances VALUES (?, ?, ?)', (instance, tags['Modality'], tags['PatientID']))


def on_change(change, level, resource):
    if change == orthanc.ChangeType.DELETED and level == orthanc.ResourceType.INSTANCE:
        with lock, database:
            database.execute('DELETE FROM instances WHERE id = ?', (resource,))
        print('forgotten', resource)
    elif change == orthanc.ChangeType.ORTHANC_STOPPED:
        database.close()


def index(output, uri, **request):
    modality = request['get'].get('modality', '%')
    with lock:
        rows = database.execute('SELECT id, patient FROM instances WHERE modality LIKE ? ORDER BY patient', (modality,)).fetchall()
    output.AnswerBuffer(json.dumps([{'id': row[0], 'patient': row[1]} for row in rows]), 'application/json')


orthanc.RegisterOnStoredInstanceCallback(on_stored)
orthanc.RegisterOnChangeCallback(on_change)
orthanc.RegisterRestCallback('/index', index)
