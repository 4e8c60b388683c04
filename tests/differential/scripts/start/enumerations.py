# Prints the enumerations as the maps from values to names that scripts build for their logs.
import json
import orthanc

ENUMERATIONS = ['ChangeType', 'CompressionType', 'ConstraintType', 'ContentType', 'CreateDicomFlags', 'DicomToJsonFlags',
                'DicomToJsonFormat', 'DicomWebBinaryMode', 'ErrorCode', 'HttpMethod', 'IdentifierConstraint', 'ImageFormat',
                'InstanceOrigin', 'JobStepStatus', 'JobStopReason', 'MetricsType', 'PixelFormat', 'ReceivedInstanceAction',
                'ResourceType', 'StorageCommitmentFailureReason', 'ValueRepresentation']
for enumeration in ENUMERATIONS:
    cls = getattr(orthanc, enumeration)
    names = {getattr(cls, name): name for name in dir(cls) if not name.startswith('_')}
    print(enumeration, json.dumps(names, sort_keys=True))
    print(sorted({type(value).__name__ for value in names}))
print('%s %d %r' % (orthanc.ChangeType.NEW_STUDY, orthanc.ChangeType.NEW_STUDY, orthanc.ChangeType.NEW_STUDY))
