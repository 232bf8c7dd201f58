import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { exitCodes } from '../../../src/core/errors.ts';
import { fixtureProgram, runFixture } from '../../support/fixture-program.ts';

interface FailureDocument {
  ok: boolean;
  error: { code: string; message: string; hint: string | null; exitCode: number };
}

describe('every command', () => {
  it('exits with the same code with and without --json', async () => {
    const onePerStatus = new Map(Object.entries(exitCodes).map(([code, exitCode]) => [exitCode, code]));
    for (const [exitCode, code] of onePerStatus) {
      const [plain, json] = await Promise.all([
        runFixture(['fail', code]),
        runFixture(['fail', code, '--json']),
      ]);
      assert.deepEqual([code, plain.code, json.code], [code, exitCode, exitCode]);
      const { ok, error } = JSON.parse(json.stdout) as FailureDocument;
      assert.deepEqual([ok, error.code, error.exitCode], [false, code, exitCode]);
    }
  });

  it('takes no argument from stdin, which may be the list that a loop reads', async () => {
    const { status, stderr } = spawnSync(process.execPath, [await fixtureProgram(), 'fail'], {
      input: 'busy\n',
      encoding: 'utf8',
      env: { ...process.env, NODE_ENV: undefined },
    });
    assert.equal(status, 2);
    assert.match(stderr, /an argument is missing: CODE/);
  });

  it('prints no control character of a device in a JSON document, and the same value to a parser', async () => {
    const hostile = 'a\u009b31mred\u202e\u2028b';
    const { stdout } = await runFixture(['thing', 'say', hostile, '--json']);
    assert.deepEqual(JSON.parse(stdout), { ok: true, result: [hostile] });
    assert.doesNotMatch(stdout.trimEnd(), /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u);
  });

  it('keeps stdout for the answer and tells what failed, and what to do, on stderr', async () => {
    const { stdout, stderr } = await runFixture(['fail', 'busy']);
    assert.equal(stdout, '');
    assert.equal(stderr, 'os: it does not work\n    try something else\n');
  });

  it('prints one JSON document and nothing else on a bad flag under --json', async () => {
    for (const args of [
      ['fail', 'busy', '--nosuch'],
      ['fail', 'busy', '--message'],
      ['fail', 'busy', '--mode=odd'],
      ['fail'],
      ['fail', 'busy', 'more'],
    ]) {
      const { code, stdout, stderr } = await runFixture([...args, '--json']);
      const { error } = JSON.parse(stdout) as FailureDocument;
      assert.deepEqual([code, error.code, error.exitCode, stderr], [2, 'usage', 2, '']);
      assert.ok(!error.message.includes('\n'), error.message);
    }
  });

  it('names the bad flag or the missing argument, and the nearest flag', async () => {
    const answers = new Map([
      [['fail', 'busy', '--mesage=x'], 'os: no such flag: --mesage\n    did you mean --message?\n'],
      [['fail'], 'os: an argument is missing: CODE\n    see `os fail --help`\n'],
      [['fail', 'busy', 'a', 'b'], 'os: unexpected argument: a b\n    see `os fail --help`\n'],
      [
        ['fail', 'busy', '--mode=odd'],
        'os: expected --mode=odd to be one of: soft, hard\n    see `os fail --help`\n',
      ],
      [
        ['fail', 'busy', '--times=none'],
        'os: --times: expected an integer but received: none\n    see `os fail --help`\n',
      ],
    ]);
    for (const [args, expected] of answers) assert.equal((await runFixture(args)).stderr, expected);
  });

  it('says nothing of its own where NODE_ENV says development', async () => {
    const { stderr } = await runFixture(['fail'], { env: { NODE_ENV: 'development' } });
    assert.equal(stderr, 'os: an argument is missing: CODE\n    see `os fail --help`\n');
  });

  it('ends a stream of events with a typed error', async () => {
    const { code, stdout } = await runFixture(['fail', 'busy', '--stream', '--json']);
    assert.equal(code, 8);
    assert.deepEqual(JSON.parse(stdout), {
      type: 'error',
      error: { code: 'busy', message: 'it does not work', hint: 'try something else', exitCode: 8 },
    });
  });

  it('asks for a report of a defect and shows its stack with DEBUG=os:*', async () => {
    const plain = await runFixture(['fail', 'defect']);
    assert.equal(plain.code, 1);
    assert.match(plain.stderr, /^os: defect: it does not work\n {4}this is a defect in os: .*DEBUG=os:\*/);
    assert.doesNotMatch(plain.stderr, /^\s+at /m);
    const debug = await runFixture(['fail', 'defect'], { env: { DEBUG: 'os:*' } });
    assert.match(debug.stderr, /TypeError: it does not work\n\s+at .*fail\.js/);
  });

  it('lets no control character of a foreign text reach the terminal', async () => {
    const { stderr } = await runFixture(['fail', 'busy', '--message=a\u001b[2Jb\u0007c\nd']);
    assert.equal(stderr, 'os: ab?c\n    d\n    try something else\n');
  });

  it('prints an empty result too', async () => {
    assert.equal((await runFixture(['thing', 'say', '--json'])).stdout, '{"ok":true,"result":null}\n');
  });

  it('leaves --help and --json after -- to what comes after it', async () => {
    const { code, stdout } = await runFixture(['thing', 'say', '--', 'ls', '--help', '--json', '-h']);
    assert.deepEqual([code, stdout], [0, 'ls --help --json -h\n']);
  });
});

describe('a signal', () => {
  for (const [signal, status] of [
    ['SIGINT', 130],
    ['SIGTERM', 143],
    ['SIGHUP', 143],
  ] as const) {
    it(`ends a command in order, with ${status.toString()} for ${signal}`, async () => {
      for (const flags of [[], ['--native']]) {
        const { code, stderr } = await runFixture(['wait', ...flags], {
          onTalk: kill => {
            kill(signal);
          },
        });
        assert.deepEqual([code, stderr], [status, 'waiting\nstopping\n']);
      }
    });
  }

  it('is told under --json like any other end', async () => {
    const { code, stdout } = await runFixture(['wait', '--json'], {
      onTalk: kill => {
        kill('SIGINT');
      },
    });
    const { error } = JSON.parse(stdout) as FailureDocument;
    assert.deepEqual([code, error.code, error.exitCode], [130, 'interrupted', 130]);
  });

  it('ends a command that does not listen the second time it comes', async () => {
    const { signal } = await runFixture(['wait', '--stubborn'], {
      onTalk: kill => kill('SIGINT'),
      onAnswer: kill => kill('SIGINT'),
    });
    assert.equal(signal, 'SIGINT');
  });
});

describe('a command line that names no command', () => {
  it('is answered with the nearest one and exit status 2, under --json as one document', async () => {
    const plain = await runFixture(['fial']);
    assert.deepEqual([plain.code, plain.stdout], [2, '']);
    assert.equal(plain.stderr, 'os: no such command: os fial\n    did you mean `os fail`?\n');
    const json = await runFixture(['fial', '--json']);
    const { error } = JSON.parse(json.stdout) as FailureDocument;
    assert.deepEqual([json.code, json.stderr, error.code], [2, '', 'usage']);
  });

  it('shows what is in a topic; a script is told that the command is missing', async () => {
    const plain = await runFixture(['thing']);
    assert.equal(plain.code, 0);
    assert.match(
      plain.stdout,
      /^Things\n\nUSAGE\n {2}\$ os thing COMMAND\n\nCOMMANDS\n {2}thing say {7}say words\n\n$/,
    );
    assert.equal((await runFixture(['thing', '--json'])).code, 2);
  });

  it('is not helped with what does not exist', async () => {
    const { code, stderr } = await runFixture(['help', 'thing', 'nosuch']);
    assert.deepEqual(
      [code, stderr],
      [2, 'os: no such command: os thing nosuch\n    see `os thing --help`\n'],
    );
  });
});

describe('help', () => {
  it('is the same by os help, --help and -h, and ends with what the exit status means', async () => {
    const texts = await Promise.all(
      [
        ['help', 'thing', 'say'],
        ['thing', 'say', '--help'],
        ['thing', 'say', 'x', '-h'],
      ].map(async args => (await runFixture(args)).stdout),
    );
    assert.equal(new Set(texts).size, 1);
    assert.equal(
      texts[0],
      `Say words.

USAGE
  $ os thing say [WORD…] [FLAGS]

ARGUMENTS
  [WORD...]  what to say

GLOBAL FLAGS
  -q, --quiet  print nothing but errors on stderr
      --json   print JSON, for scripts

DESCRIPTION
  Says them as they are.

EXAMPLES
  $ os thing say a b

EXIT STATUS
  0    done
  1    a defect in os: please report it
  2    usage: a bad flag or argument, an ambiguous device; an unfit machine
  3    nobody listens
  130  interrupted (143: terminated)

`,
    );
  });
});
