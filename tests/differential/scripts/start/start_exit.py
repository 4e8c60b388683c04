#: PLAIN
import sys
import orthanc

print('before')
sys.exit(3)
