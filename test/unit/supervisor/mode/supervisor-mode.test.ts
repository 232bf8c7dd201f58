import assert from 'node:assert/strict';
import { findMode, type SupervisorEvidence } from '../../../../src/supervisor/mode/supervisor-mode.ts';

const told = (evidence: SupervisorEvidence): string => {
  const { mode, unknown } = findMode(evidence);
  return [mode ?? '?', ...unknown.map(it => `(${it})`)].join(' ');
};
const open = { port: 'answers', deviceInfoStatus: 200 } as const;
const filtered = { port: 'filtered' } as const;

describe('the mode of a supervisor', () => {
  it('is told apart by what its port, the engine and config.json say', () => {
    assert.equal(told({ ...open, localMode: true, isManaged: false }), 'unmanaged');
    assert.equal(told({ ...open, localMode: true, isManaged: true }), 'local-mode');
    assert.equal(told({ ...open, localMode: false, isManaged: false }), 'local-mode-left');
    assert.equal(told({ port: 'answers', deviceInfoStatus: 401 }), 'local-mode-off');
    assert.equal(told({ ...filtered, container: 'running', isManaged: true }), 'local-mode-off');
    assert.equal(told({ ...filtered, container: 'running', isManaged: false }), 'local-mode-left');
    assert.equal(told({ ...filtered, container: 'restarting' }), 'down');
    assert.equal(told({ ...filtered, container: 'stopped' }), 'down');
    assert.equal(told({ ...filtered, container: 'absent' }), 'none');
  });

  it('says what is not known where nobody could be asked', () => {
    assert.equal(told({ ...open, localMode: true }), 'local-mode (config.json)');
    assert.equal(told(open), 'local-mode (target state) (config.json)');
    assert.equal(told(filtered), '? (engine)');
    assert.equal(told({ ...filtered, container: 'running' }), 'local-mode-off (config.json)');
    assert.equal(told({ port: 'answers', deviceInfoStatus: 500 }), '? (target state) (config.json)');
  });
});
