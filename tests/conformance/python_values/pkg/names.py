__all__ = ['TABLE', 'quoted', 'Kind']
import enum
from pkg.sub.deep import DEPTH as _depth
TABLE = 'users'
HIDDEN = 'hidden'
class Kind(enum.Enum):
    A = 'a'
    B = 'b'
def quoted(name, quote='"'):
    return quote + name.replace(quote, quote * 2) + quote
