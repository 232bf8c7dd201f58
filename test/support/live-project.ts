/** Projects for live sync: pushed to a device, in sync, and gone when they are disposed. */
import path from 'node:path';
import type { EmulatedDevice } from './emulated-device.ts';
import { containerOf, openSession, type LiveSession } from './live-session.ts';
import { openTempDirectory } from './temp-directory.ts';
import { makeTree, type Tree } from './tree.ts';

/** A service that does nothing, ends when it is told to, and holds what `app` holds in /app. */
export const idleDockerfile = `FROM busybox
WORKDIR /app
COPY app .
CMD ["sh", "-c", "date +%s%N >/started; trap 'exit 0' TERM; while :; do sleep 0.2; done"]
`;
/** Files are synced, and nothing is started again. */
export const quietCompose = `services:
  main:
    build: .
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
    ...{ session, directory },
    at: name => path.join(directory, name),
    async [Symbol.asyncDispose]() {
      await session[Symbol.asyncDispose]();
      const id = await containerOf(device, 'main').catch(() => undefined);
      const engine = `http://${device.address}:${String(device.ports.engine)}`;
      if (id !== undefined) await fetch(`${engine}/containers/${id}?force=1`, { method: 'DELETE' });
      await temp[Symbol.asyncDispose]();
    },
  };
}
