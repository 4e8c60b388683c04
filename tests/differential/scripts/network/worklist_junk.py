#: WORKLIST PatientName=
# Answers that are not DICOM files.
import orthanc


def on_worklist(answers, query, issuer, called):
    for junk in (b'junk', b'', 'junk', b'\0' * 128 + b'DICM'):
        try:
            answers.WorklistAddAnswer(query, junk)
            print('added')
        except (ValueError, orthanc.OrthancException) as error:
            print('refused', type(error).__name__)
        except TypeError:
            print('wrong type')


orthanc.RegisterWorklistCallback(on_worklist)
