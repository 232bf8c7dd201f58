/** Dockerfiles of every shape, and edits of them, at random; every RUN gives the same outcome each time. */
type Random = (limit: number) => number;

const pick = <T>(random: Random, list: readonly T[]): T => list[random(list.length)] as T;

const sources = ['.', '.', '.', 'a', 'b', 'D', 'a b', 'c.txt', '*', 'a/', './D', 'naïve'];
const destinations = ['.', './', '/app/', '/srv/x', '/srv/x/', '/link/', 'sub', '/etc/', '/'];
const chowns = ['', '', '', '--chown=7:8 ', '--chown=9 ', '--chown=nobody '];

function anyCopy(random: Random): string {
  const source = pick(random, sources);
  const many = source.includes(' ') || source.includes('*');
  const destination = pick(random, destinations);
  const target = many && !/[./]$/.test(destination) ? `${destination}/` : destination;
  return `${pick(random, ['COPY', 'COPY', 'COPY', 'ADD'])} ${pick(random, chowns)}${source} ${target}`;
}

const runs = [
  'RUN find /app /srv -type f 2>/dev/null | sort > /list || true',
  'RUN cat /app/a /srv/x/a > /sum 2>/dev/null || true',
  'RUN mkdir -p /real && ln -sfn /real /link || true',
  'RUN rm -rf /app/D || true',
  'RUN mkdir -p -m 700 /app && chown 3:4 /app || true',
  'RUN echo own > /app/b || true',
  'RUN chmod -R go-rwx /srv 2>/dev/null || true',
  'RUN echo "$WHERE $KEY" > /said || true',
];
const settings = [
  'WORKDIR /app',
  'WORKDIR deep/er',
  'ENV WHERE=a',
  'ENV WHERE=D KEY="x y"',
  'ARG WHERE=b',
  'ARG KEY',
  'USER root',
  'LABEL a=b',
  'EXPOSE 80',
  'VOLUME /vol',
  'CMD ["x"]',
  'CMD y $WHERE',
  'ENTRYPOINT ["e"]',
  'HEALTHCHECK CMD true',
  'STOPSIGNAL SIGINT',
  'SHELL ["/bin/sh", "-ec"]',
];

function anyStep(random: Random): string {
  const kind = random(12);
  if (kind < 3) return `COPY . ${pick(random, destinations)}`;
  if (kind < 6) return anyCopy(random);
  return pick(random, kind < 8 ? runs : settings);
}

const stepsOf = (random: Random, most: number): string[] =>
  Array.from({ length: 1 + random(most) }, () => anyStep(random));

/** Lines of a Dockerfile. */
export function anyBuild(random: Random): string[] {
  const plain = ['FROM busybox', 'WORKDIR /app', ...stepsOf(random, 5)];
  switch (random(4)) {
    case 0:
      return [
        'FROM busybox AS first',
        'WORKDIR /app',
        ...stepsOf(random, 4),
        'FROM busybox',
        'COPY --from=first /app /app2',
        ...stepsOf(random, 4),
      ].map(line => line);
    case 1:
      return [
        'ARG WHERE=D',
        'FROM busybox AS base',
        ...stepsOf(random, 3),
        'FROM base',
        ...stepsOf(random, 3),
      ];
    default:
      return plain;
  }
}

/** A step more or less, or another one, somewhere after the first FROM. */
export function editBuild(lines: readonly string[], random: Random): string[] {
  const first = lines.findIndex(line => line.startsWith('FROM')) + 1;
  const at = first + random(lines.length - first + 1);
  const isFrom = lines[at]?.startsWith('FROM') === true || lines[at]?.includes('--from') === true;
  switch (random(3)) {
    case 0:
      return [...lines.slice(0, at), anyStep(random), ...lines.slice(at)];
    case 1:
      return isFrom ? [...lines] : [...lines.slice(0, at), ...lines.slice(at + 1)];
    default:
      return isFrom ? [...lines] : [...lines.slice(0, at), anyStep(random), ...lines.slice(at + 1)];
  }
}
