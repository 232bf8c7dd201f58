import assert from 'node:assert/strict';
import { mkdir, writeFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { upTimeoutMs } from '../support/emulated-device.ts';
import { eventually } from '../support/eventually.ts';
import { openFaultyRelay } from '../support/faulty-relay.ts';
import { openLiveProject, quietCompose, quietProject } from '../support/live-project.ts';
import { listHost, listInside } from '../support/live-session.ts';
import { editAtRandom, randomFrom } from '../support/random-edits.ts';
import { useSharedDevice } from '../support/shared-device.ts';

const rounds = 8;
const editsARound = 30;

describe('a container in a live session', function () {
  this.timeout(upTimeoutMs);
  const device = useSharedDevice();
  const seed = Number(process.env['LIVE_SEED'] ?? Math.floor(Math.random() * 2 ** 31));

  it(`ends as its sources whatever is done to them, and to the connection (LIVE_SEED=${seed.toString()})`, async () => {
    const random = randomFrom(seed);
    await using relay = await openFaultyRelay(device().address, device().ports.engine ?? 0);
    const tree = {
      ...quietProject,
      'compose.yaml': quietCompose.replace('build: .', 'build: .\n    restart: always'),
    };
    await using project = await openLiveProject(device(), tree, {
      target: '127.0.0.1',
      args: ['--engine-port', relay.port.toString()],
    });
    // So many that no random removal is a safety stop.
    await mkdir(project.at('app/many'));
    for (let i = 0; i < 300; i++) await writeFile(project.at(`app/many/${i.toString()}`), i.toString());
    const faults: Record<string, () => Promise<unknown>> = {
      nothing: () => Promise.resolve(),
      async 'a cut'() {
        relay.fault = { do: 'cut', request: /./ };
        await sleep(random(1500));
        relay.fault = undefined;
      },
      async 'a cut in the middle'() {
        relay.fault = { do: 'cut', request: /\/exec\//, afterBytes: random(20_000) };
        await sleep(random(1500));
        relay.fault = undefined;
      },
      'a restart of the engine': () => device().ssh('systemctl restart balena'),
    };
    const kinds = Object.keys(faults);
    for (let round = 0; round < rounds; round++) {
      const kind = kinds[round % kinds.length] ?? 'nothing';
      const fault = sleep(random(300)).then(() => faults[kind]?.());
      const done: string[] = [];
      for (let i = 0; i < editsARound; i++) {
        done.push(await editAtRandom(project.at('app'), random));
        await sleep(random(60));
      }
      await fault;
      await eventually(async () => {
        assert.deepEqual(
          await listInside(device(), 'main', '/app'),
          await listHost(project.at('app')),
          `after ${kind} and ${done.join(', ')}`,
        );
      }, 60_000);
    }
  });
});
