import assert from 'node:assert/strict';
import type { ScanEvent, ScannedDevice } from '../../../../src/discovery/scan/scanned-device.ts';
import { openScanReporter } from '../../../../src/ui/scan/scan-reporter.ts';
import type { FakeOutput } from '../../../support/fake-output.ts';
import { fakeOutput, screenOf } from '../../../support/fake-output.ts';

const probing = (name: string, address = '10.0.0.5'): ScannedDevice => ({
  key: `eth0 ${name}`,
  name,
  host: `${name}.local`,
  addresses: [address, 'fe80::5%eth0'],
  interfaces: ['eth0'],
  identity: null,
  state: 'probing',
});

const probed = (name: string, address?: string): ScannedDevice => ({
  ...probing(name, address),
  state: 'probed',
  identity: {
    uuid: '63ec46cd0e1f',
    hostname: name,
    variant: 'development',
    osVersion: '2.0.0+rev2',
    osName: null,
    deviceType: 'raspberrypi3',
    arch: 'armv7hf',
    engine: { port: 2377, version: '20.10.24', apiVersion: '1.41', id: null },
    supervisor: { port: 48484, version: null },
    isSshOpen: true,
  },
});

const silent = (name: string): ScannedDevice => ({ ...probing(name), state: 'silent' });
const done = (...devices: ScannedDevice[]): ScanEvent => ({
  type: 'done',
  devices,
  interfaces: ['eth0', 'wlan0'],
});

function play(output: FakeOutput, events: ScanEvent[], isWatching = false): FakeOutput {
  using reporter = openScanReporter(output, { isWatching, subnets: [] });
  for (const event of events) reporter.report(event);
  return output;
}

describe('os scan in a pipe', () => {
  it('prints a row once, when the details of a device are known or its probes have ended', () => {
    const { stdout } = play(fakeOutput('plain'), [
      { type: 'found', device: probing('mydevice') },
      { type: 'found', device: probing('other') },
      { type: 'changed', device: probing('mydevice') },
      { type: 'changed', device: probed('mydevice') },
      { type: 'changed', device: probed('mydevice') },
      { type: 'changed', device: silent('other') },
      { type: 'found', device: probing('late') },
      done(),
    ]);
    assert.equal(
      stdout,
      `NAME              ADDRESS          VARIANT      OS             TYPE             UUID     ENGINE          SUPERVISOR
mydevice          10.0.0.5         development  2.0.0+rev2     raspberrypi3     63ec46c  20.10.24        open
other             10.0.0.5         silent       -              -                -        -               -
late              10.0.0.5         …            …              …                …        …               …
`,
    );
  });

  it('prints one row of a device that was met twice, also if its details were known before', () => {
    const { stdout } = play(fakeOutput('plain'), [
      { type: 'found', device: probing('a') },
      { type: 'found', device: { ...probing('a'), key: 'wlan0 a' } },
      { type: 'changed', device: { ...probed('a'), key: 'wlan0 a' } },
      { type: 'merged', device: probed('a'), absorbed: 'wlan0 a' },
      done(),
    ]);
    assert.equal(stdout.split('\n').filter(line => line.startsWith('a ')).length, 1);
  });

  it('shows one address, IPv4 first, and columns as wide as what they hold', () => {
    const long = {
      ...probed('a-name-longer-than-most'),
      addresses: ['fe80::5%eth0', '10.0.0.5', '10.0.0.6'],
    };
    const { stdout } = play(fakeOutput('plain'), [{ type: 'found', device: long }, done()]);
    const [, row = ''] = stdout.split('\n');
    assert.match(row, /^a-name-longer-than-most {2}10\.0\.0\.5 /);
  });

  it('shows the id of its engine if a device has no UUID', () => {
    const device = probed('a');
    const { identity } = device;
    assert.ok(identity?.engine);
    const engine = { ...identity.engine, id: 'RWK2:ZB7T:XXXX' };
    const nameless = { ...device, identity: { ...identity, uuid: null, engine } };
    const { stdout } = play(fakeOutput('plain'), [{ type: 'found', device: nameless }, done()]);
    assert.match(stdout, / engine:RWK2:ZB7T /);
  });

  it('says of each row what happened when watching', () => {
    const { stdout } = play(
      fakeOutput('plain'),
      [
        { type: 'found', device: probing('a') },
        { type: 'lost', device: probing('a') },
      ],
      true,
    );
    assert.deepEqual(
      stdout.split('\n').map(line => line.split(/ +/).slice(0, 2).join(' ')),
      ['CHANGE NAME', 'found a', 'lost a', ''],
    );
  });

  it('tells where it searched when nothing is found, and each failure once', () => {
    const failed = (name: string): ScanEvent => ({
      type: 'interface-failed',
      interface: name,
      family: 4,
      code: 'EADDRINUSE',
      reason: 'port 5353 is taken',
    });
    const events = [failed('eth0'), failed('wlan0'), done()];
    const { stderr, stdout } = play(fakeOutput('plain'), events);
    assert.equal(stdout, '');
    assert.match(
      stderr,
      /^os: on eth0 \(IPv4\), wlan0 \(IPv4\): port 5353 is taken\nos: no device found on eth0, wlan0\n/,
    );
    assert.equal(play(fakeOutput('plain', { isQuiet: true }), events).stderr, '');
  });

  it('lets no name change the shape of a row', () => {
    const { stdout } = play(fakeOutput('plain'), [
      { type: 'found', device: { ...silent('x'), name: '\x1b[2Jtwo words\nand a line' } },
      { type: 'found', device: { ...silent('x'), key: 'y', name: '' } },
    ]);
    assert.match(stdout.split('\n')[1] ?? '', /^two_words\?and_a_line +10\.0\.0\.5 /);
    assert.match(stdout.split('\n')[2] ?? '', /^- +10\.0\.0\.5 /);
  });
});

describe('os scan --json', () => {
  it('prints one document, or one event a line when watching', () => {
    const found: ScanEvent = { type: 'found', device: probing('a') };
    const { stdout } = play(fakeOutput('json'), [found, done(silent('a'))]);
    assert.deepEqual(JSON.parse(stdout), {
      ok: true,
      result: { devices: [silent('a')], interfaces: ['eth0', 'wlan0'] },
    });
    assert.deepEqual(JSON.parse(play(fakeOutput('json'), [found], true).stdout), found);
  });
});

describe('os scan on a terminal', () => {
  it('redraws one table in place and leaves it', () => {
    const output = play(fakeOutput('tty'), [
      { type: 'found', device: probing('b') },
      { type: 'found', device: probing('a', '10.0.0.6') },
      { type: 'changed', device: probed('b') },
      { type: 'changed', device: probed('a', '10.0.0.6') },
      done(probed('a'), probed('b')),
    ]);
    assert.deepEqual(screenOf(output.stdout), [
      'NAME  ADDRESS   VARIANT      OS          TYPE          UUID     ENGINE    SUPERVISOR',
      'a     10.0.0.6  development  2.0.0+rev2  raspberrypi3  63ec46c  20.10.24  open',
      'b     10.0.0.5  development  2.0.0+rev2  raspberrypi3  63ec46c  20.10.24  open',
    ]);
    assert.doesNotMatch(output.stdout, /\?25l/);
  });

  it('shows that it searches, and takes that away however it ends', () => {
    const output = fakeOutput('tty');
    {
      using reporter = openScanReporter(output, { isWatching: false, subnets: [] });
      assert.deepEqual(screenOf(output.stdout), ['searching…']);
      reporter.report({ type: 'found', device: probing('a') });
      assert.equal(screenOf(output.stdout).at(-1), 'searching…');
    }
    assert.equal(screenOf(output.stdout).length, 2);
  });

  it('makes one row of a device met twice', () => {
    const output = play(fakeOutput('tty'), [
      { type: 'found', device: probing('a') },
      { type: 'found', device: { ...probing('a'), key: 'wlan0 a' } },
      { type: 'merged', device: probed('a'), absorbed: 'wlan0 a' },
    ]);
    assert.equal(screenOf(output.stdout).length, 2);
  });

  it('keeps a line about each departure when watching', () => {
    const output = play(
      fakeOutput('tty'),
      [
        { type: 'found', device: probing('a') },
        { type: 'found', device: probing('b') },
        { type: 'lost', device: probing('a') },
      ],
      true,
    );
    assert.deepEqual(
      screenOf(output.stdout).map(line => line.split(/ {2,}/)[0]),
      ['a has left', 'NAME', 'b'],
    );
  });

  it('counts wrapped lines when the window got narrower', () => {
    const output = fakeOutput('tty');
    using reporter = openScanReporter(output, { isWatching: true, subnets: [] });
    reporter.report({ type: 'found', device: probed('a') });
    output.size.columns = 50;
    output.stdout = '';
    reporter.report({ type: 'changed', device: probed('a') });
    assert.match(output.stdout, /^\x1b\[5F\x1b\[J/); // eslint-disable-line no-control-regex -- the sequence meant
  });

  it('stays one table when there are more devices than rows, and leaves all of them', () => {
    const output = fakeOutput('tty');
    output.size.rows = 10;
    const names = Array.from({ length: 12 }, (_, i) => `d${(i + 10).toString()}`);
    const firsts = (): (string | undefined)[] => screenOf(output.stdout).map(line => line.split(/ {2,}/)[0]);
    using reporter = openScanReporter(output, { isWatching: false, subnets: [] });
    for (const name of names) reporter.report({ type: 'found', device: probing(name) });
    assert.deepEqual(firsts(), ['NAME', ...names.slice(0, 7), '… and 5 more; searching…']);
    reporter.report(done());
    assert.deepEqual(firsts(), ['NAME', ...names]);
  });

  it('never draws a last line that the terminal would wrap', () => {
    const output = fakeOutput('tty');
    output.size = { columns: 10, rows: 4 };
    using reporter = openScanReporter(output, { isWatching: false, subnets: [] });
    for (const name of ['a', 'b', 'c']) reporter.report({ type: 'found', device: probing(name) });
    assert.deepEqual(screenOf(output.stdout), ['NAME', 'a', '… and 2 m…']);
  });

  it('says once which columns it has no room for', () => {
    const output = fakeOutput('tty');
    output.size.columns = 60;
    play(output, [
      { type: 'found', device: probed('a') },
      { type: 'changed', device: probed('a') },
      done(probed('a')),
    ]);
    assert.equal(output.stderr, 'no room for ENGINE, SUPERVISOR: widen the terminal, or use\n--json\n');
  });
});
