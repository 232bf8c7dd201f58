import assert from 'node:assert/strict';
import { get } from 'node:http';
import { bootDevice, newDeviceName, runEmulator, upTimeoutMs } from '../support/emulated-device.ts';
import { eventually } from '../support/eventually.ts';
import { needsMachine } from '../support/machine.ts';
import { runOs } from '../support/run-program.ts';
import { openTempDirectory } from '../support/temp-directory.ts';

interface Outcome {
  readonly check: string;
  readonly result: string;
  readonly evidence: string;
}

describe('an emulated device with a fault', function () {
  this.timeout(upTimeoutMs);
  const name = newDeviceName();
  let home: Awaited<ReturnType<typeof openTempDirectory>>;
  before(function () {
    needsMachine(this);
  });
  // Each test makes the device anew, with another host key.
  beforeEach(async () => {
    home = await openTempDirectory();
  });
  afterEach(() => home[Symbol.asyncDispose]());

  const diagnose = async (
    address: string,
  ): Promise<{ code: number | null; outcomes: readonly Outcome[] }> => {
    const { code, stdout } = await runOs(['doctor', address, '--json'], {
      env: { HOME: home.path, XDG_STATE_HOME: home.path, SSH_AUTH_SOCK: undefined, OS_DEVICE: undefined },
    });
    const { outcomes } = (JSON.parse(stdout) as { result: { outcomes: readonly Outcome[] } }).result;
    return { code, outcomes };
  };
  const find = (outcomes: readonly Outcome[], check: string): Outcome =>
    outcomes.find(it => it.check === check) ?? assert.fail(check);

  it('slow-link: os doctor tells the speed and what a push takes', async () => {
    await using device = await bootDevice(name, ['--fault', 'slow-link']);
    const { code, outcomes } = await diagnose(device.address);
    const { result, evidence } = find(outcomes, 'link-speed');
    assert.equal(result, 'warning', evidence);
    assert.match(evidence, /kB\/s: a push of 10 MB takes \d+ minutes/);
    assert.equal(code, 0);
  });

  it('full-disk: os doctor ends with status 9', async () => {
    await using device = await bootDevice(name, ['--fault', 'full-disk']);
    const { code, outcomes } = await diagnose(device.address);
    assert.equal(code, 9);
    assert.equal(find(outcomes, 'disk-space').result, 'blocks');
  });

  it('read-only-state: os doctor warns, settings of the state cannot be changed, and the next boot is in order', async () => {
    await using device = await bootDevice(name, ['--fault', 'read-only-state']);
    const { outcomes } = await diagnose(device.address);
    assert.equal(find(outcomes, 'read-only').result, 'warning');
    for (const place of ['/mnt/state', '/etc/NetworkManager/system-connections'])
      assert.match((await device.ssh(`touch ${place}/x 2>&1`)).stdout, /Read-only file system/, place);
    const refused = await runEmulator(['up', name, '--fault', 'flaky', '--json']);
    assert.equal(refused.code, 2);
    assert.equal((await runEmulator(['down', name, '--json'])).code, 0);
    const again = await bootDevice(name);
    assert.equal(find((await diagnose(again.address)).outcomes, 'read-only').result, 'ok');
    assert.match((await again.ssh('touch /mnt/state/x && echo done')).stdout, /done/);
  });

  it('flaky: it is silent now and then, and answers again', async () => {
    await using device = await bootDevice(name, ['--fault', 'flaky']);
    // With a connection of its own each, closed at its end: fetch goes on connecting after an abort, and keeps connections.
    const answers = (): Promise<boolean> =>
      new Promise(resolve => {
        const signal = AbortSignal.timeout(500);
        const request = get({ host: device.address, port: 2377, path: '/_ping', agent: false, signal });
        request.once('response', answer => {
          answer.resume().once('end', () => resolve(true));
        });
        request.once('close', () => resolve(false));
        request.on('error', () => undefined);
      });
    await eventually(async () => assert.equal(await answers(), false));
    await eventually(async () => assert.equal(await answers(), true));
  });
});
