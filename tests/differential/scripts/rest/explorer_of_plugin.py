#: SINCE 5.0
#: GET /plugins/my-plugin
#: GET /app/explorer.js
import orthanc

NAME = 'my-plugin'
for function in [lambda: orthanc.SetDescription2(NAME, 'What my plugin does'), lambda: orthanc.SetRootUri2(NAME, 'my-app/index.html'),
                 lambda: orthanc.ExtendOrthancExplorer2(NAME, 'console.log("extended");')]:
    try:
        print(function())
    except orthanc.OrthancException as e:
        print(type(e).__name__)
