import assert from 'node:assert/strict';
import { copyData } from '../../../../src/release/move/data-elsewhere.ts';
import { VolumeEngine } from '../../../support/volume-engine.ts';

describe('the data of a project without containers', () => {
  it('is copied with a warning about a container of others that writes to it meanwhile', async () => {
    const listImages = () => Promise.resolve([{ id: 'busybox' }]);
    const engine = Object.assign(new VolumeEngine(), { listImages });
    engine.addVolume('7_data', 'kept');
    const body = { Image: 'busybox', Labels: {}, HostConfig: { Binds: ['7_data:/data'] } };
    await engine.createContainer('reader', body);
    await engine.startContainer(await engine.createContainer('backup', body));
    const warnings: string[] = [];
    const missing = [{ from: '7_data', to: { Name: 'shop_data', Labels: {} } }];
    await copyData(
      engine.asEngine(),
      { project: 'shop', to: 'engine', missing, unused: [] },
      {
        signal: new AbortController().signal,
        report: () => undefined,
        onWarning: text => warnings.push(text),
      },
    );
    assert.deepEqual(warnings, [
      'backup uses the volume 7_data too and is not stopped: it stays with 7_data, and shop_data may lack what it writes meanwhile',
    ]);
    assert.equal(engine.contents.get('shop_data'), 'kept');
  });
});
