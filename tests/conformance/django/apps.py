"""A project of applications from the registry, with all their histories: what tests/pip/django-apps52.txt installs."""

import pathlib
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parents[1] / "support")]
import deps
import histories

MANIFEST = "django-apps52"
APPS = """
django.contrib.admin django.contrib.auth django.contrib.contenttypes django.contrib.sessions django.contrib.messages django.contrib.staticfiles
django.contrib.sites django.contrib.flatpages django.contrib.redirects django.contrib.humanize
taggit allauth allauth.account allauth.socialaccount allauth.mfa allauth.usersessions
django_celery_beat rest_framework rest_framework.authtoken
oauth2_provider guardian reversion axes django_q filer easy_thumbnails
django_otp django_otp.plugins.otp_static django_otp.plugins.otp_totp django_otp.plugins.otp_hotp django_otp.plugins.otp_email two_factor
waffle silk invitations admin_interface colorfield actstream watson friendship django_comments django_apscheduler
constance social_django auditlog organizations push_notifications rest_framework_simplejwt.token_blacklist star_ratings
""".split()
# Large ones, and those whose migrations are Python for the most part: minutes, with INCHWORM_ALL_APPS=1.
MORE = """
wagtail.contrib.forms wagtail.contrib.redirects wagtail.contrib.search_promotions wagtail.contrib.simple_translation wagtail.contrib.settings
wagtail.embeds wagtail.sites wagtail.users wagtail.snippets wagtail.documents wagtail.images wagtail.search wagtail.admin wagtail modelcluster modelsearch django_tasks
cms menus sekizai treebeard helpdesk post_office
django_celery_results viewflow viewflow.workflow hitcount django_comments_xtd
""".split()

SETTINGS = """import os

SECRET_KEY = "not a secret"
USE_TZ = True
DEFAULT_AUTO_FIELD = "django.db.models.AutoField"
ROOT_URLCONF = "urls"
SITE_ID = 1
LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English")]
INSTALLED_APPS = [
%s]
MIDDLEWARE = [
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "allauth.account.middleware.AccountMiddleware",
]
TEMPLATES = [{
    "BACKEND": "django.template.backends.django.DjangoTemplates",
    "APP_DIRS": True,
    "OPTIONS": {"context_processors": [
        "django.template.context_processors.request",
        "django.contrib.auth.context_processors.auth",
        "django.contrib.messages.context_processors.messages",
    ]},
}]
DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.%s",
        "NAME": os.environ.get("DJANGO_NAME", "scratch"),
        "USER": os.environ.get("DJANGO_USER", ""),
        "HOST": os.environ.get("DJANGO_HOST", ""),
        "PORT": os.environ.get("DJANGO_PORT", ""),
    }
}
STATIC_URL = "/static/"
SILENCED_SYSTEM_CHECKS = %r
WAGTAIL_SITE_NAME = "site"
WAGTAILADMIN_BASE_URL = "http://localhost"
CMS_CONFIRM_VERSION4 = True
CONSTANCE_BACKEND = "constance.backends.memory.MemoryBackend"
CONSTANCE_CONFIG = {}
HELPDESK_TEAMS_MODEL = "auth.User"
HELPDESK_TEAMS_MIGRATION_DEPENDENCIES = []
TASKS = {"default": {"BACKEND": "django_tasks.backends.immediate.ImmediateBackend"}}
"""


# What stands between this Django and this driver.
SHIM = """import pymysql

pymysql.version_info = (2, 2, 7, "final", 0)
pymysql.install_as_MySQLdb()
"""


def write(folder, engine, is_all=False):
    """The project; engine: postgres, mysql, sqlite."""
    folder = pathlib.Path(folder)
    apps = APPS + (MORE if is_all else [])
    silenced = ["models.W042", "fields.W342", "fields.W161", "urls.W005", "security.W001"]
    (folder / "settings.py").write_text(SETTINGS % ("".join(f'    "{app}",\n' for app in apps), histories.ENGINES[engine], silenced))
    (folder / "urls.py").write_text("urlpatterns = []\n")
    (folder / "manage.py").write_text(SHIM + histories.MANAGE)
