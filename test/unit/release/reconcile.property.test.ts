import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { Project } from '../../../src/project/project.ts';
import type { Service } from '../../../src/project/service.ts';
import {
  after as afterService,
  mount,
  network,
  networkUse,
  project,
  service,
} from '../../support/composition.ts';
import { PlannedDevice } from '../../support/planned-device.ts';

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
    dependsOn: others.map((other, i) => afterService(other, 'service_started', i === 1)),
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

const newDevice = (): PlannedDevice => {
  const device = new PlannedDevice();
  device.fake.addImage('other');
  return device;
};

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
      fc.asyncProperty(composition, composition, fc.nat(12), async (before, now, cutAfter) => {
        const device = newDevice();
        await device.push(before, true);
        let left = cutAfter;
        const cutCalls = ['createContainer', 'startContainer', 'renameContainer', 'removeContainer'] as const;
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
      }),
      { numRuns: 100 },
    );
  });
});

/** The program is gone; nothing of what it would have done next happens. */
class Cut extends Error {}
