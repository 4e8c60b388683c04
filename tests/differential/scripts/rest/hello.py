#: GET /hello
#: GET /hello?name=Ada
#: POST /hello -d "Grace"
#: GET /hello/there
import orthanc


def OnHello(output, uri, **request):
    if request["method"] != "GET":
        output.SendMethodNotAllowed("GET")
    else:
        name = request["get"].get("name", "world")
        print("Called with", uri, name)
        output.AnswerBuffer("Hello, %s!" % name, "text/plain")


orthanc.RegisterRestCallback("/hello", OnHello)
