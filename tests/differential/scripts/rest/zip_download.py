#: UPLOAD CT
#: GET /download/{study}
#: GET /studies/{study}/archive-of-mine
#: GET /download/none
import hashlib
import io
import json
import zipfile
import orthanc


def make_zip(study):
    memory = io.BytesIO()
    with zipfile.ZipFile(memory, 'w') as archive:
        for instance in json.loads(orthanc.RestApiGet('/studies/%s/instances' % study)):
            name = '%s/%s.dcm' % (instance['ParentSeries'], instance['ID'])
            archive.writestr(zipfile.ZipInfo(name), orthanc.RestApiGet('/instances/%s/file' % instance['ID']))
    return memory.getvalue()


def download(output, uri, **request):
    study = request['groups'][0]
    try:
        answer = make_zip(study)
    except orthanc.OrthancException as e:
        if e.args[0] == orthanc.ErrorCode.UNKNOWN_RESOURCE:
            output.SendHttpStatusCode(404)
            return
        raise
    print(study, hashlib.sha1(answer).hexdigest())
    output.AnswerBuffer(answer, 'application/zip')


orthanc.RegisterRestCallback('/download/(.*)', download)
orthanc.RegisterRestCallback('/studies/([^/]*)/archive-of-mine', download)
