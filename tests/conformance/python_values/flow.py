# Statements: loops, conditions, functions, exceptions, match.
result = []
for i, (name, size) in enumerate([('a', 1), ('b', 2), ('c', 3)], start=1):
    if size == 2:
        continue
    result.append(f'{i}{name}{size}')
else:
    result.append('else')
for i in range(10):
    if i == 3:
        break
else:
    result.append('never')
last = i
n, steps = 27, 0
while n != 1:
    n = n // 2 if n % 2 == 0 else 3 * n + 1
    steps += 1
first, *rest = 'abcd'
(a, b), [c, *d], e = (1, 2), [3, 4, 5], 6
x = y = z = []
x.append(1)
aliased = y, z is x
swap_a, swap_b = 1, 2
swap_a, swap_b = swap_b, swap_a
matrix = [[i * j for j in range(3)] for i in range(3)]
matrix[1][1] = 'x'
matrix[2][:2] = ['s'] if False else matrix[2][:2]
counts = {}
for letter in 'hello':
    counts[letter] = counts.get(letter, 0) + 1
grouped = {}
for key, value in [('a', 1), ('b', 2), ('a', 3)]:
    grouped.setdefault(key, []).append(value)
filtered = {k: v for k, v in counts.items() if v > 1 or k == 'h'}
pairs = [(i, j) for i in range(3) for j in range(i) if (i + j) % 2]
flat = [item for row in [[1, 2], [], [3]] for item in row]
total, product = 0, 1
for i in range(1, 6):
    total += i
    product *= i
text = 'a'
text += 'b'
text *= 2
number = 17
number //= 3; number **= 2; number %= 7; number <<= 3; number |= 1; number ^= 5; number &= 0xF; number >>= 1; number -= 10

def default(a, b=[], *, c=None, **rest):
    b.append(a)
    return list(b), c, sorted(rest)
defaults = default(1), default(2, c=3, z=1, y=2), default(3, [])

def outer():
    kept = 0
    def inner(step):
        nonlocal kept
        kept += step
        return kept
    inner(2)
    return inner(3)
closure = outer()

COUNTER = 0
def bump():
    global COUNTER
    COUNTER += 1
    return COUNTER
bumped = [bump() for _ in range(3)], COUNTER

def fact(n):
    return 1 if n <= 1 else n * fact(n - 1)
factorial = fact(20)

def gen(n):
    for i in range(n):
        if i == 2:
            yield 'two'
            continue
        yield i
    yield from 'xy'
generated = list(gen(4)), sum(1 for _ in gen(2)), dict(zip('ab', gen(2)))
generator = (i * i for i in range(4))
one_shot = list(generator), list(generator)
iterator = iter([1, 2, 3, 4])
pulled = next(iterator), next(iterator), list(iterator), next(iterator, 'done')
zipped = zip('ab', [1, 2])
zip_twice = list(zipped), list(zipped)
searching = (i for i in range(10))
found = 3 in searching, list(searching)
loop_rest = iter('abcdef')
for letter in loop_rest:
    if letter == 'c':
        break
rest_of_loop = ''.join(loop_rest)
any_rest = (i for i in range(6))
maybe_any_found = any(i == 2 for i in any_rest), list(any_rest)

def guarded(value):
    try:
        if value == 0:
            raise ValueError('zero', 1)
        return [1, 2][value]
    except (IndexError, KeyError) as error:
        return 'index: ' + str(error)
    except ValueError as error:
        return error.args
    else:
        return 'else'
    finally:
        log.append(value)
log = []
exceptions = guarded(0), guarded(1), guarded(5), log

class MyError(Exception):
    def __init__(self, message, code=7):
        super().__init__(message)
        self.code = code
try:
    try:
        raise KeyError('k')
    except KeyError as error:
        raise MyError('wrapped') from error
except MyError as error:
    chained = str(error), error.code, type(error).__name__
try:
    assert 1 == 2, 'no %s' % 'way'
except AssertionError as error:
    asserted = str(error)
try:
    {}['missing']
except KeyError as error:
    key_error = str(error), repr(error)
try:
    int('x')
except ValueError:
    value_error = True
try:
    undefined_name
except NameError:
    name_error = 'NameError'

def matched(subject):
    match subject:
        case 0 | 1:
            return 'small'
        case int() if subject > 100:
            return 'large'
        case str() as text:
            return text.upper()
        case [a, b]:
            return a, b
        case {'type': 'x', 'size': size}:
            return size
        case None:
            return 'none'
        case _:
            return 'other'
maybe_matches = matched(0), matched(500), matched('t'), matched([1, 2]), matched({'type': 'x', 'size': 3, 'more': 1}), matched(None), matched(50)

with open(__file__) as handle:
    start = handle.readline() if False else handle.read()[:12]
if (size := len('abc')) > 2:
    walrus = size
deleted = {'a': 1, 'b': 2}
del deleted['a']
items = [1, 2, 3, 4]
del items[0]
star_call = max(*[1, 5, 3]), dict(**{'a': 1}, b=2)
sorting = sorted([3, 1, 2], reverse=True), sorted('bAc', key=str.lower), sorted([(2, 'a'), (1, 'b')]), sorted({'b': 1, 'a': 2}.items(), key=lambda item: item[1])
listing = [3, 1, 2]
listing.sort(); listing.insert(0, 9); listing.extend([7, 8]); listing.remove(2)
popped = listing.pop(), listing.pop(0), listing
slicing = [1, 2, 3, 4, 5]
slices = slicing[1:3], slicing[-2:], slicing[:], slicing[::2], slicing[::-1], slicing[10:], slicing[3:1]
tuple_math = (1, 2) + (3,), (0,) * 3, (1, 2) < (1, 3), (1, 2).index(2), (1, 1).count(1)
booleans = any([]), all([]), any([0, 1]), all([1, 0]), bool('0'), not [], None or 'd', 0 and 1 / 0, '' or [] or 'last'
numbers = divmod(-7, 2), abs(-3), round(2.5), round(3.5), round(2.675, 2), pow(2, 10), min(3, 1, 2), max('a', 'b'), sum([1, 2], 10), int('0x1f', 16), int(' 42 '), int(-3.9), float('1e3'), hex(255), oct(8), bin(5), chr(233), ord('é')
# Names in every script, also with letters that are the same name.
größe, 名前, имя = 1, '値', 'да'
ﬁeld = 'ligature'
same = field
