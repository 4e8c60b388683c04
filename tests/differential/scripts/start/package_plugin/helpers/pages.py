import mimetypes
import os
import string


def serve(folder, title):
    def answer(output, uri, **request):
        name = request['groups'][0] or 'index.html'
        path = os.path.abspath(os.path.join(folder, name))
        if not path.startswith(folder) or not os.path.isfile(path):
            output.SendHttpStatusCode(404)
            return
        with open(path) as f:
            text = string.Template(f.read()).safe_substitute(title=title)
        output.AnswerBuffer(text, mimetypes.guess_type(path)[0] or 'application/octet-stream')
    return answer
