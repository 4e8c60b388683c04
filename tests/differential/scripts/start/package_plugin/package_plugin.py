#: GET /app/
#: GET /app/style.css
#: GET /app/none.html
#: GET /app/../secret.txt
# A plugin of several files with its own web page.
import os

import orthanc

import settings
from helpers import pages
from helpers.routes import register

HERE = os.path.dirname(os.path.realpath(__file__))
print('settings', settings.TITLE, settings.__name__, pages.__name__, os.path.basename(HERE) != '')
register('/app/(.*)', pages.serve(os.path.join(HERE, 'static'), settings.TITLE))
