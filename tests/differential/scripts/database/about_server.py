#: CONFIG {"Name": "Compared", "MyPlugin": {"key": [1, 2]}}
import json
import orthanc

configuration = json.loads(orthanc.GetConfiguration())
print(configuration['Name'], configuration['MyPlugin'])
print(orthanc.GetCommandLineArgumentsCount(), orthanc.GetCommandLineArgument(0)[-4:])
print(orthanc.GetConfigurationPath()[-4:], orthanc.GetOrthancPath(), orthanc.GetOrthancDirectory())
print(orthanc.GetExpectedDatabaseVersion(), orthanc.CheckVersion(), orthanc.CheckVersionAdvanced(1, 0, 0), orthanc.CheckVersionAdvanced(99, 0, 0))
print(orthanc.GetFontsCount(), orthanc.GetFontName(0), orthanc.GetFontSize(0))
print(orthanc.GetPeers().GetPeersCount())
print(len(orthanc.GenerateUuid()), len(orthanc.GenerateRestApiAuthorizationToken()) > 10)
print(orthanc.AutodetectMimeType('a.png'), orthanc.AutodetectMimeType('b.dcm'), orthanc.AutodetectMimeType('c'))
print(orthanc.ComputeMd5(b'hello'), orthanc.ComputeSha1('hello'))
print(orthanc.TranslateLevel(1) if hasattr(orthanc, 'TranslateLevel') else 'none')
