#: SINCE 5.0
#: MOVE STUDY PEER StudyInstanceUID=1.2.3
#: MOVE SERIES PEER SeriesInstanceUID=4.5.6
import orthanc


class Driver:
    def __init__(self, request):
        self.request = request
        self.done = 0


def create(**request):
    print('create', sorted((k, v) for k, v in request.items() if k != 'OriginatorID'))
    return Driver(request)


def size(driver):
    print('size')
    return 2


def apply(driver):
    driver.done += 1
    print('apply', driver.done)
    if driver.request['Level'] == 'SERIES' and driver.done == 2:
        return orthanc.ErrorCode.BAD_FILE_FORMAT
    return orthanc.ErrorCode.SUCCESS


def free(driver):
    print('free', driver.done)


orthanc.RegisterMoveCallback2(create, size, apply, free)
