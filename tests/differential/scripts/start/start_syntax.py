#: PLAIN
import orthanc
def broken(:
    pass
