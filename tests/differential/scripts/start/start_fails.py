#: PLAIN
import orthanc

print('before')
raise ValueError('the script is broken')
