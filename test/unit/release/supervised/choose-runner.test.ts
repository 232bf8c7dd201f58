import assert from 'node:assert/strict';
import type { Feature } from '../../../../src/project/features.ts';
import { chooseRunner, type RunnerFacts } from '../../../../src/release/supervised/choose-runner.ts';

const services = (...features: Feature[]): { name: string; features: Feature[] }[] => [
  { name: 'web', features },
];

const facts = (some: Partial<RunnerFacts> = {}): RunnerFacts => ({
  wanted: undefined,
  present: undefined,
  canSupervise: () => Promise.reject(new Error('the choice does not depend on it')),
  ...some,
});

describe('the runner of a project', () => {
  it('is the engine by default, and the device is asked nothing', async () => {
    assert.deepEqual(await chooseRunner(services('dbus'), facts()), { runner: 'engine', notes: [] });
  });

  it('is the wanted one before the present one, and the present one before any other', async () => {
    const chosen = async (some: Partial<RunnerFacts>): Promise<string> =>
      (await chooseRunner(services('supervisor-api'), facts(some))).runner;
    assert.equal(await chosen({ wanted: 'engine', present: 'supervisor' }), 'engine');
    assert.equal(await chosen({ wanted: 'supervisor', present: 'engine' }), 'supervisor');
    assert.equal(await chosen({ present: 'engine' }), 'engine');
    assert.equal(await chosen({ present: 'supervisor' }), 'supervisor');
  });

  it('is the supervisor if a service needs it and the device has one, and a note says so', async () => {
    const canSupervise = (): Promise<boolean> => Promise.resolve(true);
    assert.deepEqual(await chooseRunner(services('dbus', 'supervisor-api'), facts({ canSupervise })), {
      runner: 'supervisor',
      notes: ['web: io.balena.features.supervisor-api needs the supervisor, so it runs this project'],
    });
  });

  it('is the engine if the device has no supervisor, and a note names what has no effect', async () => {
    const canSupervise = (): Promise<boolean> => Promise.resolve(false);
    assert.deepEqual(await chooseRunner(services('supervisor-api', 'balena-api'), facts({ canSupervise })), {
      runner: 'engine',
      notes: [
        'web: io.balena.features.supervisor-api, io.balena.features.balena-api have no effect: only a supervisor gives a service what it asks for',
      ],
    });
  });
});
