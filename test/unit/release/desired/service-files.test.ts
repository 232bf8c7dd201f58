import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import path from 'node:path';
import { promisify } from 'node:util';
import type { ContainerFile } from '../../../../src/engine/engine.ts';
import type { Project } from '../../../../src/project/project.ts';
import type { Service } from '../../../../src/project/service.ts';
import { readServiceFiles } from '../../../../src/release/desired/service-files.ts';
import { mount, project, service } from '../../../support/composition.ts';
import { openTempDirectory } from '../../../support/temp-directory.ts';

const secrets: Project['secrets'] = [{ key: 'tok', source: { content: 'tok' } }] as never;
const uses: Service['secrets'] = [
  { source: 'tok', target: '/run/secrets/tok', uid: undefined, gid: undefined, mode: undefined },
] as never;
const tmpfs = (target: string): Service['mounts'][number] => ({
  type: 'tmpfs',
  target,
  isReadOnly: false,
  options: undefined,
  sizeBytes: undefined,
  mode: undefined,
});
const read = (rest: Partial<Service>): Promise<ContainerFile[]> => {
  const it = service('app', { secrets: uses, ...rest });
  return readServiceFiles(project([it], { secrets }), it);
};

describe('a secret or config that os copies into a container', () => {
  it('is refused below a tmpfs, which would hide it from the service', async () => {
    for (const target of ['/run', '/run/', '/run/secrets', '/'])
      await assert.rejects(read({ mounts: [tmpfs(target)] }), {
        code: 'project-invalid',
        message: `services.app: /run/secrets/tok lies below the tmpfs ${target}, which hides it`,
      });
  });

  it('is refused on a read-only root, where the engine cannot write it', async () => {
    await assert.rejects(read({ isReadOnly: true }), {
      code: 'project-invalid',
      message: 'services.app: /run/secrets/tok cannot be written, as the service is read_only',
    });
  });

  it('is refused where it is a pipe, which nobody may ever write to', async () => {
    await using directory = await openTempDirectory();
    const file = path.join(directory.path, 'pipe');
    await promisify(execFile)('mkfifo', [file]);
    const it = service('app', { secrets: uses });
    const piped: Project['secrets'] = [{ key: 'tok', source: { file } }] as never;
    await assert.rejects(readServiceFiles(project([it], { secrets: piped }), it), {
      code: 'project-invalid',
      message: `cannot read ${file}: it is a pipe, which is not read`,
    });
  });

  it('is refused in a volume that is read-only in the service', async () => {
    await assert.rejects(read({ mounts: [{ ...mount('data', '/run/secrets'), isReadOnly: true }] }), {
      code: 'project-invalid',
      message:
        'services.app: /run/secrets/tok cannot be written, as the volume at /run/secrets is read-only there',
    });
  });

  it('goes into a volume by its path where the root is read-only, as the engine takes it there alone', async () => {
    const [file] = await read({
      mounts: [tmpfs('/run'), mount('data', '/run/secrets')],
      isReadOnly: true,
    });
    assert.equal(file?.volume, '/run/secrets');
  });

  it('is taken where a volume below holds it, and beside a tmpfs', async () => {
    await read({ mounts: [tmpfs('/run'), mount('data', '/run/secrets')] });
    await read({ mounts: [tmpfs('/runs'), tmpfs('/tmp')] });
  });
});
