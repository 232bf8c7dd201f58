import assert from 'node:assert/strict';
import { toEngineMounts } from '../../../../src/release/desired/container-mounts.ts';
import { project } from '../../../support/composition.ts';

describe('mounts', () => {
  it('are binds where the engine may make the source, and mounts where it must not', () => {
    const common = { isReadOnly: false, propagation: undefined, isOptional: false };
    const mounts = toEngineMounts(
      [
        { type: 'volume', volume: 'data', target: '/data', isReadOnly: true, isNoCopy: true },
        { type: 'volume', volume: undefined, target: '/anon', isReadOnly: false, isNoCopy: false },
        { ...common, type: 'bind', source: '/a', target: '/b', isCreated: true },
        {
          ...common,
          type: 'bind',
          source: '/lib/firmware',
          target: '/f',
          isCreated: false,
          isOptional: true,
        },
        { type: 'tmpfs', target: '/t', isReadOnly: true, sizeBytes: 64, mode: 0o1777, options: undefined },
      ],
      project([]).volumes,
    );
    assert.deepEqual(mounts, {
      Binds: ['shop_data:/data:ro,nocopy', '/a:/b:rw'],
      Mounts: [{ Type: 'bind', Source: '/lib/firmware', Target: '/f', ReadOnly: false }],
      Tmpfs: { '/t': 'ro,size=64,mode=1777' },
      anonymous: ['/anon'],
      optional: ['/lib/firmware'],
    });
  });
});
