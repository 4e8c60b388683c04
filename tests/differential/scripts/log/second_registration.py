import orthanc


def nothing(*arguments, **keywords):
    pass


for register, count in [(orthanc.RegisterFindCallback, 1), (orthanc.RegisterWorklistCallback, 1), (orthanc.RegisterMoveCallback, 1),
                        (orthanc.RegisterRestCallback, 2)]:
    for i in range(2):
        try:
            arguments = ('/same', nothing) if count == 2 else (nothing,)
            print(register(*arguments))
        except Exception as e:
            print(type(e).__name__)
for wrong in [(), (1,), ('/x',), ('/x', 5), (None, nothing)]:
    try:
        print(orthanc.RegisterRestCallback(*wrong))
    except Exception as e:
        print(type(e).__name__)
