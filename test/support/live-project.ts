/** Projects for live sync: pushed to a device, in sync, and gone when they are disposed. */
import assert from 'node:assert/strict';
import path from 'node:path';
import { type EmulatedDevice } from './emulated-device.ts';
import { eventually } from './eventually.ts';
import { listHost, listInside, openSession, runInside, type LiveSession } from './live-session.ts';
import { useSharedDevice } from './shared-device.ts';
import { openTempDirectory } from './temp-directory.ts';
import { makeTree, type Tree } from './tree.ts';

/** A service that does nothing, ends when it is told to, and holds what `app` holds in /app. */
export const idleDockerfile = `FROM busybox
WORKDIR /app
COPY app .
CMD ["sh", "-c", "date +%s%N >/started; trap 'exit 0' TERM; sleep 99999 & wait"]
`;
/** Files are synced, and nothing is started again. Without a network a container starts in half of the processor time. */
export const quietCompose = `services:
  main:
    build: .
    network_mode: none
    develop:
      watch:
        - action: sync
          path: app
          target: /app
`;
export const quietProject: Tree = {
  Dockerfile: idleDockerfile,
  'compose.yaml': quietCompose,
  'app/a.txt': 'one\n',
};

export interface LiveProject extends AsyncDisposable {
  readonly session: LiveSession;
  readonly directory: string;
  readonly at: (name: string) => string;
}

/** Pushes `tree`; its service is `main`. */
export async function openLiveProject(
  device: EmulatedDevice,
  tree: Tree,
  options: Parameters<typeof openSession>[2] = {},
): Promise<LiveProject> {
  const temp = await openTempDirectory();
  const directory = path.join(temp.path, `live-${Math.random().toString(36).slice(2)}`);
  await makeTree(directory, tree);
  const session = await openSession(device, directory, options);
  return {
    session,
    directory,
    at: name => path.join(directory, name),
    async [Symbol.asyncDispose]() {
      await session[Symbol.asyncDispose]();
      const own = JSON.stringify({ label: [`com.docker.compose.project=${path.basename(directory)}`] });
      const engine = `http://${device.address}:${String(device.ports.engine)}`;
      const found = await device
        .engine(`/containers/json?all=1&filters=${encodeURIComponent(own)}`)
        .catch(() => []);
      for (const { Id } of found as { Id: string }[])
        await fetch(`${engine}/containers/${Id}?force=1`, { method: 'DELETE' });
      await temp[Symbol.asyncDispose]();
    },
  };
}

export interface LiveDevice {
  readonly device: () => EmulatedDevice;
  /** What a shell in a service's container prints. */
  readonly inside: (script: string, service?: string) => Promise<string>;
  /** The service's /app is, sooner or later, as the project's app. */
  readonly converges: (
    project: Pick<LiveProject, 'at'>,
    options?: { readonly limitMs?: number; readonly service?: string; readonly from?: string },
  ) => Promise<void>;
}

/** For a mocha group: a device, and what is seen of services on it. */
export function useLiveDevice(): LiveDevice {
  const device = useSharedDevice();
  return {
    device,
    inside: async (script, service = 'main') => (await runInside(device(), service, script)).toString(),
    converges: ({ at }, { limitMs, service = 'main', from = 'app' } = {}) =>
      eventually(async () => {
        assert.deepEqual(await listInside(device(), service, '/app'), await listHost(at(from)));
      }, limitMs),
  };
}
