import assert from 'node:assert/strict';
import fc from 'fast-check';
import { stableId, stableIds } from '../../../../src/supervisor/target/stable-id.ts';
import type { CurrentTarget, TargetApp } from '../../../../src/supervisor/target/target-state.ts';
import { writeTarget, type TargetChange } from '../../../../src/supervisor/target/write-target.ts';

const current: CurrentTarget = {
  name: 'kitchen',
  config: { SUPERVISOR_LOCAL_MODE: 'true', HOST_CONFIG_gpu_mem: '16' },
  apps: new Map([['1', { name: 'localapp', services: ['main'] }]]),
};
const app: TargetApp = {
  name: 'shop',
  commit: 'abc',
  releaseId: 1,
  services: new Map(),
  volumes: {},
  networks: {},
};
const change = (over: Partial<TargetChange> = {}): TargetChange => ({
  apps: new Map([[5, app]]),
  replaced: new Set(['1']),
  isForced: false,
  ...over,
});

describe('a target state', () => {
  it('keeps the name and the configuration of the device, and says local mode', () => {
    assert.deepEqual(writeTarget(current, change({ config: { SUPERVISOR_OVERRIDE_LOCK: 'true' } })), {
      force: false,
      local: {
        name: 'kitchen',
        config: {
          SUPERVISOR_LOCAL_MODE: 'true',
          HOST_CONFIG_gpu_mem: '16',
          SUPERVISOR_OVERRIDE_LOCK: 'true',
        },
        apps: { '5': { ...app, services: {} } },
      },
    });
  });

  it('leaves out no app of somebody else unless that was asked for', () => {
    assert.throws(() => writeTarget(current, change({ replaced: new Set() })), {
      code: 'usage',
      message: 'the supervisor runs localapp, which a push through it would remove',
    });
  });

  it('is not sent with a key or a commit that supervisors choke on', () => {
    for (const id of [0, -1, 1.5, Number.NaN, 2 ** 60])
      assert.throws(() => writeTarget(current, change({ apps: new Map([[id, app]]) })), RangeError);
    assert.throws(
      () => writeTarget(current, change({ apps: new Map([[5, { ...app, commit: '' }]]) })),
      RangeError,
    );
  });
});

describe('ids of services', () => {
  it('are whole numbers from 1 on, one for each name, whatever the order of the names', () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.string({ minLength: 1 })), names => {
        const ids = stableIds(names);
        assert.equal(new Set(ids.values()).size, names.length);
        for (const id of ids.values()) assert.match(id.toString(), /^[1-9]\d*$/);
        assert.deepEqual(new Map([...stableIds([...names].reverse())]), new Map([...ids]));
      }),
    );
  });

  it('stay when services come and go', () => {
    const ids = stableIds(['web', 'db']);
    assert.equal(stableIds(['api', 'web', 'db']).get('web'), ids.get('web'));
    assert.equal(stableIds(['web']).get('web'), stableId('web'));
  });
});
