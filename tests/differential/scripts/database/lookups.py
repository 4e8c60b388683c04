#: UPLOAD CT
#: GET /lookups
import orthanc


def lookups(output, uri, **request):
    lines = []
    for call, value in [('LookupPatient', '1CT1'), ('LookupStudy', '1.3.6.1.4.1.5962.1.2.1.20040119072730.12322'),
                        ('LookupStudyWithAccessionNumber', ''), ('LookupSeries', 'none'),
                        ('LookupInstance', '1.3.6.1.4.1.5962.1.1.1.1.1.20040119072730.12322')]:
        try:
            lines.append('%s %r' % (call, getattr(orthanc, call)(value)))
        except Exception as e:
            lines.append('%s %s %r' % (call, type(e).__name__, e.args))
    for name in ['PatientName', '0010,0020', 'NoSuchTag']:
        try:
            lines.append(str(sorted(orthanc.LookupDictionary(name).items())))
        except Exception as e:
            lines.append('%s %s %r' % (name, type(e).__name__, e.args))
    lines.append(orthanc.GetTagName(0x0010, 0x0010, ''))
    output.AnswerBuffer('\n'.join(lines), 'text/plain')


orthanc.RegisterRestCallback('/lookups', lookups)
