import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import path from 'node:path';
import type { Project } from '../../../../src/project/project.ts';
import { composeLabels, ourLabels } from '../../../../src/release/desired/labels.ts';
import { toOrigin } from '../../../../src/release/desired/origin.ts';
import { checkOthers } from '../../../../src/release/plan/check-others.ts';
import { assertSameProject, findOtherCheckout } from '../../../../src/release/plan/check-origin.ts';
import { observeRelease } from '../../../../src/release/plan/observe.ts';
import { desire, mount, project, service } from '../../../support/composition.ts';
import { PlannedDevice } from '../../../support/planned-device.ts';

const { signal } = new AbortController();
const named = (givenName: string, directory: string): Project =>
  project([service('web', { mounts: [mount('data')] })], { givenName, directory });

async function check(device: PlannedDevice, it: Project, takesOver = false): Promise<void> {
  const desired = await desire(it);
  checkOthers(desired, await observeRelease(device.fake.asEngine(), desired, signal), { takesOver });
}

/** Makes the containers of `device` those of another machine. */
function moveElsewhere(device: PlannedDevice): void {
  for (const container of device.fake.containers.values())
    container.body = {
      ...container.body,
      Labels: { ...container.body.Labels, [ourLabels.machine]: 'laptop' },
    };
}

describe('two projects whose names are the same once they are made to fit', () => {
  it('do not replace one another: the second is refused, and told where the first is from', async () => {
    const device = new PlannedDevice();
    await device.push(named('My.App', '/home/anna/My.App'));
    moveElsewhere(device);
    await assert.rejects(check(device, named('my app', '/home/ben/my app')), {
      code: 'usage',
      message:
        'the project shop on this device is another one, made from /home/anna/My.App on laptop: its container shop-web-1 would be replaced',
      hint: 'give one of the two another name, with --project or `name:` in the compose file; or replace it with --take-over',
    });
  });

  it('do not share a volume that the first left behind', async () => {
    const device = new PlannedDevice();
    await device.push(named('My.App', '/home/anna/My.App'));
    device.fake.containers.clear();
    await assert.rejects(check(device, named('my app', '/home/ben/my app')), {
      code: 'usage',
      message: `the project shop on this device is another one, made from /home/anna/My.App on ${hostname()}: its volume shop_data would be used`,
    });
  });

  it('are one if --take-over says so, and stay one', async () => {
    const device = new PlannedDevice();
    await device.push(named('My.App', '/home/anna/My.App'));
    const second = named('my app', '/home/ben/my app');
    await check(device, second, true);
    await device.push(second, false, undefined, true);
    await check(device, second);
    await assert.rejects(check(device, named('My.App', '/home/anna/My.App')), { code: 'usage' });
  });

  it('are not told apart by what was made before this was recorded', async () => {
    const device = new PlannedDevice();
    await device.push(named('My.App', '/home/anna/My.App'));
    for (const container of device.fake.containers.values()) {
      const { [ourLabels.givenName]: _, ...Labels } = container.body.Labels;
      container.body = { ...container.body, Labels };
    }
    for (const [name, it] of device.fake.volumes)
      device.fake.volumes.set(name, { ...it, labels: { ...it.labels, [ourLabels.givenName]: '' } });
    await check(device, named('my app', '/home/ben/my app'));
  });

  it('are refused as well by commands that stop, remove or sync', async () => {
    const device = new PlannedDevice();
    await device.push(named('My.App', '/home/anna/My.App'));
    const second = named('my app', '/home/ben/my app');
    await assert.rejects(assertSameProject(device.fake.asEngine(), second, signal), {
      code: 'usage',
      message: `the project shop on this device is another one, made from /home/anna/My.App on ${hostname()}`,
      hint: '--project shop says that it is meant all the same',
    });
    device.fake.containers.clear();
    await assert.rejects(assertSameProject(device.fake.asEngine(), second, signal), { code: 'usage' });
    await assertSameProject(device.fake.asEngine(), named('My.App', '/elsewhere/My.App'), signal);
  });

  it('say nothing hostile of where they are from', async () => {
    const device = new PlannedDevice();
    await device.push(named('My.App', '/home/\u001b[31m\nanna'));
    await assert.rejects(check(device, named('my app', '/home/ben/my app')), (error: Error) => {
      // eslint-disable-next-line no-control-regex
      assert.doesNotMatch(error.message, /[\u0000-\u001f]/);
      return true;
    });
  });
});

describe('one project', () => {
  const first = named('My.App', '/home/anna/My.App');

  for (const [what, again] of Object.entries({
    'from another directory or machine': named('My.App', '/srv/My.App'),
    'whose directory is written in other letters': named('my.app', '/home/ben/my.app'),
    'that gave itself a name since': named('shop', '/home/ben/My.App'),
  }))
    it(`is pushed ${what} as before`, async () => {
      const device = new PlannedDevice();
      await device.push(first);
      moveElsewhere(device);
      await check(device, again);
      await assertSameProject(device.fake.asEngine(), again, signal);
    });

  it('is the same if its name was given by hand once, in the same directory', async () => {
    const device = new PlannedDevice();
    await device.push(named('shop', '/home/anna/elsewhere'));
    await check(device, named('elsewhere', '/home/anna/elsewhere'));
  });

  it('that another directory of this machine still has is named, and is not refused', async () => {
    const other = await mkdtemp(path.join(tmpdir(), 'checkout-'));
    try {
      const device = new PlannedDevice();
      await device.push(named('shop', other));
      const desired = await desire(named('shop', '/srv/shop'));
      const observed = await observeRelease(device.fake.asEngine(), desired, signal);
      assert.equal(
        await findOtherCheckout(desired, observed),
        `the containers of shop were made from ${other}, which is another directory than /srv/shop`,
      );
      assert.equal(
        await findOtherCheckout({ ...desired, origin: toOrigin(named('shop', other)) }, observed),
        undefined,
      );
      moveElsewhere(device);
      assert.equal(
        await findOtherCheckout(desired, await observeRelease(device.fake.asEngine(), desired, signal)),
        undefined,
      );
      assert.ok(composeLabels.workingDirectory);
    } finally {
      await rm(other, { recursive: true });
    }
  });
});
