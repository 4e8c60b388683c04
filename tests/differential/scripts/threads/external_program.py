#: POST /upper -d 'hello from a pipe'
#: GET /exit/0
#: GET /exit/3
import subprocess
import sys
import orthanc


def upper(output, uri, **request):
    done = subprocess.run(['tr', 'a-z', 'A-Z'], input=request['body'], stdout=subprocess.PIPE, check=True)
    output.AnswerBuffer(done.stdout, 'text/plain')


def leave(output, uri, **request):
    try:
        text = subprocess.check_output('echo "$HOME" > /dev/null; exit %s' % request['groups'][0], shell=True, stderr=subprocess.STDOUT)
        output.AnswerBuffer('done ' + repr(text), 'text/plain')
    except subprocess.CalledProcessError as e:
        sys.stdout.write('the program has failed with %d\n' % e.returncode)
        output.SendHttpStatusCode(502)


orthanc.RegisterRestCallback('/upper', upper)
orthanc.RegisterRestCallback('/exit/([0-9])', leave)
