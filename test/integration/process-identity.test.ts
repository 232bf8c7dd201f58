import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import {
  announced,
  parseAnnouncement,
  signalWords,
  type ContainerProcess,
} from '../../src/reach/service/process-identity.ts';
import { eventually } from '../support/eventually.ts';

const nonce = 'os-0123456789ab';

/** False too for one that has ended and that nobody has waited for. */
const isAlive = (pid: number): boolean => {
  try {
    return !readFileSync(`/proc/${pid.toString()}/stat`, 'latin1').includes(') Z ');
  } catch {
    return false;
  }
};

/**
 * A program of this machine, started as an engine starts one: the leader of a group and session of its own, with a pipe
 * that somebody else reads. A shell makes the pipe: what Node.js calls one is a pair of sockets.
 * @returns its identity, and the first so many lines that it prints, once they have come
 */
async function startAnnounced(
  line: string,
): Promise<{ identity: ContainerProcess; printed: (lines: number) => Promise<string[]> }> {
  const words = announced(nonce, 'exec sh -c "$1"', [line]);
  const child = spawn('sh', ['-c', 'setsid "$@" 2>&1 | cat', 'sh', ...words], {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  let text = '';
  child.stdout.on('data', (chunk: Buffer) => (text += chunk.toString()));
  await eventually(() => assert.match(text, /\n/));
  const announcement = parseAnnouncement(text.slice(0, text.lastIndexOf(nonce)), nonce);
  assert.ok(announcement.process !== undefined, text);
  const printed = async (lines: number): Promise<string[]> => {
    await eventually(() => assert.ok(text.split('\n').length > lines + 1, text));
    return text.split('\n').slice(1, lines + 1);
  };
  return { identity: announcement.process, printed };
}

function signal(identity: ContainerProcess, name: 'TERM' | 'INT' = 'TERM'): void {
  const [file = '', ...args] = signalWords(identity, name);
  assert.equal(spawnSync(file, args).status, 0);
}

describe('a program that announced itself', function () {
  before(function () {
    if (process.platform !== 'linux') this.skip();
  });

  it('is signalled with what it started', async () => {
    const { identity, printed } = await startAnnounced('sleep 100 & echo $!; wait');
    const started = (await printed(1)).map(Number);
    signal(identity);
    await eventually(() => assert.deepEqual([identity.pid, ...started].filter(isAlive), []));
  });

  it('is not taken for a later process of the same number', async () => {
    const traps = "trap 'echo INT' INT; trap 'echo TERM; exit' TERM";
    const { identity, printed } = await startAnnounced(
      `exec 2>/dev/null; ${traps}; echo ready; while :; do sleep 0.05; done`,
    );
    await printed(1);
    signal({ ...identity, startTicks: (Number(identity.startTicks) + 1).toString() }, 'INT');
    signal(identity);
    assert.deepEqual(await printed(2), ['ready', 'TERM']);
  });

  it('that has ended leaves only those of its group to be signalled that hold its pipes', async () => {
    const line = [
      'sleep 100 >/dev/null 2>&1 </dev/null & echo $!; sleep 101 & echo $!',
      // These hold the pipes too, in a session and in a group of their own.
      'setsid sleep 102 & echo $!',
      "bash -c 'set -m; sleep 103 & echo $!'",
    ].join('; ');
    const { identity, printed } = await startAnnounced(line);
    const [detached = 0, holding = 0, ...elsewhere] = (await printed(4)).map(Number);
    const others = [detached, ...elsewhere];
    await eventually(() => assert.equal(isAlive(identity.pid), false));
    assert.deepEqual([holding, ...others].filter(isAlive), [holding, ...others]);
    signal(identity);
    await eventually(() => assert.equal(isAlive(holding), false));
    assert.deepEqual(others.filter(isAlive), others);
    for (const it of others) process.kill(it, 'SIGKILL');
  });

  it('cannot be made to name another process by what it prints', () => {
    const processOf = (pid: string, ticks: string): ContainerProcess | undefined => {
      const stat = `${pid} (sh) S 0 ${'0 '.repeat(17)}${ticks} 0`;
      return parseAnnouncement(`${nonce} ${stat} ${nonce} pipe:[7] pipe:[7] `, nonce).process;
    };
    assert.deepEqual(processOf('27', '99'), { pid: 27, startTicks: '99', pipes: ['pipe:[7]'] });
    for (const [pid, ticks] of [
      ['1', '99'],
      ['0', '99'],
      ['-27', '99'],
      ['x27', '99'],
      ['9'.repeat(20), '99'],
      ['', '99'],
      ['27', ''],
      ['27', 'x99'],
      ['27', '99x'],
    ] as const)
      assert.equal(processOf(pid, ticks), undefined, `${pid} ${ticks}`);
    assert.equal(parseAnnouncement(`${nonce}  ${nonce}  `, nonce).process, undefined);
  });
});
