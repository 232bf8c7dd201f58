import assert from 'node:assert/strict';
import type { ContainerSummary } from '../../../../src/engine/objects.ts';
import {
  editedContainer,
  isEdited,
  markEdited,
  removeOldMarks,
} from '../../../../src/release/build/edited-mark.ts';
import { FakeEngine } from '../../../support/fake-engine.ts';

const { signal } = new AbortController();
const id = 'a'.repeat(64);
const otherId = 'b'.repeat(64);
const goneId = 'c'.repeat(64);
const image = '10.0.0.5:5000/shop/web:1';
const markOf = (container: string): string => `10.0.0.5:5000/shop/web:os-edited-${container.slice(0, 12)}`;

describe('the mark of a container that a live session has edited', () => {
  it('is a name of its image that says which one it is, set once', async () => {
    const fake = new FakeEngine();
    fake.addImage(image);
    const mark = (): Promise<string | undefined> =>
      markEdited(fake.asEngine(), { id, imageId: image }, signal);
    assert.equal(await mark(), markOf(id));
    const marked = await fake.findImage(image);
    assert.deepEqual([isEdited(id, marked), isEdited(otherId, marked)], [true, false]);
    assert.equal(await mark(), undefined);
    for (const name of ['web:os-edited', 'os-edited-aaaaaaaaaaaa', 'web:os-edited-2024'])
      assert.equal(editedContainer(name), undefined);
  });

  it('goes with its container, and stays where that is of another project', async () => {
    const fake = new FakeEngine();
    for (const name of [image, ...[id, otherId, goneId].map(markOf)]) fake.addImage(name, 'sha256:1');
    const containers = [id, otherId].map(it => ({ id: it }) as ContainerSummary);
    fake.listContainers = () => Promise.resolve(containers);
    const images = [await fake.findImage(image)].filter(it => it !== undefined);
    await removeOldMarks(fake.asEngine(), images, signal);
    assert.deepEqual([...fake.images.keys()], [image, markOf(id), markOf(otherId)]);
  });
});
