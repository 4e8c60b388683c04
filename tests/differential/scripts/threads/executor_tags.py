#: UPLOAD CT
#: UPLOAD MR
#: UPLOAD RTPLAN
#: GET /modalities-in-store
#: UNORDERED
import collections
import concurrent.futures
import json
import orthanc

executor = concurrent.futures.ThreadPoolExecutor(max_workers=4, thread_name_prefix='tags')


def modality(instance):
    return orthanc.RestApiGet('/instances/%s/content/Modality' % instance).decode().strip()


def answer(output, uri, **request):
    instances = json.loads(orthanc.RestApiGet('/instances'))
    counted = collections.Counter(executor.map(modality, instances))
    output.AnswerBuffer(json.dumps(dict(sorted(counted.items()))), 'application/json')


orthanc.RegisterRestCallback('/modalities-in-store', answer)
