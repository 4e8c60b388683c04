#: SINCE 7.1
#: UPLOAD CT
#: POST /complete/{series}
#: PRINTED stable series
#: POST /complete/{series}
#: POST /complete/none
#: UNORDERED
import orthanc


def complete(output, uri, **request):
    try:
        code, changed = orthanc.SetStableStatus(request['groups'][0], orthanc.StableStatus.STABLE)
        output.AnswerBuffer('%s %s' % (code == orthanc.ErrorCode.SUCCESS, changed), 'text/plain')
    except orthanc.OrthancException as e:
        output.AnswerBuffer('%s %s' % (type(e).__name__, e.args), 'text/plain')


def on_change(change, level, resource):
    if change == orthanc.ChangeType.STABLE_SERIES:
        print('stable series', resource)


orthanc.RegisterRestCallback('/complete/(.*)', complete)
orthanc.RegisterOnChangeCallback(on_change)
