#: SINCE 5.0
#: PEER
#: COMMIT 1.2.840.10008.5.1.4.1.1.2/1.2.3 1.2.840.10008.5.1.4.1.1.2/9.9.9
#: PRINTED lookup 9.9.9
import orthanc


def scp(jobId, transactionUid, sopClassUids, sopInstanceUids, remoteAet, calledAet):
    print('scp', type(jobId).__name__, transactionUid, sopClassUids, sopInstanceUids, remoteAet, calledAet)
    return {'known': ['1.2.3']}


def lookup(sopClassUid, sopInstanceUid, driver):
    print('lookup', sopInstanceUid, sopClassUid)
    if sopInstanceUid in driver['known']:
        return orthanc.StorageCommitmentFailureReason.SUCCESS
    return orthanc.StorageCommitmentFailureReason.NO_SUCH_OBJECT_INSTANCE


orthanc.RegisterStorageCommitmentScpCallback(scp, lookup)
