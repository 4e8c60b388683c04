#: SINCE 7.1
#: PEER
#: COMMIT 1.2.840.10008.5.1.4.1.1.2/1.2.3 1.2.840.10008.5.1.4.1.1.2/9.9.9
#: PRINTED lookup 9.9.9
import orthanc


def scp(job_id, transaction_uid, sop_class_uids, sop_instance_uids, connection):
    print('scp', transaction_uid, sop_class_uids, sop_instance_uids, connection.GetConnectionRemoteAet(),
          connection.GetConnectionCalledAet())
    return ['1.2.3']


def lookup(sop_class_uid, sop_instance_uid, driver):
    print('lookup', sop_instance_uid)
    known = sop_instance_uid in driver
    return orthanc.StorageCommitmentFailureReason.SUCCESS if known else orthanc.StorageCommitmentFailureReason.NO_SUCH_OBJECT_INSTANCE


orthanc.RegisterStorageCommitmentScpCallback2(scp, lookup)
