#: PLAIN
#: GET /name
# A script that has the name of a module of the standard library.
import logging
import sys

import orthanc

logger = logging.getLogger(__name__)
print(__name__, __name__ in sys.modules, logger.name)


def name(output, uri, **request):
    output.AnswerBuffer('the wave', 'text/plain')


orthanc.RegisterRestCallback('/name', name)
