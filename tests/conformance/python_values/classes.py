# Enum, dataclasses, named tuples, inheritance: what models and helpers bring into migrations.
import enum
from collections import namedtuple, OrderedDict, defaultdict
from dataclasses import dataclass, field
from enum import Enum, IntEnum
from typing import ClassVar, List, NamedTuple, Optional


class Color(Enum):
    RED = 'red'
    GREEN = 'green'
    ALIAS = 'red'

    @property
    def shout(self):
        return self.value.upper()

    @classmethod
    def choices(cls):
        return [(member.value, member.name.title()) for member in cls]


class Level(IntEnum):
    LOW = 1
    HIGH = 10


class Auto(enum.Enum):
    A = enum.auto()
    B = enum.auto()
    C = 10
    D = enum.auto()


class Text(str, Enum):
    X = 'x'
    Y = 'y'


values = [c.value for c in Color], [c.name for c in Color], len(Color), Color('red').name, Color['GREEN'].value, Color.RED.shout
choices = Color.choices()
members = list(Color.__members__), Color.ALIAS is Color.RED, Color.RED == Color.RED, Color.RED == 'red', Color.RED in Color
texts = str(Color.RED), f'{Color.GREEN}', '%s' % Color.RED, Color.RED.name.lower()
levels = Level.LOW + 1, Level.HIGH > Level.LOW, int(Level.HIGH), Level(10).name, sorted(l.value for l in Level), max(Level).name
autos = [a.value for a in Auto]
mixed = Text.X == 'x', Text.X.value, Text.Y.upper(), [t.value for t in Text], isinstance(Text.X, str), 'x' in [t for t in Text]
functional = [m.value for m in Enum('Made', 'ONE TWO')] if False else None


@dataclass
class Point:
    x: int
    y: int = 0
    tags: List[str] = field(default_factory=list)
    scale: ClassVar[int] = 3

    def moved(self, dx):
        return Point(self.x + dx, self.y, self.tags + ['moved'])


point = Point(1).moved(2)
points = point.x, point.y, point.tags, Point.scale, Point(1) == Point(1), Point(1, 2) == Point(2, 1)
point_text = repr(Point(1, y=2))

Pair = namedtuple('Pair', ['left', 'right'])
pair = Pair(1, right=2)
pairs = pair.left, pair[1], tuple(pair), [*pair], pair == (1, 2)


class Row(NamedTuple):
    name: str
    size: int = 5


row = Row('a')
rows = row.name, row.size, row[1], len(row)


class Base:
    prefix = 'ix'
    registry = []

    def __init__(self, name, *parts):
        self.name = name
        self.parts = parts
        Base.registry.append(name)

    @staticmethod
    def clean(text):
        return text.strip().lower()

    @classmethod
    def make(cls, name):
        return cls(name, 'made')

    @property
    def full(self):
        return '_'.join([self.prefix, self.name, *self.parts])

    def __str__(self):
        return f'<{self.full}>'

    def __eq__(self, other):
        return isinstance(other, Base) and self.name == other.name

    def __len__(self):
        return len(self.parts)

    def __getitem__(self, index):
        return self.parts[index]

    def __call__(self, more):
        return self.full + more


class Child(Base):
    prefix = 'uq'

    def __init__(self, name, *parts, **options):
        super().__init__(name.upper(), *parts)
        self.options = options

    @property
    def full(self):
        return super().full + '!' if False else '!' + self.prefix + self.name


base, child = Base('t', 'a', 'b'), Child.make('c')
objects = str(base), base.full, child.full, len(base), base[0], base('x'), base == Base('t'), bool(child), Base.clean(' A ')
registry = Base.registry
inherited = issubclass(Child, Base), isinstance(child, Base), Child.__name__, child.__class__.__name__, Child.__mro__ is not None if False else True
hasattrs = hasattr(base, 'name'), hasattr(base, 'nope'), getattr(base, 'nope', 'standard')
setattr(base, 'added', 5)
added = base.added


class Mixin:
    def describe(self):
        return type(self).__name__ + ':' + self.describe_inner()

    def describe_inner(self):
        return 'mixin'


class Both(Mixin, Base):
    def describe_inner(self):
        return super().describe_inner() + '+'


both = Both('b').describe()


def decorated(times):
    def wrap(function):
        def inner(*args, **kwargs):
            return [function(*args, **kwargs)] * times
        return inner
    return wrap


@decorated(2)
def hello(name='x'):
    return 'hello ' + name


decorator = hello(), hello(name='y')
ordered = list(OrderedDict([('b', 1), ('a', 2)]).items())
grouped = defaultdict(list)
grouped['a'].append(1)
grouped['a'].append(2)
default_dict = dict(grouped)


class Constants:
    A = 1
    B = A + 1
    LIST = [A, B]
    NAMES = {name: name.lower() for name in ('X', 'Y')}


constants = Constants.B, Constants.LIST, Constants.NAMES


class Manager:
    def __enter__(self):
        trace.append('in')
        return self

    def __exit__(self, *rest):
        trace.append('out')


trace = []
with Manager() as manager:
    trace.append('body')
typed: Optional[int] = None
annotated: 'List[Undefined]' = [1]


def hinted(a: int, b: 'str | None' = None, *c: 'Undefined', d: dict[str, int] = {}) -> list[int] | None:
    return [a]


hints = hinted(1)
