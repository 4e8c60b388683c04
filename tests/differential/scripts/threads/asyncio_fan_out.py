#: UPLOAD CT
#: UPLOAD MR
#: GET /all
#: GET /all
#: UNORDERED
import asyncio
import json
import orthanc


async def fetch(path):
    loop = asyncio.get_running_loop()
    return json.loads(await loop.run_in_executor(None, orthanc.RestApiGet, path))


async def gather():
    instances = await fetch('/instances')
    tags = await asyncio.gather(*[fetch('/instances/%s/simplified-tags' % i) for i in sorted(instances)])
    await asyncio.sleep(0)
    return [each['PatientID'] for each in tags]


def answer(output, uri, **request):
    output.AnswerBuffer(json.dumps(asyncio.run(gather())), 'application/json')


orthanc.RegisterRestCallback('/all', answer)
