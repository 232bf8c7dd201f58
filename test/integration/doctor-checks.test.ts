import assert from 'node:assert/strict';
import { readdir, readFile } from 'node:fs/promises';
import { OsError } from '../../src/core/errors.ts';
import { allChecks } from '../../src/doctor/all-checks.ts';
import { checkOf, hostCheck, type Check } from '../../src/doctor/check.ts';
import type { DeviceAnswers } from '../../src/doctor/device-answers.ts';
import { askHost, questionScript, readAnswers } from '../../src/doctor/host-questions.ts';
import { blocks, ok, warning } from '../../src/doctor/finding.ts';
import { runChecks, type Diagnosis } from '../../src/doctor/run-checks.ts';
import { fakeMachine } from '../support/fake-machine.ts';
import { run as runProgram } from '../support/run.ts';

/** A device whose host runs scripts in a shell of this machine. */
const device = {
  name: 'kitchen.local',
  address: '192.0.2.9',
  async *runOnHost(script: string) {
    yield Buffer.from(await runProgram('sh', ['-c', script]));
  },
} as unknown as DeviceAnswers;

const diagnose = (
  checks: readonly Check[],
  find: () => Promise<DeviceAnswers> = () => Promise.resolve(device),
): Promise<Diagnosis> =>
  runChecks(checks, {
    machine: fakeMachine(),
    findDevice: find,
    signal: new AbortController().signal,
    limitMs: 1000,
  });

const said = (id: string, question: string, isSlow = false): Check =>
  hostCheck({ id, title: id, question, isSlow, judge: answer => ok(answer) });

const machine = (id: string, read: () => Promise<string>): Check =>
  checkOf({ id, title: id, room: 'machine', read, judge: text => ok(text) });

describe('a diagnosis', () => {
  it('has at least 20 checks, with ids that are unique', () => {
    assert.ok(allChecks.length >= 20, allChecks.length.toString());
    assert.equal(new Set(allChecks.map(({ id }) => id)).size, allChecks.length);
  });

  it('names the device in each command of its advice that would go to another one without it', async () => {
    const directory = new URL('../../src/doctor/checks/', import.meta.url);
    const files = await readdir(directory, { recursive: true });
    const nameless: string[] = [];
    for (const file of files.filter(it => it.endsWith('.ts'))) {
      const text = await readFile(new URL(file, directory), 'utf8');
      const commands = text.match(
        /\bos (?:clean|config|down|logs|network|reset|services|top|update)\b[^;`']*/g,
      );
      for (const command of commands ?? []) if (!command.includes('DEVICE')) nameless.push(command);
    }
    assert.deepEqual(nameless, []);
  });

  it('goes on where one check throws or hangs: that one could not tell, and blocks nothing', async () => {
    const { outcomes, exitCode } = await diagnose([
      machine('throws', () => Promise.reject(new TypeError('boom'))),
      machine('hangs', () => new Promise(() => undefined)),
      machine('works', () => Promise.resolve('fine')),
    ]);
    assert.deepEqual(
      outcomes.map(({ check, result, evidence }) => [check, result, evidence]),
      [
        ['throws', 'unknown', 'boom'],
        ['hangs', 'unknown', 'no answer in 1.0 s'],
        ['works', 'ok', 'fine'],
      ],
    );
    assert.equal(exitCode, 0);
  });

  it('asks the host equal questions once, and hands each answer to its check', async () => {
    const scripts: string[] = [];
    const counting = {
      ...device,
      runOnHost: (script: string, signal: AbortSignal) => {
        scripts.push(script);
        return device.runOnHost(script, signal);
      },
    };
    const { outcomes } = await diagnose(
      [
        said('a', 'echo 1; echo 2'),
        said('b', 'echo "it\'s"'),
        said('c', 'echo 1; echo 2'),
        said('d', 'true', true),
      ],
      () => Promise.resolve(counting),
    );
    assert.deepEqual(
      outcomes.map(({ evidence }) => evidence),
      ['1\n2', "it's", '1\n2', ''],
    );
    assert.equal(scripts.length, 2);
    assert.equal(scripts.join().match(/echo 1; echo 2/g)?.length, 1);
  });

  it('cannot tell of a host that answers in part what it did not answer', async () => {
    const cut = {
      ...device,
      // eslint-disable-next-line @typescript-eslint/require-await -- the shape of a stream
      async *runOnHost(script: string) {
        const boundary = /echo (answer-\w+) 0/.exec(script)?.[1] ?? '';
        yield Buffer.from(`\n${boundary} 0\nwhole\n\n${boundary} 1\nhal`);
      },
    };
    const { outcomes } = await diagnose([said('a', 'x'), said('b', 'y')], () => Promise.resolve(cut));
    assert.deepEqual(
      outcomes.map(({ result, evidence }) => [result, evidence]),
      [
        ['ok', 'whole'],
        ['unknown', 'the host did not answer to its end'],
      ],
    );
  });

  it('ends with the status of what blocks: the way there first, then refusal, then space', async () => {
    const blocking = (status: 3 | 4 | 9): Check =>
      checkOf({
        id: status.toString(),
        title: '',
        room: 'machine',
        read: () => '',
        judge: () => blocks(status, '', ''),
      });
    assert.equal((await diagnose([blocking(9), blocking(4), blocking(3)])).exitCode, 3);
    assert.equal((await diagnose([blocking(9), blocking(4)])).exitCode, 4);
    assert.equal((await diagnose([blocking(9)])).exitCode, 9);
    assert.equal((await diagnose([said('fine', 'true')])).exitCode, 0);
  });

  it('names the device in the commands that it advises, unless a shell would not take its name as it is', async () => {
    const check = checkOf({
      id: 'a',
      title: 'a',
      room: 'machine',
      read: () => Promise.resolve(''),
      judge: () => warning('it fails', 'see why: os logs DEVICE --tail 50'),
    });
    const adviceFor = async (name: string): Promise<unknown> => {
      const { outcomes } = await diagnose([check], () => Promise.resolve({ ...device, name }));
      return outcomes[0] && 'advice' in outcomes[0] && outcomes[0].advice;
    };
    assert.equal(await adviceFor('kitchen.local'), 'see why: os logs kitchen.local --tail 50');
    assert.equal(await adviceFor('a;reboot'), 'see why: os logs DEVICE --tail 50');
  });

  it('of a device that is not found tells why, and names no device', async () => {
    const gone = new OsError('device-not-found', 'no device named x answers');
    const { device: name, outcomes } = await diagnose([said('a', 'true')], () => Promise.reject(gone));
    assert.equal(name, null);
    assert.deepEqual(outcomes[0]?.evidence, 'no device named x answers');
  });
});

describe('the questions to a host', () => {
  it('are told apart by a boundary, however the answer is cut into pieces', async () => {
    const printed = await runProgram('sh', [
      '-c',
      questionScript(['printf x', 'echo; echo y', 'exit 3'], 'b'),
    ]);
    for (const size of [1, 2, 7, 1000]) {
      const answers: string[] = [];
      const pieces = Array.from({ length: Math.ceil(printed.length / size) }, (_, i) =>
        Buffer.from(printed.slice(i * size, (i + 1) * size)),
      );
      // eslint-disable-next-line @typescript-eslint/require-await -- the shape of a stream
      async function* stream(): AsyncGenerator<Buffer> {
        yield* pieces;
      }
      await readAnswers(stream(), 'b', (number, text) => (answers[number] = text));
      assert.deepEqual(answers, ['x', '\ny\n', '']);
    }
  });

  it('that are answered with megabytes have no answer, whatever the pieces, and hold up no other', async function () {
    this.timeout(20_000);
    const long = 'x'.repeat(3_000_000);
    for (const size of [10_000, 10_000_000]) {
      const printed = Buffer.from(`noise ${long}\n\nb 0\n${long}\n\nb 1\nhi\n\nb end\n`);
      const answers = new Map<number, string>();
      // eslint-disable-next-line @typescript-eslint/require-await -- the shape of a stream
      async function* stream(): AsyncGenerator<Buffer> {
        for (let at = 0; at < printed.length; at += size) yield printed.subarray(at, at + size);
      }
      await readAnswers(
        stream(),
        'b',
        (number, text) => answers.set(number, text),
        (number, why) => answers.set(number, why),
      );
      assert.deepEqual(
        [...answers],
        [
          [0, 'long'],
          [1, 'hi\n'],
        ],
      );
    }
  });

  it('that take too long have no answer, rather than the part that had come', async function () {
    this.timeout(20_000);
    const questions = ['echo some; sleep 10; echo more', 'echo fine'];
    const answers = askHost(
      questions.map(question => ({ question })),
      {
        run: async script => [Buffer.from(await runProgram('sh', ['-c', script]))] as never,
        boundary: 'b',
        signal: new AbortController().signal,
      },
    );
    await assert.rejects(answers.get(questions[0] ?? ''), { message: 'the host did not answer this in 3 s' });
    assert.equal(await answers.get('echo fine'), 'fine');
  });
});
