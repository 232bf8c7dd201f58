import assert from 'node:assert/strict';
import { combineIdentity, type ProbedFacts } from '../../../src/device/combine-identity.ts';
import type { HostFacts } from '../../../src/device/host-facts.ts';
import type { DeviceIdentity } from '../../../src/device/identity.ts';
import { findSupervisorContainer } from '../../../src/device/supervisor-container.ts';
import { supervisorStateOf } from '../../../src/reach/info/read-supervisor-mode.ts';
import { scanCells } from '../../../src/ui/scan/scan-cells.ts';

const host = (apiEndpoint: string | undefined, hasSupervisor = true): HostFacts =>
  ({
    ...{ osRelease: {}, hostname: null, deviceType: null, arch: null, machine: null, hasSupervisor },
    config: apiEndpoint === undefined ? {} : { apiEndpoint },
  }) as unknown as HostFacts;

const identify = (facts: Partial<ProbedFacts>): DeviceIdentity =>
  combineIdentity({ engine: null, supervisor: null, host: null, isSshOpen: false, ...facts });

const cellOf = (facts: Partial<ProbedFacts>): string | undefined =>
  scanCells({
    name: 'kitchen',
    addresses: ['10.0.0.5'],
    state: 'known',
    identity: identify(facts),
  } as never).at(-1);

describe("a supervisor's container", () => {
  const list = (name: string, State: string, Image: string): unknown => [
    { Names: ['/web'], State: 'running' },
    { Names: [`/${name}`], State, Image },
  ];

  it('tells its state, and its version by the tag of its image', () => {
    assert.deepEqual(
      findSupervisorContainer(list('balena_supervisor', 'running', 'balena/amd64-supervisor:v19.0.5')),
      { state: 'running', version: '19.0.5' },
    );
    assert.deepEqual(findSupervisorContainer(list('resin_supervisor', 'exited', 'sha256:0123')), {
      state: 'stopped',
      version: null,
    });
    assert.deepEqual(findSupervisorContainer(list('my_balena_supervisor', 'running', 'x:v1.2.3')), {
      state: 'absent',
      version: null,
    });
    assert.equal(findSupervisorContainer({ message: 'no' }), undefined);
  });

  it('tells with the unit that starts it whether the supervisor runs, or the engine alone where SSH is closed', () => {
    assert.equal(supervisorStateOf('running', 'restarting'), 'restarting');
    assert.equal(supervisorStateOf('running', undefined), 'running');
    assert.equal(supervisorStateOf('stopped', 'running'), 'stopped');
    assert.equal(supervisorStateOf(undefined, 'restarting'), 'restarting');
    assert.equal(supervisorStateOf(undefined, undefined), undefined);
  });
});

describe('the column SUPERVISOR of a scan', () => {
  const answering = { port: 48484, version: '19.0.5', deviceType: null, arch: null };
  const running = { state: 'running', version: '19.0.5' } as const;
  const cases: [what: string, facts: Partial<ProbedFacts>, cell: string][] = [
    [
      'unmanaged',
      { supervisor: { ...answering, isLocalMode: true }, host: host(undefined) },
      '19.0.5/unmanaged',
    ],
    [
      'managed, local mode on',
      { supervisor: { ...answering, isLocalMode: true }, host: host('https://a') },
      '19.0.5/local-mode',
    ],
    ['local mode on, without SSH', { supervisor: { ...answering, isLocalMode: true } }, '19.0.5/local-mode?'],
    [
      'local mode off, and reached',
      { supervisor: { ...answering, asksForKey: true } },
      '19.0.5/local-mode-off',
    ],
    ['local mode left', { supervisor: { ...answering, isLocalMode: false } }, '19.0.5/local-mode-left'],
    ['a mode that it does not tell', { supervisor: answering }, '19.0.5/?'],
    [
      'managed, local mode off, by its closed port',
      { supervisorContainer: running, host: host('https://a') },
      '19.0.5/local-mode-off',
    ],
    ['a closed port, without SSH', { supervisorContainer: running }, '19.0.5/local-mode-off?'],
    [
      'a closed port of an unmanaged device',
      { supervisorContainer: running, host: host('') },
      '19.0.5/local-mode-left',
    ],
    [
      'one that crashes',
      { supervisorContainer: { state: 'restarting', version: '12.10.10' } },
      '12.10.10/down',
    ],
    [
      'a unit without a container',
      { supervisorContainer: { state: 'absent', version: null }, host: host('') },
      'down',
    ],
    ['no container, without SSH', { supervisorContainer: { state: 'absent', version: null } }, 'none?'],
    ['an OS without one', { host: host(undefined, false) }, 'none'],
    ['an engine and SSH that are closed', {}, '-'],
  ];
  for (const [what, facts, cell] of cases)
    it(`is ${cell} for ${what}`, () => {
      assert.equal(cellOf(facts), cell);
    });
});
