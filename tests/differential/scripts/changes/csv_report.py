#: UPLOAD CT
#: UPLOAD MR
#: GET /report.csv
#: GET /report.csv?separator=; -H "Accept-Encoding: gzip"
#: POST /report.csv -d 'x'
import csv
import io
import json
import orthanc

COLUMNS = ('PatientID', 'PatientName', 'StudyDate', 'StudyDescription')


def report(output, uri, **request):
    if request['method'] != 'GET':
        output.SendMethodNotAllowed('GET')
        return
    text = io.StringIO()
    writer = csv.writer(text, delimiter=request['get'].get('separator', ','))
    writer.writerow(COLUMNS)
    for study in json.loads(orthanc.RestApiGet('/studies?expand')):
        tags = dict(study['MainDicomTags'])
        tags.update(study['PatientMainDicomTags'])
        writer.writerow([tags.get(column, '') for column in COLUMNS])
    output.SetHttpHeader('Content-Disposition', 'attachment; filename="report.csv"')
    output.SetHttpHeader('X-Columns', str(len(COLUMNS)))
    output.AnswerBuffer(text.getvalue(), 'text/csv')


orthanc.RegisterRestCallback('/report.csv', report)
