import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { openAvahi } from '../support/avahi.ts';
import type { Lab, Namespace } from '../support/namespaces.ts';
import { openLab, whyNoLab } from '../support/namespaces.ts';
import { scanDevices, startScan, startSupport } from '../support/scanning.ts';

describe('os scan over time', function () {
  this.timeout(60_000);

  before(async function () {
    if ((await whyNoLab()) !== undefined) this.skip();
  });

  const openDesk = async (lab: Lab): Promise<{ laptop: Namespace; device: Namespace }> => {
    const [laptop, device, link] = [await lab.namespace(), await lab.namespace(), await lab.link()];
    await link.attach(laptop, 'eth0', '10.78.0.1/24');
    await link.attach(device, 'eth0', '10.78.0.11/24');
    return { laptop, device };
  };

  it('watching, tells a device that arrives, one that says goodbye, and ends with status 130 on Ctrl-C', async () => {
    await using lab = await openLab();
    const { laptop, device } = await openDesk(lab);
    await using scan = await startScan(laptop, '--watch', '--json');
    const first = await openAvahi(device, { hostName: 'guest' });
    await scan.waitFor(/"type":"found".*"name":"guest"/);
    await first.leave();
    await scan.waitFor(/"type":"lost".*"name":"guest"/);
    lab.keep(await openAvahi(device, { hostName: 'renamed' }));
    await scan.waitFor(/"type":"found".*"name":"renamed"/);
    scan.kill('SIGINT');

    const { exitCode, stderr, stdout } = await scan.finished;
    assert.deepEqual([exitCode, stderr], [130, '']);
    const events = stdout.trim().split('\n');
    assert.deepEqual((JSON.parse(events.at(-1) ?? '') as { type: string }).type, 'error');
  });

  it('watching, starts to search an interface that appears later', async () => {
    await using lab = await openLab();
    const { laptop, device } = await openDesk(lab);
    lab.keep(await openAvahi(device, { hostName: 'patient' }));
    await laptop.run('ip', 'link', 'set', 'eth0', 'down');
    const spare = await lab.link();
    await spare.attach(laptop, 'usb0', '10.99.0.1/24');
    // The kernel takes its time to call a link running, and no other links count.
    while (!(await laptop.run('ip', '-o', 'link', 'show', 'usb0')).includes('state UP')) await sleep(50);
    await using scan = await startScan(laptop, '--watch');
    while (!(await laptop.run('ss', '-Huan')).includes(':5353')) await sleep(50);
    await laptop.run('ip', 'link', 'set', 'eth0', 'up');
    await scan.waitFor(/^(found|changed) +patient +10\.78\.0\.11/m);
  });

  it('lists a device whose ports hang, close or talk nonsense, and the others as well', async () => {
    await using lab = await openLab();
    const { laptop, device } = await openDesk(lab);
    lab.keep(await openAvahi(device, { hostName: 'sick' }));
    for (const [port, manner] of [
      ['2377', 'hang'],
      ['2375', 'garbage'],
      ['22222', 'close'],
      ['48484', 'garbage'],
    ] as const)
      await lab.keep(startSupport(device, 'sick-server.ts', [port, manner])).waitFor(/ready/);
    assert.deepEqual(
      (await scanDevices(laptop)).map(({ name }) => name),
      ['sick'],
    );
  });

  it('finds a device by sweeping where it does not answer multicast, and no other host', async () => {
    await using lab = await openLab();
    const { laptop, device } = await openDesk(lab);
    await device.run('ip', 'addr', 'add', '10.78.0.12/24', 'dev', 'eth0');
    await lab.keep(startSupport(device, 'sick-server.ts', ['22222', 'ssh'])).waitFor(/ready/);
    const devices = await scanDevices(laptop, '--timeout', '100ms', '--subnet', '10.78.0.0/28');
    assert.deepEqual(
      devices.map(({ name }) => name),
      ['10.78.0.11', '10.78.0.12'],
    );
    assert.deepEqual(await scanDevices(laptop, '--timeout', '100ms', '--subnet', '10.78.0.64/28'), []);
  });
});
