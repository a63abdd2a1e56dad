from .names import *
from . import sub
VERSION = '1.' + str(sub.MINOR)
