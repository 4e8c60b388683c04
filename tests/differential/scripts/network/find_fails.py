#: FIND STUDY PatientName=x
import orthanc


def on_find(answers, query, issuer, called):
    print(query.GetFindQuerySize(), query.GetFindQueryTagName(0), query.GetFindQueryValue(0))
    raise RuntimeError('the database is down')


orthanc.RegisterFindCallback(on_find)
