#: GET /metadata
#: GET /fails
import orthanc

code = orthanc.RegisterErrorCode(7, 409, 'a conflict of mine')
orthanc.RegisterDictionaryTag(0x0099, 0x1001, orthanc.ValueRepresentation.LO, 'MyTag', 1, 1)
orthanc.RegisterPrivateDictionaryTag(0x0099, 0x1002, orthanc.ValueRepresentation.LO, 'MyPrivateTag', 1, 1, 'ME')
print(type(code).__name__, code, sorted(orthanc.LookupDictionary('MyTag').items()))


def fails(output, uri, **request):
    raise orthanc.OrthancException(code, 'text')


orthanc.RegisterRestCallback('/fails', fails)
