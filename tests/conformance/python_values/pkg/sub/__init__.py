from .deep import DEPTH
MINOR = DEPTH + 1
