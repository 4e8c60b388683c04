import zlib
import orthanc

data = b'orthanc ' * 100
for kind in (orthanc.CompressionType.ZLIB, orthanc.CompressionType.ZLIB_WITH_SIZE, orthanc.CompressionType.GZIP, orthanc.CompressionType.GZIP_WITH_SIZE):
    packed = orthanc.BufferCompression(data, kind, 0)
    print(kind, len(packed) < len(data), orthanc.BufferCompression(packed, kind, 1) == data)
print(zlib.decompress(orthanc.BufferCompression(data, orthanc.CompressionType.ZLIB, 0)) == data)
for bad in (b'', b'no zlib'):
    try:
        print(orthanc.BufferCompression(bad, orthanc.CompressionType.ZLIB, 1))
    except orthanc.OrthancException as e:
        print(type(e).__name__, e.args)
