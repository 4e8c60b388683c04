#: GET /private
#: GET /private -H "Authorization: Basic YWRhOnNlY3JldA=="
#: GET /private -H "Authorization: Basic YWRhOndyb25n"
#: GET /private -H "Authorization: Basic !"
#: GET /private -H "Cookie: session=s1"
import base64
import binascii
import hmac
import http.cookies
import os
import orthanc

USERS = {'ada': os.environ.get('ADA_PASSWORD', 'secret')}


def user_of(headers):
    cookies = http.cookies.SimpleCookie(headers.get('cookie', ''))
    if 'session' in cookies:
        return 'session ' + cookies['session'].value
    kind, _, value = headers.get('authorization', '').partition(' ')
    if kind != 'Basic':
        return None
    try:
        name, _, password = base64.b64decode(value).decode().partition(':')
    except (binascii.Error, UnicodeDecodeError):
        return None
    return name if hmac.compare_digest(USERS.get(name, ''), password) and name in USERS else None


def private(output, uri, **request):
    user = user_of(request['headers'])
    if user is None:
        output.SendUnauthorized('My realm')
    else:
        output.SetCookie('session', 's1')
        output.AnswerBuffer('Hello ' + user, 'text/plain')


orthanc.RegisterRestCallback('/private', private)
