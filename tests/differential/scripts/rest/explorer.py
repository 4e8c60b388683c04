#: GET /app/explorer.js
#: GET /plugins
import orthanc

orthanc.ExtendOrthancExplorer('$("#lookup").live("pagebeforecreate", function() { console.log("here"); });')
orthanc.SetRootUri('/my-app')
orthanc.SetDescription('My plugin')
