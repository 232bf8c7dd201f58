import assert from 'node:assert/strict';
import { OsError } from '../../../../src/core/errors.ts';
import type { HostAccess } from '../../../../src/host/host-access.ts';
import type { HostCommands } from '../../../../src/host/host-commands.ts';
import type { GuardEvent } from '../../../../src/host/undo/guard-change.ts';
import { disableVpn, enableVpn, vpnConfigPath, type VpnState } from '../../../../src/host/vpn/switch-vpn.ts';
import { ManualClock } from '../../../support/manual-clock.ts';
import { memoryHostFiles } from '../../../support/memory-host-files.ts';

/**
 * A device whose OpenVPN runs with every profile but those that begin with `bad`; one that begins with `cut` ends the
 * connection, and one that begins with `cut bad` leaves nobody in again.
 */
function openDevice(former: string | undefined) {
  const clock = new ManualClock();
  const files = memoryHostFiles(former === undefined ? {} : { [vpnConfigPath]: former });
  const steps: string[] = [];
  const events: GuardEvent[] = [];
  const undoScripts: string[] = [];
  const vpn = { runsWith: former, isFailed: false, starts: 7 };
  let isCut = false;
  const profileNow = (): string => files.texts()[vpnConfigPath] ?? '';
  const state = (): string => (vpn.runsWith !== undefined ? 'active' : vpn.isFailed ? 'failed' : 'inactive');
  const start = (): undefined => {
    steps.push(`start ${profileNow()}`);
    vpn.starts++;
    vpn.isFailed = profileNow().startsWith('bad');
    vpn.runsWith = vpn.isFailed ? undefined : profileNow();
    isCut ||= profileNow().startsWith('cut');
  };
  const answers: readonly [RegExp, (input: unknown) => string | undefined][] = [
    [/findmnt/, () => `loaded\n${state()}\n${vpn.starts.toString()}\nenabled\n/etc/openvpn ext4\n`],
    [/^systemctl show -p ActiveState .*NRestarts/, () => `${state()}\n0\n`],
    [/^systemctl restart --no-block openvpn\.service$/, start],
    [
      /^systemctl stop openvpn\.service; systemctl reset-failed openvpn\.service$/,
      () => {
        steps.push('stop');
        isCut ||= vpn.runsWith?.startsWith('way in') === true;
        vpn.runsWith = undefined;
        vpn.isFailed = false;
        return undefined;
      },
    ],
    [/^journalctl/, () => 'Options error: no-such-option\n'],
    [
      /cat >"\$u\/undo\.sh"/,
      input => {
        steps.push('arm');
        undoScripts.push(String(input));
        return undefined;
      },
    ],
    [/"\$u\/confirmed"/, () => void steps.push('confirm')],
    [/--unit=os-undo-\w+-now/, () => void steps.push('undo')],
  ];
  const commandsOf = (isOver: () => boolean): HostCommands => ({
    run(command, { input } = {}) {
      if (isOver()) return Promise.reject(new OsError('connection-lost', 'the connection is lost'));
      const found = answers.find(([pattern]) => pattern.test(command));
      assert.ok(found, `unscripted: ${command}`);
      const stdout = found[1](input) ?? '';
      return Promise.resolve({ status: 0, bytes: Buffer.from(stdout), stdout, stderr: '' });
    },
  });
  const again: HostAccess = {
    files,
    commands: commandsOf(() => false),
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
  const device = {
    files,
    commands: commandsOf(() => isCut),
    address: '10.0.0.5',
    reopen: (): Promise<HostAccess> =>
      profileNow().startsWith('cut bad') || former?.startsWith('way in, the only') === true
        ? Promise.reject(new OsError('device-unreachable', 'nothing answers'))
        : Promise.resolve(again),
  };
  const enable = async (
    profile: string | undefined,
    { undoAfterS }: { readonly undoAfterS: number | undefined } = { undoAfterS: 60 },
  ): Promise<VpnState> => {
    const { signal } = new AbortController();
    const given = profile === undefined ? undefined : Buffer.from(profile);
    const report = (event: GuardEvent): void => void events.push(event);
    const work = enableVpn({ profile: given, undoAfterS }, { device, clock, report, signal });
    return clock.passUntil(work, 500);
  };
  const disable = (): Promise<VpnState> => {
    const { signal } = new AbortController();
    const report = (event: GuardEvent): void => void events.push(event);
    return clock.passUntil(disableVpn({ undoAfterS: 60 }, { device, clock, report, signal }), 500);
  };
  return { files, vpn, steps, events, undoScripts, enable, disable };
}

const failsToStart = (error: unknown): boolean =>
  error instanceof OsError && error.code === 'service-failed' && error.message.includes('no-such-option');

describe('a VPN of the user', () => {
  for (const undoAfterS of [60, undefined])
    it(`that ran before runs again where a new profile does not start (undo: ${String(undoAfterS)})`, async () => {
      const { files, vpn, steps, enable } = openDevice('good');
      await assert.rejects(enable('bad', { undoAfterS }), (error: unknown) => {
        assert.match((error as OsError).hint ?? '', /runs again/);
        return failsToStart(error);
      });
      assert.equal(files.texts()[vpnConfigPath], 'good');
      assert.equal(vpn.runsWith, 'good');
      const expected = ['start bad', 'stop', 'start good'];
      assert.deepEqual(steps, undoAfterS === undefined ? expected : ['arm', ...expected, 'confirm']);
    });

  it('that did not run before is not started by a profile that does not start', async () => {
    const { files, vpn, steps, enable } = openDevice(undefined);
    await assert.rejects(enable('bad'), failsToStart);
    assert.deepEqual(files.texts(), {});
    assert.equal(vpn.runsWith, undefined);
    assert.deepEqual(steps, ['arm', 'start bad', 'stop', 'confirm']);
  });

  it('is confirmed over a new connection where its restart cuts the one that it was made by', async () => {
    const { steps, enable } = openDevice('good');
    assert.deepEqual(await enable('cut'), {
      unit: 'openvpn.service',
      state: 'active',
      isKept: true,
      reason: null,
    });
    assert.deepEqual(steps, ['arm', 'start cut', 'confirm']);
  });

  it('through which a device is reached is left to the undo where it is not reached with the new profile', async () => {
    const { steps, undoScripts, enable } = openDevice('good');
    await assert.rejects(enable('cut bad'), /has undone it by itself/);
    assert.deepEqual(steps, ['arm', 'start cut bad']);
    const [script = ''] = undoScripts;
    assert.ok(script.includes(Buffer.from('good').toString('base64')));
    assert.match(script, /^systemctl restart --no-block openvpn\.service \|\| true$/m);
  });

  it('is put back at once by the device where its former profile cannot be written over the connection', async () => {
    const { files, steps, events, enable } = openDevice('good');
    const write = files.writeAtomically.bind(files);
    files.writeAtomically = async (file, content, options) => {
      await write(file, content, options);
      files.refuseWritesBelow('/', new OsError('no-space', 'full'));
    };
    await assert.rejects(enable('bad'), /full/);
    assert.deepEqual(steps, ['arm', 'start bad', 'stop', 'undo']);
    assert.deepEqual(events.at(-1), { type: 'undone' });
  });

  it('through which alone a device is reached is left to the undo where it is disabled', async () => {
    const { steps, undoScripts, disable } = openDevice('way in, the only');
    await assert.rejects(disable(), /has undone it by itself/);
    assert.deepEqual(steps, ['arm', 'stop']);
    const [script = ''] = undoScripts;
    assert.ok(script.includes(Buffer.from('way in, the only').toString('base64')));
    assert.match(script, /^systemctl restart --no-block openvpn\.service \|\| true$/m);
  });

  for (const former of ['good', 'way in, one of two'])
    it(`(${former}) is disabled, and confirmed, where the device is reached without it`, async () => {
      const { files, steps, disable } = openDevice(former);
      assert.equal((await disable()).state, 'inactive');
      assert.deepEqual(files.texts(), {});
      assert.deepEqual(steps, ['arm', 'stop', 'confirm']);
    });

  it('that does not run is disabled without an undo', async () => {
    const { steps, disable } = openDevice(undefined);
    assert.equal((await disable()).state, 'inactive');
    assert.deepEqual(steps, ['stop']);
  });

  it('without a profile changes nothing', async () => {
    const { steps, enable } = openDevice(undefined);
    await assert.rejects(enable(undefined), /no profile/);
    assert.deepEqual(steps, []);
  });
});
