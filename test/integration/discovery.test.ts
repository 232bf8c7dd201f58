import assert from 'node:assert/strict';
import { openAvahi } from '../support/avahi.ts';
import type { Lab, Namespace, TestLink } from '../support/namespaces.ts';
import { openLab, whyNoLab } from '../support/namespaces.ts';
import { runScan, scanDevices, startSupport } from '../support/scanning.ts';

describe('os scan among real responders', function () {
  this.timeout(120_000);

  before(async function () {
    if ((await whyNoLab()) !== undefined) this.skip();
  });

  /** A device with avahi on `link`. */
  const boot = async (lab: Lab, link: TestLink, hostName: string, ...cidrs: string[]): Promise<Namespace> => {
    const device = await lab.namespace();
    await link.attach(device, 'eth0', ...cidrs);
    lab.keep(await openAvahi(device, { hostName }));
    return device;
  };
  /** A laptop on one link with IPv4 and IPv6. */
  const openDesk = async (lab: Lab): Promise<{ laptop: Namespace; link: TestLink }> => {
    const [laptop, link] = [await lab.namespace(), await lab.link()];
    await link.attach(laptop, 'eth0', '10.78.0.1/24');
    return { laptop, link };
  };

  it('finds devices on two links, and leaves other SSH hosts alone', async () => {
    await using lab = await openLab();
    const [near, far] = [await lab.link(), await lab.link()];
    const laptop = await lab.namespace();
    await near.attach(laptop, 'eth0', '10.78.0.1/24');
    await far.attach(laptop, 'wlan0', '10.78.1.1/24');
    const server = await lab.namespace();
    await near.attach(server, 'eth0', '10.78.0.12/24');
    await Promise.all([
      boot(lab, near, 'near', '10.78.0.11/24'),
      boot(lab, far, 'far', '10.78.1.11/24'),
      openAvahi(server, { hostName: 'server', isDevice: false }).then(avahi => lab.keep(avahi)),
    ]);

    const devices = await scanDevices(laptop);
    assert.deepEqual(
      devices.map(({ name, addresses, interfaces }) => [name, addresses[0], interfaces.join()]),
      [
        ['far', '10.78.1.11', 'wlan0'],
        ['near', '10.78.0.11', 'eth0'],
      ],
    );
  });

  it('finds a device on a link that has IPv6 alone, by an address that can be used', async () => {
    await using lab = await openLab();
    const link = await lab.link();
    const laptop = await lab.namespace();
    await link.attach(laptop, 'eth0');
    const device = await boot(lab, link, 'sixer');

    const [found] = await scanDevices(laptop);
    assert.equal(found?.name, 'sixer');
    assert.match(found.addresses[0] ?? '', /^fe80::.*%eth0$/);
    await using listener = device.start([
      process.execPath,
      '-e',
      'require("net").createServer(s=>s.end("SSH-2.0-x\\r\\n")).listen(22222,"::",()=>console.log("up"))',
    ]);
    await listener.waitFor(/up/);
    const connect = `require("net").connect(22222,"${found.addresses[0] ?? ''}").pipe(process.stdout)`;
    assert.match(await laptop.run(process.execPath, '-e', connect), /^SSH-2.0/);
  });

  it('keeps two devices of the same name on two links apart', async () => {
    await using lab = await openLab();
    const [left, right] = [await lab.link(), await lab.link()];
    const laptop = await lab.namespace();
    await left.attach(laptop, 'eth0', '10.78.0.1/24');
    await right.attach(laptop, 'eth1', '10.78.1.1/24');
    await Promise.all([boot(lab, left, 'twin', '10.78.0.11/24'), boot(lab, right, 'twin', '10.78.1.11/24')]);

    const devices = await scanDevices(laptop);
    assert.deepEqual(
      devices.map(({ name, addresses }) => [name, addresses[0]]),
      [
        ['twin', '10.78.0.11'],
        ['twin', '10.78.1.11'],
      ],
    );
  });

  it('finds both devices when one had to be renamed, each at its own address', async () => {
    await using lab = await openLab();
    const { laptop, link } = await openDesk(lab);
    await boot(lab, link, 'balena', '10.78.0.11/24');
    await boot(lab, link, 'balena', '10.78.0.12/24');

    const devices = await scanDevices(laptop);
    assert.deepEqual(
      devices.map(({ name, addresses }) => [name, addresses[0]]),
      [
        ['balena', '10.78.0.11'],
        ['balena-2', '10.78.0.12'],
      ],
    );
  });

  it('finds a device whose service name has dots', async () => {
    await using lab = await openLab();
    const { laptop, link } = await openDesk(lab);
    const device = await lab.namespace();
    await link.attach(device, 'eth0', '10.78.0.11/24');
    lab.keep(await openAvahi(device, { hostName: 'd4e5f6a', instance: 'Lab 2.0 %h' }));

    assert.deepEqual(
      (await scanDevices(laptop)).map(({ name }) => name),
      ['d4e5f6a'],
    );
  });

  it('finds a device although two packets of five are lost in both directions', async () => {
    await using lab = await openLab();
    const [near, far] = [await lab.link(), await lab.link()];
    const [laptop, relay, device] = await Promise.all([0, 1, 2].map(() => lab.namespace({ hasIpv6: false })));
    assert.ok(laptop && relay && device);
    await near.attach(laptop, 'eth0', '10.78.0.1/24');
    await near.attach(relay, 'near', '10.78.0.2/24');
    await far.attach(relay, 'far', '10.79.0.2/24');
    await far.attach(device, 'eth0', '10.79.0.11/24');
    const lossy = lab.keep(startSupport(relay, 'lossy-relay.ts', ['10.78.0.2', '10.79.0.2', '0.4']));
    await lossy.waitFor(/ready/);
    lab.keep(await openAvahi(device, { hostName: 'lossy' }));

    // The longer timeout is for machines too busy to ask on time; a scan ends when it has found something.
    for (let i = 0; i < 5; i++)
      assert.deepEqual(
        (await scanDevices(laptop, '--timeout', '10s')).map(({ name }) => name),
        ['lossy'],
      );
  });

  it('finds thirty devices at once', async () => {
    await using lab = await openLab();
    const { laptop, link } = await openDesk(lab);
    const names = Array.from({ length: 30 }, (_, i) => `board${(i + 10).toString()}`);
    await Promise.all(names.map((name, i) => boot(lab, link, name, `10.78.0.${(i + 10).toString()}/24`)));

    const devices = await scanDevices(laptop);
    assert.deepEqual(
      devices.map(({ name }) => name),
      names,
    );
  });

  it('searches although another program holds port 5353, and says so', async () => {
    await using lab = await openLab();
    const { laptop, link } = await openDesk(lab);
    const hog = lab.keep(startSupport(laptop, 'port-hog.ts'));
    await hog.waitFor(/ready/);
    await boot(lab, link, 'mydevice', '10.78.0.11/24');

    const { exitCode, stderr, stdout } = await runScan(laptop);
    assert.equal(exitCode, 0);
    assert.match(stdout, /^mydevice +10\.78\.0\.11/m);
    assert.match(stderr, /eth0 \(IPv4\), eth0 \(IPv6\): another program holds UDP port 5353/);
    assert.doesNotMatch(stderr, /\bat .*:\d+:\d+/);
  });

  it('says which side of an interface cannot be searched, and searches the other', async () => {
    await using lab = await openLab();
    const { laptop, link } = await openDesk(lab);
    await laptop.run('ip', '-6', 'route', 'flush', 'table', 'local', 'root', 'ff00::/8');
    await boot(lab, link, 'mydevice', '10.78.0.11/24');

    const { exitCode, stderr, stdout } = await runScan(laptop);
    assert.equal(exitCode, 0);
    assert.match(stdout, /^mydevice /m);
    assert.match(stderr, /on eth0 \(IPv6\): it has no route for multicast/);
  });

  it('says where it searched when nothing is found, and succeeds with an empty list', async () => {
    await using lab = await openLab();
    const { laptop } = await openDesk(lab);

    const { exitCode, stderr, stdout } = await runScan(laptop, '--timeout', '500ms');
    assert.deepEqual([exitCode, stdout], [0, '']);
    assert.match(stderr, /no device found on eth0\n.*\n.*--subnet/);
    assert.deepEqual(await scanDevices(laptop, '--timeout', '500ms'), []);
  });

  it('ends with status 3, and the same in JSON, when there is no network', async () => {
    await using lab = await openLab();
    const alone = await lab.namespace();
    const { exitCode, stderr } = await runScan(alone);
    assert.equal(exitCode, 3);
    assert.match(stderr, /no network interface that can be searched/);
    const json = await runScan(alone, '--json');
    assert.equal(json.exitCode, 3);
    assert.match(json.stdout, /"code":"network-unavailable"/);
  });
});
