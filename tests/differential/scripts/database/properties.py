#: GET /properties
import orthanc


def properties(output, uri, **request):
    lines = [repr(orthanc.GetGlobalProperty(5000, 'default'))]
    lines.append(repr(orthanc.SetGlobalProperty(5000, 'stored')))
    lines.append(repr(orthanc.GetGlobalProperty(5000, '')))
    for code in (0, 1, 17):
        lines.append(orthanc.GetErrorDescription(code))
    output.AnswerBuffer('\n'.join(lines), 'text/plain')


orthanc.RegisterRestCallback('/properties', properties)
