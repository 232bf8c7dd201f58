import assert from 'node:assert/strict';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { groupsOf, killGroups, readPids, removeGroups } from '../../src/emulator/machine/cgroups.ts';
import { generateMachineName } from '../../src/emulator/device/device-record.ts';
import { getInit, initDepth } from '../../src/emulator/machine/find-init.ts';
import { openBystanders } from '../support/bystanders.ts';
import { eventually } from '../support/eventually.ts';
import { needsMachine } from '../support/machine.ts';

describe('the control groups of an emulated device', function () {
  before(function () {
    needsMachine(this);
  });
  this.timeout(60_000);

  /** A process in the groups of `machine`, as a device's are. */
  function enter(groups: readonly string[]): ChildProcess {
    const child = spawn('sleep', ['1000'], { stdio: 'ignore' });
    for (const group of groups) {
      const inside = path.join(group, 'device');
      mkdirSync(inside, { recursive: true });
      // An empty cpuset of version 1 takes no process.
      if (!group.includes('cpuset')) writeFileSync(path.join(inside, 'cgroup.procs'), String(child.pid));
    }
    return child;
  }

  it('are emptied by force, while processes of another device and of the machine go on', async () => {
    await using bystanders = await openBystanders();
    const [own, others] = [groupsOf(generateMachineName()), groupsOf(generateMachineName())];
    const [killed, neighbour] = [enter(own), enter(others)];
    const ended = once(killed, 'exit');
    await killGroups(own);
    assert.deepEqual(await ended, [null, 'SIGKILL']);
    await eventually(async () => assert.equal(await removeGroups(own), true));
    assert.deepEqual([await readPids(others), bystanders.gone()], [[neighbour.pid], []]);
    neighbour.kill();
    await eventually(async () => assert.equal(await removeGroups(others), true));
  });

  it('tell the first process of the device from those of its containers, which stand in groups below', async () => {
    const machine = generateMachineName();
    const groups = groupsOf(machine);
    for (const group of groups) mkdirSync(path.join(group, 'device', 'container'), { recursive: true });
    // A shell enters the groups itself; what it starts is there with it. An empty cpuset of version 1 takes no process.
    const enter = (below: string): string =>
      groups
        .filter(group => !group.includes('cpuset'))
        .map(group => `echo 0 >${path.join(group, below, 'cgroup.procs')};`)
        .join(' ');
    const space = 'unshare --pid --fork --kill-child';
    const container = `${enter('device/container')} echo up; sleep 1000; :`;
    const device = `${space} sh -c '${container}' & wait`;
    const child = spawn('sh', ['-c', `${enter('device')} exec ${space} sh -c "$0"`, device], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    try {
      await once(child.stdout, 'data');
      const init = await getInit({ name: 'box', uuid: '', machine });
      assert.equal(initDepth(readFileSync(`/proc/${init.toString()}/status`, 'utf8')), 2);
    } finally {
      await killGroups(groups);
      await eventually(async () => assert.equal(await removeGroups(groups), true));
    }
    await assert.rejects(getInit({ name: 'box', uuid: '', machine }), { code: 'device-unreachable' });
  });
});
