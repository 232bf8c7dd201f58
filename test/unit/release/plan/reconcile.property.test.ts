import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { Project } from '../../../../src/project/project.ts';
import type { Service } from '../../../../src/project/service.ts';
import {
  after as afterService,
  mount,
  network,
  networkUse,
  project,
  service,
} from '../../../support/composition.ts';
import { PlannedDevice } from '../../../support/planned-device.ts';

const names = ['a', 'b', 'c', 'd'];
const images = ['busybox', 'other'];

interface Shape {
  name: string;
  image: string;
  value: string;
  hasData: boolean;
  isOnBack: boolean;
  waitsFor: number[];
  joins: boolean;
}

const shape = (name: string): fc.Arbitrary<Shape> =>
  fc.record({
    name: fc.constant(name),
    image: fc.constantFrom(...images),
    value: fc.constantFrom('1', '2'),
    hasData: fc.boolean(),
    isOnBack: fc.boolean(),
    waitsFor: fc.uniqueArray(fc.nat(3), { maxLength: 2 }),
    joins: fc.boolean(),
  });

/** Dependencies lead to services before, as in a project that was read. */
function toService(
  { name, image, value, hasData, isOnBack, waitsFor, joins }: Shape,
  before: string[],
): Service {
  const others = waitsFor.flatMap(place => before[place] ?? []);
  const [first] = others;
  const uses = isOnBack ? ['default', 'back'] : ['default'];
  return service(name, {
    image,
    environment: { VALUE: value },
    mounts: hasData ? [mount('data')] : [],
    dependsOn: others.map((other, i) => afterService(other, 'service_started', i === 0)),
    networking:
      joins && first !== undefined
        ? { mode: 'service', service: first }
        : { mode: 'networks', networks: uses.map(networkUse) },
  });
}

const composition: fc.Arbitrary<Project> = fc
  .tuple(fc.subarray(names, { minLength: 1 }), fc.boolean())
  .chain(([chosen, isInternal]) =>
    fc.tuple(...chosen.map(shape)).map(shapes => {
      const services = shapes.map((it, i) => toService(it, chosen.slice(0, i)));
      return project(services, { networks: [network('default', { isInternal }), network('back')] });
    }),
  );

/** A composition, and another one or the same with some services changed. */
const twoCompositions: fc.Arbitrary<readonly [Project, Project]> = fc
  .tuple(composition, composition, fc.subarray(names), fc.boolean())
  .map(([before, other, changed, isOther]) => {
    const services = before.services.map(it =>
      changed.includes(it.name) ? { ...it, environment: { VALUE: '3' } } : it,
    );
    return [before, isOther ? other : { ...before, services }];
  });

const newDevice = (): PlannedDevice => {
  const device = new PlannedDevice();
  device.fake.addImage('other');
  return device;
};

const cutCalls = [
  'connectNetwork',
  'createContainer',
  'createNetwork',
  'disconnectNetwork',
  'removeContainer',
  'removeNetwork',
  'renameContainer',
  'restartContainer',
  'startContainer',
  'stopContainer',
] as const;

/** Services with `restart: true` on another whose container is newer than their own last start. */
function forgottenRestarts(device: PlannedDevice, { services }: Project): string[] {
  const of = (name: string): { createdAt: string; startedAt: string } | undefined =>
    [...device.fake.containers.values()].find(it => it.name === `shop-${name}-1`);
  return services
    .filter(({ name, dependsOn }) =>
      dependsOn.some(it => it.restart && (of(it.service)?.createdAt ?? '') > (of(name)?.startedAt ?? '')),
    )
    .map(({ name }) => name);
}

const nameOf = (it: Project): string[] => it.services.map(({ name }) => `shop-${name}-1`).sort();

describe('reconciling', () => {
  it('has nothing left to do after it was done, whatever ran before', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(composition, { minLength: 1, maxLength: 3 }), async pushes => {
        const device = newDevice();
        for (const it of pushes) {
          await device.push(it, true);
          assert.equal(await device.plan(it, true), 'up to date\n');
          const running = [...device.fake.containers.values()].map(({ name }) => name);
          assert.deepEqual(running.sort(), nameOf(it));
        }
      }),
      { numRuns: 60 },
    );
  });

  it('gets to the same end from a push that was cut off anywhere', async () => {
    await fc.assert(
      fc.asyncProperty(twoCompositions, fc.nat(30), async ([before, now], cutAfter) => {
        const device = newDevice();
        await device.push(before, true);
        let left = cutAfter;
        for (const name of cutCalls) {
          const call = device.fake[name].bind(device.fake) as (...args: unknown[]) => Promise<unknown>;
          Reflect.set(device.fake, name, (...args: unknown[]) => {
            left -= 1;
            return left < 0 ? Promise.reject(new Cut()) : call(...args);
          });
        }
        await device.push(now, true).catch((error: unknown) => {
          if (!(error instanceof Cut)) throw error;
        });
        for (const name of cutCalls) Reflect.deleteProperty(device.fake, name);
        await device.push(now, true);
        assert.equal(await device.plan(now, true), 'up to date\n');
        const running = [...device.fake.containers.values()].map(({ name }) => name);
        assert.deepEqual(running.sort(), nameOf(now));
        assert.deepEqual(forgottenRestarts(device, now), []);
      }),
      { numRuns: 200 },
    );
  });

  it('connects and restarts everything, whatever was stopped and disconnected since the last push', async () => {
    await fc.assert(
      fc.asyncProperty(composition, fc.array(fc.nat(3)), fc.array(fc.nat(3)), async (it, stopped, apart) => {
        const device = newDevice();
        await device.push(it, true);
        const containers = [...device.fake.containers.values()];
        for (const i of stopped) if (containers[i] !== undefined) containers[i].state = 'exited';
        for (const i of apart) containers[i]?.networks.clear();
        await device.push(it, true);
        assert.equal(await device.plan(it, true), 'up to date\n');
        for (const { name, state, networks } of device.fake.containers.values()) {
          const { networking } = it.services.find(one => `shop-${one.name}-1` === name) ?? {};
          assert.equal(state, 'running');
          const wanted = networking?.mode === 'networks' ? networking.networks.length : 0;
          assert.equal(networks.size, wanted, name);
        }
        assert.deepEqual(forgottenRestarts(device, it), []);
      }),
      { numRuns: 60 },
    );
  });
});

/** The program is gone; nothing of what it would have done next happens. */
class Cut extends Error {}
