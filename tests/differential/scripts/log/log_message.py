#: SINCE 5.0
#: GET /work
import inspect
import orthanc


def log(text, level=orthanc.LogLevel.WARNING):
    frame = inspect.currentframe().f_back
    orthanc.LogMessage(text, 'my-plugin', 'plugin.py', frame.f_lineno, orthanc.LogCategory.GENERIC, level)


def work(output, uri, **request):
    log('working on ' + uri)
    log('this has failed', orthanc.LogLevel.ERROR)
    log('not shown by default', orthanc.LogLevel.TRACE)
    output.AnswerBuffer('%d %d' % (orthanc.LogCategory.PLUGINS, orthanc.LogLevel.INFO), 'text/plain')


log('the script starts')
orthanc.RegisterRestCallback('/work', work)
