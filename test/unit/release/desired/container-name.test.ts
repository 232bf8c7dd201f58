import assert from 'node:assert/strict';
import { plainService } from '../../../../src/project/single-service.ts';
import { imageNameOf } from '../../../../src/release/desired/container-name.ts';

describe('the image of a service', () => {
  it('has a name that engines take, whatever the service is called', () => {
    const nameOf = (project: string, name: string): string =>
      imageNameOf({ name: project }, plainService(name));
    assert.deepEqual(
      [
        nameOf('shop', 'web'),
        nameOf('my_shop', 'web__2.x'),
        nameOf('shop-', 'Web.App'),
        nameOf('a___b', '_x._y.'),
      ],
      ['shop-web', 'my_shop-web__2.x', 'shop--web.app', 'a-b-x-y'],
    );
  });
});
