# Literals of every kind, as CPython reads them.
one, big, negative = 1, 123456789012345678901234567890, -5
hexadecimal, octal, binary, grouped = 0xDEAD_beef, 0o755, 0b1010_1010, 10_000_000
small, exponent, point, leading = 1e-5, 1.5E+10, 5., .5
shortest = [0.1, 1 / 3, 1e22, 1e21, 123456789.123456789, 5e-324, 1.7976931348623157e308, 100000000000000000.0]
single, double, triple = 'a', "b", '''c
d'''
joined = 'a' "b" '''c''' r'\d' 'e'
wrapped = ('one '
           'two '  # a comment between
           'three')
continued = 'a\
b'
escapes = '\a\b\f\n\r\t\v\\\'\"\0\x41\101\u00e9\U0001F600\N{LATIN SMALL LETTER E WITH ACUTE}' if False else '\a\b\t\0\x41\101\u00e9'
unknown_escape = '\d\.'
raw, raw_upper, raw_quote = r'\n\t', R"\\", r'\''
data, raw_data = b'ab\x00\xff\n', rb'\x00'
unicode_text = u'old'
empty = ('', "", '''''', b'')
nothing, yes, no = None, True, False
nested = {'a': [1, (2,), {3}], 'b': {'c': {}}, 4: (), None: [[]]}
trailing = (1, 2,), [1, 2,], {1: 2,}
unpacked = [*range(3), *'ab', *{7}], {**{'a': 1}, 'b': 2, **{'a': 3}}, (*(), 1)
mixed_quotes = 'it\'s', "say \"x\"", 'both \' and "'
text_of_floats = str(1e16), str(1e15), repr(0.0001), repr(0.00001), str(-0.0), str(1e300 * 1e300)
long_text = '''
    CREATE TABLE "t" (
        id integer  -- a comment; not the end
    );
'''
chained = 1 < 2 < 3, 1 < 2 > 3, 1 == 1.0 == True
precedence = 2 + 3 * 4 ** 2 // 5 % 7 - -1, not 1 == 2, 1 | 2 ^ 3 & 4, 1 << 2 + 1, -2 ** 2, (-2) ** 2, 2 ** -1
lambda_value = (lambda a, b=2, *c, d=4, **e: (a, b, c, d, e))(1, 3, 5, d=6, f=7)
ternary = 'a' if [] else 'b' if {} else 'c'
walrus = [y := 10, y ** 2, y]
semicolons = 1; also = 2
ellipsis_length = len([...])
