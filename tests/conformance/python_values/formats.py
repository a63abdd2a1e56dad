# f-strings, str.format, "%" and join: how migrations make SQL.
table, column, count, ratio, names = 'users', 'e"mail', 42, 3.14159, ['a', 'b']
plain = f'DROP TABLE {table}'
nested_quotes = f"UPDATE {table} SET {', '.join(f'{n}=1' for n in names)}"
conversions = f'{table!r} {table!s} {column!r} {"é"!a}' if False else f'{table!r} {table!s} {column!r}'
specs = f'{count:05d}|{count:>8}|{count:<8}|{count:^8}|{count:+}|{count:x}|{count:#b}|{count:,}|{ratio:.2f}|{ratio:8.3f}|{ratio:e}|{ratio:%}'
nested_spec = f'{table:{count // 4}}|{ratio:{6}.{2}f}|{table:*^{20}}'
braces = f'{{}} {{{count}}} }}'
debug = f'{count=} {table = } {count + 1=} {table=!s} {ratio=:.1f}'
multi = f'''a {
    count
} b'''
adjacent = 'a' f'{count}' "b" rf'\d{count}'
expressions = f'{count + 1} {names[0]} {dict(a=1)["a"]} {table.upper()} {(lambda x: x * 2)(3)} {count if count else 0} {[i for i in range(3)]}'
dictionary = f"{ {'a': 1}['a'] }"
formatted = '{} {} {}'.format(1, 'b', None), '{1} {0}'.format('a', 'b'), '{a} {b!r}'.format(a=1, b='x'), '{0[1]} {1[k]} {2.real}'.format([1, 2], {'k': 'v'}, 5) if False else '{0[1]} {1[k]}'.format([1, 2], {'k': 'v'})
format_braces = '{{}} {{{0}}}'.format(1), '{:>{w}}'.format('x', w=5), '{:{}}'.format('x', 4)
format_map = '{a}-{b}'.format_map({'a': 1, 'b': 2})
spread = '{} {}'.format(*['x', 'y']), '{a}'.format(**{'a': 1}), '{0}{1}{0}'.format('a', 'b')
percent = 'ALTER TABLE %s ADD %r %d %05d %5.2f %x %% %-5s| %5s|' % ('t', 'c', 5, 5, 2.5, 255, 'l', 'r')
percent_named = '%(table)s.%(column)s %(n)03d' % {'table': 't', 'column': 'c', 'n': 7, 'unused': 1}
percent_single = 'x %s' % 'y', '%s' % None, '%s' % [1, 'a'], '%s' % {'a': 1}, '%s' % (('a',),), '100%%' % ()
joins = ', '.join(names), ''.join(reversed(names)), '\n'.join('"%s"' % n for n in names), ','.join(map(str, range(3))), ' AND '.join([f'{n} = :{n}' for n in names])
templated = """
    INSERT INTO {table} ({columns})
    VALUES ({values})
""".format(table=table, columns=', '.join(names), values=', '.join('%s' for _ in names)).strip()
concatenated = 'SELECT ' + ', '.join(names) + ' FROM ' + table + ';' * 2
text = 'a-b_c'
methods = text.split('-'), text.replace('-', '_'), text.partition('-'), text.title(), text.find('b'), text[2:], text[::-1], 'x'.rjust(3, '0'), '7'.zfill(3)
lines = 'a\nb\r\nc\n'.splitlines(), 'a\n\nb'.split('\n'), ' a  b '.split(), 'a,b,c'.rsplit(',', 1)
import textwrap
from textwrap import dedent, indent
dedented = textwrap.dedent('''\
    CREATE VIEW v AS
      SELECT 1
    ;
'''), dedent("""
	tab
	  more
"""), indent('a\n\nb', '  ')
tests = 'a' in text, 'z' not in text, text.startswith(('x', 'a')), text.endswith('c'), text.isidentifier(), 'abc'.isalpha(), '12'.isdigit(), ''.isspace()
bytes_text = 'é'.encode(), b'ab'.decode(), 'é'.encode('utf-8').hex(), len('é'), len('é'.encode())
