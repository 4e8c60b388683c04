#: WORKLIST PatientName= PatientID= AccessionNumber=
#: WORKLIST PatientID=7
import io
import json
import orthanc
from pydicom import dcmread
from pydicom.dataset import Dataset, FileDataset, FileMetaDataset


def entry(number):
    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID = '1.2.276.0.7230010.3.1.0.1'
    meta.MediaStorageSOPInstanceUID = '1.2.3.%d' % number
    meta.TransferSyntaxUID = '1.2.840.10008.1.2.1'
    dataset = FileDataset('', {}, file_meta=meta, preamble=b'\0' * 128)
    dataset.is_little_endian, dataset.is_implicit_VR = True, False
    dataset.PatientName, dataset.PatientID, dataset.AccessionNumber = 'Doe^%d' % number, str(number), 'A%d' % number
    step = Dataset()
    step.Modality, step.ScheduledStationAETitle, step.ScheduledProcedureStepStartDate = 'MR', 'MR1', '20240101'
    dataset.ScheduledProcedureStepSequence = [step]
    target = io.BytesIO()
    dataset.save_as(target, write_like_original=False)
    return target.getvalue()


def OnWorklist(answers, query, issuerAet, calledAet):
    asked = dcmread(io.BytesIO(query.WorklistGetDicomQuery()), force=True)
    print('Received incoming C-FIND worklist request from %s to %s:' % (issuerAet, calledAet))
    print(sorted(element.keyword for element in asked))
    for number in (6, 7, 8):
        dicom = entry(number)
        if query.WorklistIsMatch(dicom):
            answers.WorklistAddAnswer(query, dicom)
    if not asked.PatientID:
        answers.WorklistMarkIncomplete()


orthanc.RegisterWorklistCallback(OnWorklist)
