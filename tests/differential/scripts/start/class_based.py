#: GET /counter
#: GET /counter
#: GET /greet/ada
#: GET /greet/bob
#: GET /private
#: GET /private?user=root
# Bound methods, partial functions, decorated functions, callable objects and lambdas as callbacks.
import functools
import orthanc


class Counter:
    def __init__(self):
        self.count = 0
        orthanc.RegisterRestCallback('/counter', self.on_request)

    def on_request(self, output, uri, **request):
        self.count += 1
        output.AnswerBuffer(str(self.count), 'text/plain')


class Greeter:
    def __call__(self, output, uri, method, groups, **request):
        output.AnswerBuffer('Hello %s by %s' % (groups[0], method), 'text/plain')


def authorized(function):
    @functools.wraps(function)
    def wrapper(output, uri, **request):
        if request['get'].get('user') != 'root':
            output.SendUnauthorized('private')
        else:
            function(output, uri, **request)
    return wrapper


@authorized
def private(output, uri, **request):
    output.AnswerBuffer('secret of ' + private.__name__, 'text/plain')


def change(prefix, change_type, level, resource):
    print(prefix, change_type)


counter = Counter()
greeter = Greeter()
on_change = functools.partial(change, 'changed')
orthanc.RegisterRestCallback('/greet/(.*)', greeter)
orthanc.RegisterRestCallback('/private', private)
orthanc.RegisterOnChangeCallback(on_change)
