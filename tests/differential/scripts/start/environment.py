#: ENV MY_SETTING=42
import os
import sys
import orthanc

print(os.environ['MY_SETTING'], os.getenv('NOT_THERE'))
print(__name__, os.path.basename(__file__))
print(os.getcwd() == os.path.dirname(os.path.abspath(__file__)))
print(sys.path[0] == os.path.dirname(os.path.abspath(__file__)) or os.path.dirname(os.path.abspath(__file__)) in sys.path)
