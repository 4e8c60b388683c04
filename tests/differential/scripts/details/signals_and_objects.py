# The signals that are ignored, and objects that a script cannot make.
#: PLAIN
#: GET /system
import os
import signal

import orthanc

for name in ('SIGINT', 'SIGTERM', 'SIGPIPE', 'SIGXFSZ', 'SIGHUP'):
    print(name, repr(signal.getsignal(getattr(signal, name))))
with open('/proc/self/status') as file:
    mask = int(next(line for line in file if line.startswith('SigIgn')).split()[1], 16)
print('SIGPIPE ignored', bool(mask >> signal.SIGPIPE - 1 & 1))
for name in ('DicomInstance', 'FindMatcher', 'Image', 'RestOutput'):
    for arguments in ((), (1,), (None, None)):
        try:
            getattr(orthanc, name)(*arguments)
        except Exception as error:
            print(name, arguments, type(error).__name__)
        else:
            print(name, arguments, 'made')
