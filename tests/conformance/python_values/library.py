# What the standard library gives.
import copy, functools, hashlib, itertools, json, os, os.path, string
import datetime as dt
from datetime import date, datetime, timedelta, timezone
from decimal import Decimal
from functools import partial, reduce
from itertools import chain
from pathlib import Path
from uuid import UUID

environment = os.environ.get('IW_SET'), os.getenv('IW_UNSET'), os.environ['IW_NUMBER'], int(os.environ.get('IW_NUMBER', '1')), os.environ.get('IW_UNSET', 'd'), 'IW_SET' in os.environ
try:
    os.environ['IW_UNSET']
except KeyError:
    maybe_missing = 'KeyError'
loaded = json.loads('{"a": [1, 2.5, null, true, "\\u00e9"], "b": {}}')
dumped = json.dumps({'a': 1, 'b': [None, True, 1.5, 'x"y']}), json.dumps([1, 2])
maybe_dumped = json.dumps({'b': 1, 'a': [1]}, indent=2, sort_keys=True), json.dumps('é', ensure_ascii=False), json.dumps({'a': 1}, separators=(',', ':'))
digests = hashlib.md5(b'x').hexdigest(), hashlib.sha256('é'.encode()).hexdigest()[:8], hashlib.sha1(b'').hexdigest()
letters = string.ascii_lowercase, string.digits, string.ascii_letters[:3]
joined = os.path.join('a', 'b', '../c'), os.path.basename('/x/y.sql'), os.path.dirname('/x/y.sql'), os.path.splitext('a.tar.gz')
here = os.path.basename(__file__), Path(__file__).name, Path(__file__).stem, os.path.exists(__file__), Path(__file__).parent.name
path = str(Path('/a') / 'b' / 'c.sql'), (Path('/a') / 'b.sql').suffix, Path('/a/b/c').parent.as_posix() if False else 1
sql = (Path(__file__).parent / 'query.sql').read_text()
same_sql = open(os.path.join(os.path.dirname(__file__), 'query.sql')).read() == sql
chained = list(chain([1], (2, 3))), list(chain.from_iterable([[1], [2]])), list(itertools.product('ab', [1, 2]))
partials = partial(max, 5)(3), partial(int, base=2)('101')
copied = copy.deepcopy({'a': [1]}), copy.copy([1, 2])
maybe_reduced = reduce(lambda a, b: a * b, [1, 2, 3, 4])
maybe_dates = date(2020, 2, 29).isoformat(), datetime(2020, 1, 2, 3, 4, 5).isoformat(), str(date(2020, 1, 1))
maybe_times = (datetime(2020, 1, 1) + timedelta(days=31)).strftime('%Y-%m-%d'), timedelta(hours=36).total_seconds()
maybe_zone = datetime(2020, 1, 1, tzinfo=timezone.utc).isoformat(), dt.datetime(2021, 5, 6).year
maybe_decimal = str(Decimal('1.50')), Decimal('1.1') + Decimal('2.2'), Decimal(5)
decimal_text = str(Decimal('1.50')), '%s' % Decimal('0.00')
uuid_text = str(UUID('12345678-1234-5678-1234-567812345678'))
maybe_uuid = UUID('{12345678-1234-5678-1234-567812345678}').hex, UUID(int=5).hex
maybe_more = os.path.join('a', '/b'), os.path.normpath('a/../b')
separator = os.sep, os.linesep
