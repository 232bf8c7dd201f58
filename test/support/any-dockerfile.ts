/** A context, and Dockerfiles that take it apart in the ways that people do. */
import fc from 'fast-check';
import type { Tree } from './tree.ts';

const named = (names: readonly string[]): Tree =>
  Object.fromEntries(names.map(name => [name, `ctx:${name}`]));

/** Every file tells its name, and links are of names that no image has. */
export const variousContext: Tree = {
  ...named([
    'a.txt',
    'b.txt',
    'conf.json',
    'with space.txt',
    'src/a.js',
    'src/lib/b.js',
    'src/lib/deep/c.js',
  ]),
  ...named(['etc/one.conf', 'etc/two.conf', 'web/index.html', 'sub/pkg-a/x', 'sub/pkg-b/x', 'sub/pkg-b/y']),
  ...{ 'link.txt': { link: 'a.txt' }, current: { link: 'src' }, 'src/inner': { link: 'a.js' }, empty: null },
  ...{
    'web/up': { link: '../current/lib' },
    'ignored/x': 'ctx:ignored/x',
    '.dockerignore': 'ignored\n.dockerignore\n',
  },
};

const from = fc.constantFrom;
const source = from(
  ...[
    '.',
    './',
    'src',
    'src/',
    '/src/lib',
    './a.txt',
    'a.txt',
    'b.txt',
    'conf.json',
    'empty',
    'etc',
    '$NAME',
  ],
  ...[
    '*.txt',
    'src/*',
    '[ab].txt',
    '[^b].txt',
    'etc/*.conf',
    'sub/pkg-?',
    'sub/*/x',
    '*/lib',
    'conf.jso[mn]',
  ],
  ...[
    'link.txt',
    'current',
    'current/lib',
    'web/up',
    'we*',
    '"a.txt"',
    '${NAME:-etc}',
    '${NOT:-src/a.js}',
    '${NAME:+b.txt}',
  ],
);
const destination = from(
  ...[
    '.',
    './',
    'd',
    'd/',
    '/',
    '/one',
    '/x/',
    '/two/y',
    '/x/y/',
    '/tmp',
    '/usr',
    '/etc/',
    '/srv/$NAME/',
    '..',
    "'/q$NAME/'",
  ],
);
const chown = from('', '', '', '--chown=7:8 ', '--chown=9 ');
const keyword = from('COPY', 'COPY', 'COPY', 'ADD');

const copy = fc
  .tuple(keyword, chown, fc.array(source, { minLength: 1, maxLength: 2 }), destination)
  .map(([word, flag, sources, target]) => {
    // The builder wants a slash where it is to take several.
    const isMany = sources.length > 1 || /[*?[]/.test(sources.join(''));
    return `${word} ${flag}${sources.join(' ')} ${isMany && !/[/']$/.test(target) ? `${target}/` : target}`;
  });
const json = fc
  .tuple(from('with space.txt', 'src', '$NAME'), from('to here/', '/x/', './$NAME/'))
  .map(words => `COPY ${JSON.stringify(words)}`);
const setting = from(
  ...[
    'WORKDIR /w',
    'WORKDIR rel',
    'WORKDIR $NAME',
    'WORKDIR ..',
    'ENV NAME=src',
    'ENV NAME a.txt',
    "ENV NAME='b.txt'",
  ],
  ...['ARG NAME', 'ARG NAME=web', 'ENV OTHER="${NAME}x" NAME=$OTHER', 'USER 7'],
);
const step = fc.oneof(
  { weight: 5, arbitrary: copy },
  { weight: 1, arbitrary: json },
  { weight: 3, arbitrary: setting },
);
const steps = fc.array(step, { minLength: 2, maxLength: 4 });

/** One stage on nothing or on busybox, or two of which the second starts from the first; some with triggers. */
export const anyDockerfile = fc
  .tuple(from('scratch', 'busybox'), steps, fc.option(steps), fc.array(copy, { maxLength: 2 }))
  .map(([base, first, second, triggers]) =>
    [
      'ARG NAME=etc',
      `FROM ${base} AS first`,
      ...first,
      ...(second === null ? [] : [...triggers.map(it => `ONBUILD ${it}`), 'FROM first', ...second]),
      'CMD ["x"]',
    ].join('\n'),
  );
