import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import {
  canSupervise,
  checkSupervisor,
  openSupervisorAccess,
} from '../../src/cli/verbs/wiring/open-supervisor-access.ts';
import { readModeBeside } from '../../src/cli/verbs/wiring/read-supervisor-mode.ts';
import { probeDevice } from '../../src/device/probe.ts';
import type { ScannedDevice } from '../../src/discovery/scan/scanned-device.ts';
import { majors, releases, type Major } from '../../src/emulator/supervisor/versions.ts';
import type { ContainerSummary } from '../../src/engine/objects.ts';
import { openTcp } from '../../src/net/tcp.ts';
import { readSupervisorMode } from '../../src/reach/info/read-supervisor-mode.ts';
import { describeSupervisor } from '../../src/release/running/supervisor-note.ts';
import type { SupervisorAccess } from '../../src/release/supervised/supervisor-access.ts';
import { scanCells } from '../../src/ui/scan/scan-cells.ts';
import { project, service } from '../support/composition.ts';
import { FakeEngine } from '../support/fake-engine.ts';
import { serveStandIn, type ServedStandIn } from '../support/served-stand-in.ts';

const { signal } = new AbortController();

interface Situation {
  readonly isManaged: boolean;
  readonly isLocalMode: boolean;
}

interface Device extends AsyncDisposable {
  readonly served: ServedStandIn;
  readonly access: SupervisorAccess;
  /** The last cell of its row in a scan that cannot use SSH. */
  scanned(): Promise<string | undefined>;
  /** The mode in `os info`, which knows config.json. */
  mode(): Promise<string | undefined>;
  /** The note of a push by the engine. */
  note(): Promise<string>;
  check(): Promise<unknown>;
  canSupervise(): Promise<boolean>;
}

let count = 0;

/** A device with a supervisor of that version, on a loopback address of its own. */
async function open(major: Major, { isManaged, isLocalMode }: Situation): Promise<Device> {
  const address = `127.0.49.${(++count).toString()}`;
  const served = await serveStandIn(major, { isManaged, isLocalMode, address });
  const image = `registry2.balena-cloud.com/v2/0123:v${releases[major]}`;
  const containers = [{ Names: ['/balena_supervisor'], State: 'running', Image: image }];
  const engine = createServer(({ url = '' }, response) => {
    response.end(JSON.stringify(url.startsWith('/containers/') ? containers : { ApiVersion: '1.41' }));
  });
  engine.listen(2375, address);
  await once(engine, 'listening');
  // The device itself is let through by its firewall.
  const place = {
    ...{ address, name: 'kitchen', port: 2375 },
    openOnHost: () => openTcp('127.0.0.1', served.port, signal),
  };
  const access = openSupervisorAccess(place);
  const probe = () => probeDevice(address, null, signal);
  return {
    served,
    access,
    async scanned() {
      const device: ScannedDevice = {
        ...{ key: address, name: 'kitchen', host: 'kitchen.local', addresses: [address], interfaces: [] },
        ...{ identity: await probe(), state: 'probed' },
      };
      return scanCells(device).at(-1);
    },
    async mode() {
      const isAnswering = (await probe()).supervisor !== null;
      const known = { address, isAnswering, isManaged, container: 'running' } as const;
      return (await readSupervisorMode(known, signal)).mode;
    },
    note: async () =>
      describeSupervisor(
        { name: 'balena_supervisor', isRunning: true },
        await readModeBeside(access, signal),
      ),
    check: () => checkSupervisor(access, place, signal),
    async canSupervise() {
      const its = new FakeEngine();
      const own = { name: 'balena_supervisor', state: 'running' } as ContainerSummary;
      its.listContainers = () => Promise.resolve([own]);
      return await canSupervise(its.asEngine(), access, signal);
    },
    async [Symbol.asyncDispose]() {
      engine.closeAllConnections();
      engine.close();
      await served[Symbol.asyncDispose]();
    },
  };
}

for (const major of majors)
  describe(`a supervisor of version ${major.toString()}`, () => {
    const release = releases[major];
    const writeShop = ({ writeApp }: SupervisorAccess) =>
      writeApp(project([service('web')]), {
        ...{ commit: 'c', releaseId: 1, imageOf: () => 'busybox' },
        labelsOf: () => ({}),
      });

    for (const [title, situation, mode] of [
      ['that is unmanaged', { isManaged: false, isLocalMode: false }, 'unmanaged'],
      ['that is managed, in local mode,', { isManaged: true, isLocalMode: true }, 'local-mode'],
    ] as const)
      it(`${title} is told so by scan, info and push, and takes a project`, async () => {
        await using device = await open(major, situation);
        assert.equal(await device.scanned(), `${release}/local-mode?`);
        assert.equal(await device.mode(), mode);
        assert.match(
          await device.note(),
          /runs here: it leaves what is pushed alone; only if the device leaves/,
        );
        await device.check();
        assert.equal(await device.canSupervise(), true);
        const { app } = writeShop(device.access);
        await device.access.supervisor.changeTarget(
          () => ({ apps: new Map([[7, app]]), replaced: new Set(), isForced: false }),
          signal,
        );
        const { apps, config } = await device.access.supervisor.readTarget(signal);
        assert.deepEqual(
          [...apps].map(([id, { name, services }]) => [id, name, services]),
          [['7', 'shop', ['web']]],
        );
        assert.equal(config['SUPERVISOR_LOCAL_MODE'], 'true');
        assert.deepEqual(
          device.served.standIn.options.stored.apps.map(({ appId, name }) => [appId, name]),
          [[7, 'shop']],
        );
      });

    it('that is managed, with local mode off, is told so, and refuses a project with the way out', async () => {
      await using device = await open(major, { isManaged: true, isLocalMode: false });
      assert.equal(await device.scanned(), `${release}/local-mode-off?`);
      assert.equal(await device.mode(), 'local-mode-off');
      assert.match(
        await device.note(),
        /with local mode off: .* the cloud's release runs beside it .*; turn local mode on in the dashboard/,
      );
      assert.equal(await device.canSupervise(), false);
      await assert.rejects(device.check(), {
        code: 'auth-refused',
        exitCode: 4,
        hint: 'turn local mode on, or use the engine: --runner engine',
      });
      assert.deepEqual(device.served.standIn.options.stored.apps, []);
    });

    it('whose local mode was left, and that is still reached, refuses a project before anything is sent', async () => {
      await using device = await open(major, { isManaged: false, isLocalMode: false });
      const { stored } = device.served.standIn.options;
      stored.config = { ...stored.config, SUPERVISOR_LOCAL_MODE: 'false' };
      await assert.rejects(device.check(), {
        ...{ code: 'supervisor-refused', message: 'local mode is off, so the supervisor takes no target' },
        hint: 'turn local mode on, or use the engine: --runner engine',
      });
    });
  });
