import inspect
import orthanc

functions = [name for name, value in inspect.getmembers(orthanc) if inspect.isroutine(value) and name[0] != '_']
classes = [name for name, value in inspect.getmembers(orthanc, inspect.isclass) if name[0] != '_']
print(len(functions) > 100, 'RestApiGet' in functions, 'RegisterRestCallback' in functions)
print('RestOutput' in classes, 'ChangeType' in classes)
change_types = {value: name for name, value in vars(orthanc.ChangeType).items() if name[0] != '_' and isinstance(value, int)}
print(sorted(change_types.items())[:10])
print([name for name in dir(orthanc.HttpMethod) if not name.startswith('_')])
