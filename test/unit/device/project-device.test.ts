import assert from 'node:assert/strict';
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { readProjectDevice, readProjectFile } from '../../../src/device/project-device.ts';
import { openTempDirectory } from '../../support/temp-directory.ts';

describe('os.yml', () => {
  let directory: Awaited<ReturnType<typeof openTempDirectory>>;
  beforeEach(async () => (directory = await openTempDirectory()));
  afterEach(() => directory[Symbol.asyncDispose]());
  const write = (text: string): Promise<void> => writeFile(path.join(directory.path, 'os.yml'), text);

  it('is the nearest one in the directory or above it', async () => {
    await write('device: kitchen\nbuild_on: local\n');
    const inner = path.join(directory.path, 'services/web');
    await mkdir(inner, { recursive: true });
    assert.equal(await readProjectDevice(inner), 'kitchen');
  });

  it('may be empty', async () => {
    for (const text of ['', '# device: kitchen\n', 'device:\n', '{}\n']) {
      await write(text);
      assert.equal(await readProjectDevice(directory.path), undefined, JSON.stringify(text));
    }
  });

  it('is refused for a key that nothing reads, as it is a misspelled one', async () => {
    await write('devices: [kitchen]\n');
    await assert.rejects(readProjectFile(directory.path), {
      code: 'project-invalid',
      message: `${path.join(directory.path, 'os.yml')} has an unknown key: devices`,
      hint: 'did you mean device?',
    });
    await write('colour: "red\\e[2J"\n"a\\e[2Jb": 1\n');
    await assert.rejects(readProjectFile(directory.path), {
      hint: 'its keys are device, groups, runner, build_on',
    });
  });

  it('is refused where it is no mapping', async () => {
    for (const text of ['kitchen\n', '- kitchen\n', '5\n']) {
      await write(text);
      await assert.rejects(readProjectFile(directory.path), {
        code: 'project-invalid',
        message: /os\.yml is no mapping of keys$/,
      });
    }
  });

  it('is refused with its line where it is no YAML', async () => {
    await write('device: kitchen\ngroups: {\n');
    await assert.rejects(readProjectDevice(directory.path), {
      code: 'project-invalid',
      message: /os\.yml:[23]: /,
    });
  });
});
