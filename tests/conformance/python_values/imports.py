# Modules of the project, resolved without running anything else.
import sys
sys.path.insert(0, '.')
import pkg
import pkg.sub.deep
import pkg.names as n
from pkg import TABLE, Kind, quoted as q
from pkg.sub import MINOR, deep
table, quoted, version, minor = TABLE, q('a"b'), pkg.VERSION, MINOR
kinds = [k.value for k in Kind], n.HIDDEN, pkg.sub.deep.DEPTH, deep.late()
late = pkg.names.quoted(TABLE, quote='`')
try:
    from pkg import nothing_like_that
except ImportError:
    maybe_no_name = 'ImportError'
try:
    import no_such_module_anywhere
except ImportError:
    maybe_missing = 'ImportError'
if __name__ == '__main__':
    main = True
guarded = __name__ == 'imports' if False else 1
