#: GET /log
import logging
import sys
import orthanc

orthanc.LogInfo('info')
orthanc.LogWarning('a warning with ünïcode')
orthanc.LogError('error %d' % 3)
print('to the output')
print('to the errors', file=sys.stderr)
sys.stdout.write('without a newline at first')
sys.stdout.write('\n')
logging.getLogger('mine').debug('not seen')


def log(output, uri, **request):
    orthanc.LogWarning('from a callback')
    print('printed', uri, flush=True)
    output.AnswerBuffer('ok', 'text/plain')


orthanc.RegisterRestCallback('/log', log)
