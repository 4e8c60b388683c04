#: GET /slow/3
#: GET /slow/4
import json
import math
import multiprocessing
import signal
import orthanc


def slow(number):
    return math.factorial(number)


def initializer():
    signal.signal(signal.SIGINT, signal.SIG_IGN)


pool = multiprocessing.Pool(2, initializer=initializer)


def answer(output, uri, **request):
    number = int(request['groups'][0])
    output.AnswerBuffer(json.dumps(pool.apply(slow, args=(number,))), 'application/json')


orthanc.RegisterRestCallback('/slow/([0-9]+)', answer)
