import assert from 'node:assert/strict';
import { OsError } from '../../../../src/core/errors.ts';
import type { ContainerSummary } from '../../../../src/engine/objects.ts';
import type { BuildEvent } from '../../../../src/release/apply/events.ts';
import { rebuildWhileLost } from '../../../../src/release/build/rebuild-lost.ts';

const lost = new OsError('engine-conflict', 'unknown parent image ID sha256:0123');

describe('a build whose layers are removed under it', () => {
  const events: BuildEvent[] = [];
  const options = (containers: readonly string[] = []) => ({
    engine: { listContainers: () => Promise.resolve(containers.map(supervisorNamed)) },
    service: 'web',
    report: (event: BuildEvent) => {
      events.push(event);
    },
    signal: new AbortController().signal,
  });
  const losing = (times: number) => {
    let runs = 0;
    return () => {
      runs += 1;
      return runs <= times ? Promise.reject(lost) : Promise.resolve(runs);
    };
  };
  const supervisorNamed = (name: string) => ({ name, state: 'running' }) as ContainerSummary;
  beforeEach(() => {
    events.length = 0;
  });

  it('is built again at once, up to three times, and a person is told each time', async () => {
    assert.equal(await rebuildWhileLost(losing(3), options()), 4);
    assert.equal(events.length, 3);
    assert.deepEqual(events[0], {
      type: 'warning',
      message: 'web: a layer of its build was removed on the device; building again',
    });
  });

  it('is given up after that, with the name of the supervisor and the way out', async () => {
    await assert.rejects(rebuildWhileLost(losing(4), options(['balena_supervisor'])), {
      code: 'build-failed',
      message:
        'the build of web fails: balena_supervisor removes its layers while they are built, 4 times in a row (unknown parent image ID sha256:0123)',
      hint: 'turn local mode on, or stop the supervisor while you push: os ssh DEVICE -- systemctl stop balena-supervisor',
    });
  });

  it('is given up without a name where no supervisor runs', async () => {
    await assert.rejects(rebuildWhileLost(losing(4), options()), {
      code: 'build-failed',
      hint: 'stop what cleans up images on the device, then push again',
    });
  });

  it('is not built again for any other failure', async () => {
    const failure = new OsError('build-failed', 'the step fails');
    await assert.rejects(
      rebuildWhileLost(() => Promise.reject(failure), options()),
      failure,
    );
    assert.deepEqual(events, []);
  });
});
