import assert from 'node:assert/strict';
import { checkClassicBuilder } from '../../../../src/project/dockerfile/check-classic.ts';
import { parseDockerfile } from '../../../../src/project/dockerfile/parse/parse-dockerfile.ts';
import { formatProblem, Problems } from '../../../../src/project/problem.ts';

function errorsOf(text: string, place: 'device' | 'local' = 'device'): string[] {
  const problems = new Problems();
  const placeAt = (line: number, column: number): { file: string; line: number; column: number } => ({
    ...{ file: '/p/Dockerfile', line, column },
  });
  checkClassicBuilder(parseDockerfile(text), { placeAt, buildArgs: {}, place }, problems);
  return problems.errors.map(it => formatProblem(it, '/p').replace('Dockerfile:', ''));
}

const bad: readonly (readonly [line: string, message: string])[] = [
  ['FROM b c', 'FROM: takes an image, and AS with a name after it, and nothing else'],
  ['FROM b AS', 'FROM: takes an image, and AS with a name after it, and nothing else'],
  [
    'FROM b AS 1st',
    'FROM: "1st" is not a name: start with a letter, and use letters, digits, ".", "_" and "-"',
  ],
  ['COPY b', 'COPY: needs a source and a destination'],
  [
    'COPY b c .',
    "COPY: has several sources, and the device's builder puts them only where the name ends with /: write ./",
  ],
  [
    'ADD ["b", "c", "/d"]',
    "ADD: has several sources, and the device's builder puts them only where the name ends with /: write /d/",
  ],
  ['ENV B', 'ENV: B has no value: write B=value'],
  ['ENV B=1 c', 'ENV: "c" is not NAME=value: put quotes around a value with blanks in it'],
  [
    'ENV PID=`cat /run/pid`',
    'ENV: "/run/pid`" is not NAME=value: put quotes around a value with blanks in it',
  ],
  ['LABEL b', 'LABEL: b has no value: write b=value'],
  ['WORKDIR', 'WORKDIR: has nothing after it'],
  ['EXPOSE', 'EXPOSE: has nothing after it'],
  ['SHELL bash', 'SHELL: needs a list of strings: write it like ["/bin/bash", "-c"]'],
  ['HEALTHCHECK curl x', 'HEALTHCHECK: needs CMD with a command, or NONE'],
  ['ONBUILD FROM b', 'ONBUILD: needs an instruction other than FROM, ONBUILD and MAINTAINER'],
  ['ONBUILD ENV B', 'ENV: B has no value: write B=value'],
];

describe('a line that no builder reads is told with the way out, before anything is sent:', () => {
  for (const [line, message] of bad)
    it(line, () => {
      assert.deepEqual(errorsOf(`FROM a\n${line}`), [`2:1: ${message}`]);
      assert.deepEqual(errorsOf(`FROM a\n${line}`, 'local'), []);
    });

  it('an instruction before the first FROM', () => {
    assert.deepEqual(errorsOf('ARG A=1\nENV B=1\nFROM a'), [
      '2:1: ENV: stands before the first FROM, where only ARG can stand',
    ]);
  });

  it('but none of those that are fine', () => {
    const fine = `FROM a AS b.c_d-1
COPY b c /d/
COPY b* .
COPY b c "/d/"
COPY b c $D
COPY b c \${D}
ENV B c d
ENV B=
ENV B="c d" C=d\\ e
LABEL b="c" "d e"=f
HEALTHCHECK --interval=5s CMD ["true"]
HEALTHCHECK NONE
ONBUILD COPY b c/
SHELL ["b"]
ARG A B=1`;
    assert.deepEqual(errorsOf(fine), []);
  });
});
