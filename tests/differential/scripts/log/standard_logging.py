#: GET /log
#: GET /log?level=debug
import io
import logging
import logging.handlers
import os
import orthanc

logger = logging.getLogger('my_plugin')
logger.setLevel(logging.INFO)
logger.propagate = False
handler = logging.handlers.RotatingFileHandler(os.path.join(os.getcwd(), 'my_plugin.log'), maxBytes=100000, backupCount=2)
handler.setFormatter(logging.Formatter('%(levelname)s %(name)s %(threadName)s %(message)s'))
logger.addHandler(handler)
memory = io.StringIO()
logger.addHandler(logging.StreamHandler(memory))
logger.info('loaded %s', __name__)
print(logging.getLogger().level, logging.getLogger().isEnabledFor(logging.INFO), logging.getLogger('x').isEnabledFor(logging.WARNING))


class OrthancHandler(logging.Handler):
    def emit(self, record):
        function = {logging.ERROR: orthanc.LogError, logging.WARNING: orthanc.LogWarning}.get(record.levelno, orthanc.LogInfo)
        function(self.format(record))


logger.addHandler(OrthancHandler())


def log(output, uri, **request):
    if request['get'].get('level') == 'debug':
        logger.setLevel(logging.DEBUG)
        logger.debug('now verbose')
    logger.warning('asked for %s with ünïcode', uri)
    try:
        {}['missing']
    except KeyError:
        logger.exception('a key is missing')
    with open(handler.baseFilename) as f:
        first = f.readline().split()[:2]
    output.AnswerBuffer('%s\n%s' % (first, memory.getvalue().split('Traceback')[0]), 'text/plain')


orthanc.RegisterRestCallback('/log', log)
