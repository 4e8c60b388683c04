#: SINCE 5.0
import json
import orthanc

for enumeration in ['LoadDicomInstanceMode', 'LogCategory', 'LogLevel', 'HttpAuthenticationStatus', 'QueueOrigin', 'StableStatus', 'StoreStatus']:
    cls = getattr(orthanc, enumeration, None)
    if cls is not None:
        print(enumeration, json.dumps({name: getattr(cls, name) for name in dir(cls) if not name.startswith('_')}, sort_keys=True))
