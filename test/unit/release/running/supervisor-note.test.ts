import assert from 'node:assert/strict';
import { readModeBeside } from '../../../../src/cli/verbs/wiring/read-supervisor-mode.ts';
import { OsError } from '../../../../src/core/errors.ts';
import { describeSupervisor, findSupervisorBeside } from '../../../../src/release/running/supervisor-note.ts';
import type { Supervisor } from '../../../../src/supervisor/client/supervisor.ts';
import type { SupervisorMode } from '../../../../src/supervisor/mode/supervisor-mode.ts';
import { FakeEngine } from '../../../support/fake-engine.ts';
import { passTime } from '../../../support/pass-time.ts';

describe('the note of a push about the supervisor on the device', () => {
  const running = { name: 'balena_supervisor', isRunning: true };

  it('says for each mode what holds on this device, and the way out', () => {
    const cases: [SupervisorMode | undefined, RegExp][] = [
      [
        'unmanaged',
        /leaves what is pushed alone; only if the device leaves local mode, .*: push again then$/,
      ],
      [
        'local-mode',
        /leaves what is pushed alone; only if the device leaves local mode, .*: push again then$/,
      ],
      ['local-mode-off', /local mode off: .*hold its ports.*; turn local mode on in the dashboard/],
      [
        'local-mode-left',
        /has left local mode: .*start turns local mode on again: os services DEVICE supervisor --restart$/,
      ],
      ['down', /does not answer: .*os services DEVICE supervisor --logs$/],
      [undefined, /a mode that it does not tell: .*; os info DEVICE says more$/],
    ];
    for (const [mode, text] of cases) assert.match(describeSupervisor(running, mode), text);
    assert.match(
      describeSupervisor({ ...running, isRunning: false }, 'down'),
      /^balena_supervisor is on this device and does not run: /,
    );
  });

  it('is about the container of either name, running or not', async () => {
    const engine = new FakeEngine();
    engine.addImage('busybox');
    const body = { Image: 'busybox', Labels: {}, HostConfig: {} };
    assert.equal(findSupervisorBeside(await engine.listContainers({})), undefined);
    const id = await engine.createContainer('resin_supervisor', body);
    const found = async () => findSupervisorBeside(await engine.listContainers({}));
    assert.deepEqual(await found(), { name: 'resin_supervisor', isRunning: false });
    await engine.startContainer(id);
    assert.deepEqual(await found(), { name: 'resin_supervisor', isRunning: true });
  });
});

describe('the mode of a supervisor beside a push', () => {
  const { signal } = new AbortController();
  const shut = (cause: OsError): OsError => new OsError('device-unreachable', 'not reached', { cause });
  const modeOf = (answers: Partial<Supervisor>): Promise<SupervisorMode | undefined> =>
    readModeBeside({ supervisor: { ping: () => Promise.resolve(true), ...answers } as Supervisor }, signal);
  const target = (mode: string): Partial<Supervisor> => ({
    readDeviceInfo: () => Promise.resolve({ deviceType: undefined, arch: undefined }),
    readTarget: () =>
      Promise.resolve({ name: 'd', config: { SUPERVISOR_LOCAL_MODE: mode }, apps: new Map() }),
  });
  const refused = (): Promise<never> => Promise.reject(new OsError('auth-refused', 'it asks for a key'));

  it('is what it answers', async () => {
    assert.equal(await modeOf(target('true')), 'local-mode');
    assert.equal(await modeOf(target('false')), 'local-mode-left');
    assert.equal(await modeOf({ readDeviceInfo: refused, readTarget: refused }), 'local-mode-off');
  });

  it('is told by a port that is closed to the network alone, or to the device itself too', async () => {
    const ping = (cause: OsError) => () => Promise.reject(shut(cause));
    assert.equal(await modeOf({ ping: ping(new OsError('auth-refused', 'no key')) }), 'local-mode-off');
    assert.equal(await modeOf({ ping: ping(new OsError('socket-missing', 'nobody')) }), 'down');
  });

  it('is not waited for where it hangs', async () => {
    const hangs = (within: AbortSignal): Promise<never> =>
      new Promise((_, reject) => {
        within.addEventListener('abort', () => {
          reject(within.reason as Error);
        });
      });
    assert.equal(await passTime(() => modeOf({ ping: hangs })), undefined);
  });
});
