import orthanc

from . import pages

registered = []


def register(expression, callback):
    registered.append((expression, callback))
    orthanc.RegisterRestCallback(expression, callback)
    print('registered', expression, pages.serve.__qualname__)
