#: PLAIN
#: GET /late
# Functions registered for the exit: by the script, by a library, by executed code, by a thread, by weakref.finalize.
import atexit
import concurrent.futures
import logging
import os
import sys
import tempfile
import threading
import types
import weakref

import orthanc

# A library outside the script's folder.
company = types.ModuleType('company')
company.__file__ = '/usr/lib/python3/dist-packages/company/__init__.py'
exec('''
import atexit
def connect(name):
    atexit.register(print, 'disconnect', name)
''', company.__dict__)
sys.modules['company'] = company


class Connection:
    def __init__(self, name):
        self.name = name
        self._finalizer = weakref.finalize(self, print, 'finalize', name)


def say(text):
    orthanc.LogWarning(text)
    print(text, len(orthanc.GenerateUuid()))


atexit.register(say, 'first')
import company
company.connect('one')
connection = Connection('kept')
dropped = Connection('dropped')
del dropped
folder = tempfile.TemporaryDirectory()
atexit.register(lambda: print('folder there', os.path.isdir(folder.name)))
exec('import atexit; atexit.register(print, "executed")', {})
thread = threading.Thread(target=atexit.register, args=(print, 'of a thread'))
thread.start()
thread.join()
pool = concurrent.futures.ThreadPoolExecutor(2)
pool.submit(atexit.register, print, 'of a pool').result()
unwanted = atexit.register(lambda: print('unwanted'))
atexit.unregister(unwanted)


def late(output, uri, **request):
    company.connect('late')
    atexit.register(say, 'registered by a callback')
    output.AnswerBuffer('late', 'text/plain')


orthanc.RegisterRestCallback('/late', late)
