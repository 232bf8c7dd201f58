import assert from 'node:assert/strict';
import { supervisorUnitOf } from '../../../../src/reach/info/read-supervisor-mode.ts';

describe('the unit of the supervisor', () => {
  const unit = (state: string, name = 'balena-supervisor.service') => [
    { name: 'balena.service', state: 'active' },
    { name, state },
  ];

  it('tells how its container does, by its names of both eras', () => {
    assert.equal(supervisorUnitOf(unit('active')), 'running');
    assert.equal(supervisorUnitOf(unit('activating', 'resin-supervisor.service')), 'restarting');
    assert.equal(supervisorUnitOf(unit('failed')), 'stopped');
    assert.equal(supervisorUnitOf(unit('active', 'other.service')), 'absent');
  });

  it('tells nothing where the units are not known', () => {
    assert.equal(supervisorUnitOf(null), undefined);
  });
});
