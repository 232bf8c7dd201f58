import assert from 'node:assert/strict';
import { readBuildPlaces } from '../../../../../src/cli/verbs/wiring/read-build-places.ts';
import { openTempDirectory } from '../../../../support/temp-directory.ts';
import { makeTree } from '../../../../support/tree.ts';

const project = { services: [{ name: 'web' }, { name: 'db' }], disabledServices: ['debug'] } as never;

describe('build_on of os.yml', () => {
  const placesIn = async (text: string): Promise<string> => {
    await using directory = await openTempDirectory();
    await makeTree(directory.path, { 'os.yml': text });
    const { placeOf, check } = await readBuildPlaces(directory.path);
    check(project);
    return ['web', 'db'].map(placeOf).join(' ');
  };

  it('says where the images of all services or of some are built', async () => {
    assert.equal(await placesIn('device: x\n'), 'device device');
    assert.equal(await placesIn('build_on: local\n'), 'local local');
    assert.equal(await placesIn('build_on: {web: local, debug: local}\n'), 'local device');
  });

  it('is refused where it names another place, or a service that the project does not have', async () => {
    await assert.rejects(placesIn('build_on: mars\n'), /os\.yml: build_on: is neither local nor device$/);
    await assert.rejects(placesIn('build_on: {web: mars}\n'), /build_on: web is neither local nor device$/);
    await assert.rejects(placesIn('build_on: {wbe: local}\n'), /the project has no service wbe$/);
  });
});
