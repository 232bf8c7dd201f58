import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { listBuildContext } from '../../../src/project/context/build-context.ts';
import { readProject } from '../../../src/project/read-project.ts';
import { openTempDirectory } from '../../support/temp-directory.ts';

const files = {
  'compose.yaml':
    'services:\n  web:\n    build: .\n    env_file: web.env\n    environment:\n      PLACE: ${PLACE:-Öd}\n',
  Dockerfile: 'FROM a\n# größer\n',
  '.dockerignore': 'größer\n',
  'web.env': 'NAME=größer\n',
  '.env': 'PLACE=Köln\n',
};
type Name = keyof typeof files;

async function readWith(name: Name, encode: (text: string) => Buffer): Promise<Record<string, unknown>> {
  await using temp = await openTempDirectory();
  for (const [other, text] of Object.entries(files))
    await writeFile(path.join(temp.path, other), other === name ? encode(text) : text);
  const { services } = await readProject(temp.path, { environment: {} });
  assert.ok(services[0]?.build);
  await listBuildContext(services[0].build);
  return services[0].environment;
}

const read = { NAME: 'größer', PLACE: 'Köln' };
const all = Object.keys(files) as Name[];

describe('a text file of a project', () => {
  for (const name of all)
    it(`may begin with a byte order mark: ${name}`, async () => {
      assert.deepEqual(await readWith(name, text => Buffer.from(`\ufeff${text}`)), read);
    });

  for (const name of all)
    it(`is refused in UTF-16: ${name}`, () =>
      assert.rejects(
        readWith(name, text => Buffer.from(`\ufeff${text}`, 'utf16le')),
        { code: 'project-invalid', message: new RegExp(`${name}: it is in UTF-16: save it as UTF-8$`) },
      ));

  for (const name of ['compose.yaml', 'web.env', '.env'] as const)
    it(`is refused where it is not in UTF-8: ${name}`, () =>
      assert.rejects(
        readWith(name, text => Buffer.from(text, 'latin1')),
        { code: 'project-invalid', message: new RegExp(`${name}: it is not in UTF-8: save it as that$`) },
      ));

  for (const name of ['web.env', '.env'] as const)
    it(`may have comments in another encoding: ${name}`, async () => {
      const commented = (text: string): Buffer =>
        Buffer.concat([Buffer.from(' # für größere\n', 'latin1'), Buffer.from(text)]);
      assert.deepEqual(await readWith(name, commented), read);
    });

  for (const name of ['Dockerfile', '.dockerignore'] as const)
    it(`may hold other bytes, as its builder reads bytes: ${name}`, async () => {
      assert.deepEqual(await readWith(name, text => Buffer.from(text, 'latin1')), read);
    });
});
