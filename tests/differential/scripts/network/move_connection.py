#: SINCE 7.1
#: PEER
#: UPLOAD CT
#: MOVE STUDY PEER StudyInstanceUID=1.3.6.1.4.1.5962.1.2.1.20040119072730.12322
#: MOVE STUDY PEER StudyInstanceUID=1.2.3
import json
import orthanc


def create(connection, **request):
    print('%s calls %s' % (connection.GetConnectionRemoteAet(), connection.GetConnectionCalledAet()))
    print(sorted((key, value) for key, value in request.items() if key != 'OriginatorID'))
    study = orthanc.LookupStudy(request['StudyInstanceUID']) if request['StudyInstanceUID'] != '1.2.3' else None
    instances = json.loads(orthanc.RestApiGet('/studies/%s/instances' % study)) if study else []
    return {'instances': [each['ID'] for each in instances], 'target': request['TargetAET'].lower()}


def size(driver):
    return len(driver['instances'])


def apply(driver):
    instance = driver['instances'].pop(0)
    orthanc.RestApiPost('/modalities/%s/store' % driver['target'], instance)
    print('sent', instance)
    return orthanc.ErrorCode.SUCCESS


def free(driver):
    print('free', driver)


orthanc.RegisterMoveCallback3(create, size, apply, free)
