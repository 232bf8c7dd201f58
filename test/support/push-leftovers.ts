import assert from 'node:assert/strict';
import type { EmulatedDevice } from './emulated-device.ts';
import { eventually } from './eventually.ts';

interface Listed {
  Names: string[];
  Labels: Record<string, string>;
}

/** Containers of build steps, locks, what was uploaded: all gone from the device. */
export const assertNothingLeft = (device: EmulatedDevice): Promise<void> =>
  eventually(async () => {
    const containers = (await device.engine('/containers/json?all=1')) as Listed[];
    const strays = containers.filter(it => it.Labels['com.docker.compose.project'] === undefined);
    assert.deepEqual(
      strays.map(it => it.Names),
      [],
    );
    const { Volumes } = (await device.engine('/volumes')) as { Volumes: { Name: string }[] | null };
    const ours = (Volumes ?? []).filter(({ Name }) => Name.startsWith('os-'));
    assert.deepEqual(ours, []);
    const uploads = await device.ssh(
      "ls -d \"$(docker info -f '{{.DockerRootDir}}')\"/tmp/*builder* 2>&1 | grep -v 'No such'",
    );
    assert.equal(uploads.stdout, '');
  });
