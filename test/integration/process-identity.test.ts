import assert from 'node:assert/strict';
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
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

/** A program of this machine, started as an engine starts one: the leader of a group and session of its own. */
async function startAnnounced(
  line: string,
): Promise<{ child: ChildProcess; identity: ContainerProcess; printed: string }> {
  const [file = '', ...args] = announced(nonce, 'exec sh -c "$1"', [line]);
  const child = spawn(file, args, { detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
  const [stderr] = (await once(child.stderr, 'data')) as [Buffer];
  const text = stderr.toString();
  const announcement = parseAnnouncement(text.slice(0, text.lastIndexOf(nonce)), nonce);
  const [stdout] = (await once(child.stdout, 'data')) as [Buffer];
  assert.ok(announcement.process !== undefined, text);
  return { child, identity: announcement.process, printed: stdout.toString() };
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
    const { child, identity, printed } = await startAnnounced('sleep 100 & echo $!; wait');
    assert.equal(identity.pid, child.pid);
    signal(identity);
    const [, by] = (await once(child, 'exit')) as [number | null, string];
    assert.equal(by, 'SIGTERM');
    await eventually(() => assert.equal(isAlive(Number(printed)), false));
  });

  it('is not taken for a later process of the same number', async () => {
    const { child, identity } = await startAnnounced('echo ready; exec sleep 100');
    signal({ ...identity, startTicks: (Number(identity.startTicks) + 1).toString() });
    await sleep(50);
    assert.equal(child.exitCode ?? child.signalCode, null);
    child.kill('SIGKILL');
  });

  it('that has ended leaves only those of its group to be signalled that hold its pipes', async () => {
    const line = 'sleep 100 >/dev/null 2>&1 </dev/null & echo $!; sleep 101 & echo $!';
    const { child, identity, printed } = await startAnnounced(line);
    if (child.exitCode === null) await once(child, 'exit');
    const [detached = 0, holding = 0] = printed.trim().split('\n').map(Number);
    signal(identity);
    await eventually(() => assert.equal(isAlive(holding), false));
    assert.equal(isAlive(detached), true);
    process.kill(detached, 'SIGKILL');
  });

  it('cannot be made to name another process by what it prints', () => {
    assert.equal(parseAnnouncement(`${nonce} 1 (init) S 0 ${nonce}  `, nonce).process, undefined);
    assert.equal(parseAnnouncement(`${nonce}  ${nonce}  `, nonce).process, undefined);
  });
});
