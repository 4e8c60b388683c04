#: GET /proxy/index.html
#: GET /proxy/none.html
# A web server of the script's own on another port, and a route that passes requests on to it.
import http.server
import os
import threading
import urllib.error
import urllib.request
import orthanc


class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        found = self.path == '/index.html'
        self.send_response(200 if found else 404)
        self.end_headers()
        self.wfile.write(b'<h1>mine</h1>' if found else b'nothing')

    def log_message(self, format, *arguments):
        pass


server = http.server.ThreadingHTTPServer(('127.0.0.1', 0), Handler)
thread = threading.Thread(target=server.serve_forever)


def proxy(output, uri, **request):
    try:
        with urllib.request.urlopen('http://127.0.0.1:%d/%s' % (server.server_port, request['groups'][0])) as answer:
            output.AnswerBuffer(answer.read(), 'text/html')
    except urllib.error.HTTPError as e:
        output.SendHttpStatusCode(e.code)


def on_change(change, level, resource):
    if change == orthanc.ChangeType.ORTHANC_STARTED:
        thread.start()
    elif change == orthanc.ChangeType.ORTHANC_STOPPED:
        server.shutdown()
        thread.join()
        server.server_close()
        print('the web server has stopped')


orthanc.RegisterOnChangeCallback(on_change)
orthanc.RegisterRestCallback('/proxy/(.*)', proxy)
