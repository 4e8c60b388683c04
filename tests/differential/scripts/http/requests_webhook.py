#: UPLOAD CT
#: PRINTED posted NEW_STUDY
#: UPLOAD MR
#: PRINTED failed
import os
import orthanc
import requests

URL = os.environ['WEB']
NAMES = {orthanc.ChangeType.NEW_PATIENT: 'NEW_PATIENT', orthanc.ChangeType.NEW_STUDY: 'NEW_STUDY'}
sent = 0


def OnChange(changeType, level, resource):
    global sent
    if changeType not in NAMES:
        return
    payload = {'event': NAMES[changeType], 'level': level, 'id': resource}
    path = '/echo' if sent < 2 else '/status/503'
    sent += 1
    try:
        response = requests.post(URL + path, json=payload, headers={'X-Api-Key': 'secret'}, timeout=10)
        response.raise_for_status()
        answer = response.json()
        print('posted', NAMES[changeType], response.status_code, answer['method'], answer['size'], answer['headers']['X-Api-Key'])
    except requests.exceptions.RequestException as e:
        print('failed', type(e).__name__, e.response.status_code)


orthanc.RegisterOnChangeCallback(OnChange)
